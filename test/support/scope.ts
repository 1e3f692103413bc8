// Scopes as tests need them: everything is allowed, and limits are far away, unless a test changes a word.
import { openScope, roles, type Scope, type ScopeWords, toolNames } from "../../src/core/identity/scope.ts";

export function scopeOf(words: Partial<ScopeWords> = {}): Scope {
  return openScope({
    roles,
    tools: toolNames,
    paths: [],
    lane: "asserted",
    limits: { perMinute: 1000, perHour: 1000, maxPending: 100 },
    budget: { periodSeconds: 3600, calls: 0, bytes: 0, scanMillis: 0, warnPercent: 80 },
    ...words,
  });
}
