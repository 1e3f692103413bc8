// Numbers behind the alerts: how long the validator is silent, how far the seal is behind, how much of a budget is used.
import type { Heartbeat } from "../audit/heads.ts";
import { type Instant, millisOf } from "../base/time.ts";
import type { Budget } from "../identity/scope.ts";

/** Of one shard of the log, as the store tells it. */
interface Shard {
  readonly shard: string;
  /** Position of its first entry in the whole log. */
  readonly first: number;
  readonly entries: number;
}

/**
 * Seconds without a sign of life. What lies before `since`, when somebody began to look, is not held against the
 * validator: both are started together as a rule. A heartbeat of the future counts as one of now.
 */
export function silence(at: Instant | undefined, since: number, now: number): number {
  const last = at === undefined ? since : Math.max(millisOf(at), since);
  return Math.max(0, now - last) / 1000;
}

/** How many entries no checkpoint covers, and the position of the oldest of them. */
export function unsealed(
  shards: readonly Shard[],
  sealed: Heartbeat["sealed"],
): { readonly entries: number; readonly oldest: number | undefined } {
  const left = shards.flatMap(({ shard, first, entries }) => {
    const covered = sealed === null || shard > sealed.shard ? 0 : entries;
    const size = shard === sealed?.shard ? Math.min(sealed.size, entries) : covered;
    return size < entries ? [{ entries: entries - size, oldest: first + size }] : [];
  });
  const entries = left.reduce((sum, one) => sum + one.entries, 0);
  return { entries, oldest: left[0]?.oldest };
}

export interface UsedUp {
  readonly began: number;
  readonly calls: number;
  readonly bytes: number;
  readonly scanMillis: number;
}

const kinds = ["calls", "bytes", "scanMillis"] as const;
/** As the configuration calls them. */
const WORDS = { calls: "calls", bytes: "read_bytes", scanMillis: "scan_seconds" } as const;

/** The share of a budget that is used in the period that runs, by what is furthest; 0 where nothing is limited. */
export function shareUsed(
  used: UsedUp,
  budget: Budget,
  now: number,
): { readonly percent: number; readonly kind: string } {
  const over = now >= used.began + budget.periodSeconds * 1000;
  const shares = kinds.map((kind) => ({
    percent: over || budget[kind] === 0 ? 0 : (used[kind] * 100) / budget[kind],
    kind: WORDS[kind],
  }));
  return shares.reduce((most, one) => (one.percent > most.percent ? one : most));
}
