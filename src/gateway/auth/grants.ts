// From configured principals and issued tokens to scopes: roles, restrictions and the limits of the configuration.
import { budgetOf } from "../../core/config/budget.ts";
import type { Config } from "../../core/config/schema.ts";
import { roles, type ScopeWords, toolNames } from "../../core/identity/scope.ts";

/** Everything that the configuration allows anybody: every other scope is a part of it. */
export function wholeScope({ calls, proposal, budget }: Config): ScopeWords {
  return {
    roles: [...roles],
    tools: [...toolNames],
    paths: [],
    lane: "asserted",
    limits: { perMinute: calls.per_minute, perHour: proposal.per_hour, maxPending: proposal.max_pending },
    budget: budgetOf({ budget }),
  };
}
