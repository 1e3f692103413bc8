// How much a refusal explains to whom: a gate's conditions tell an attacker what is looked at, so the default is little.
import type { Config } from "../config/schema.ts";
import { type FeedbackLevel, feedbackLevels } from "../config/schema-gates.ts";
import { foldedName } from "../identity/principal.ts";

/** Who asks, as the door believed it. */
export interface Asker {
  /** Name of the principal. */
  readonly principal: string;
  readonly roles: readonly string[];
  /** Whether the call came from this machine itself (stdio, loopback, Unix socket), not merely through a proxy on it. */
  readonly local: boolean;
}

/** The most that `asker` may learn; never above feedback.max. */
export function feedbackLevel(feedback: Config["feedback"], asker: Asker): FeedbackLevel {
  const levels = [asker.local ? feedback.local : feedback.default];
  if (named(feedback.trace, asker)) levels.push("trace");
  if (named(feedback.evidence, asker)) levels.push("evidence");
  const most = Math.max(...levels.map(rank));
  return feedbackLevels[Math.min(most, rank(feedback.max))] ?? "summary";
}

/** Place of a level among all, from the least on. */
export function rank(level: FeedbackLevel): number {
  return feedbackLevels.indexOf(level);
}

function named(entries: readonly string[], { principal, roles }: Asker): boolean {
  const words = new Set([foldedName(principal), ...roles.map((role) => `role:${role}`)]);
  return entries.some((entry) => words.has(foldedName(entry)));
}
