// Shards: the log has one part for each month, and the first entry of each says how the one before ended.
import type { Digest } from "../base/digest.ts";
import { type Instant, instant } from "../base/time.ts";
import { rootText } from "./checkpoint.ts";
import type { AuditData, AuditEntry, AuditNote } from "./entry.ts";
import type { Frontier } from "./tree.ts";

/** Where a shard stands behind one of its entries. */
export interface ShardState {
  /** Undefined before the very first entry of the log. */
  readonly shard: string | undefined;
  /** Number of the next entry within its shard. */
  readonly nextSeq: number;
  /** Leaf of the last entry: what the next one must link to. */
  readonly head: Digest;
  /** The last entry was shard.close: the next one opens a shard. */
  readonly closed: boolean;
  /** All leaves of the shard so far; undefined when the walk began inside of it. */
  readonly tree: Frontier | undefined;
}

/** `2026-11`. */
export function monthOf(at: Instant): string {
  return at.slice(0, 7);
}

/** The month behind `2026-12` is `2027-01`. */
export function monthAfter(month: string): string {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year ?? 0, number ?? 0, 1)).toISOString().slice(0, 7);
}

/** Entries at a border between shards say nothing of anybody and are never encrypted. */
export function isBorder({ event }: Pick<AuditNote, "event">): boolean {
  return event === "shard.open" || event === "shard.close";
}

const actor = { principal: "countersign" };

/** Entry 0 of the whole log. */
export function firstNote(): AuditNote {
  return { event: "shard.open", actor, data: { format: 2, previous: null } };
}

/** The last entry of a shard; it counts itself. */
export function closeNote({ nextSeq }: Pick<ShardState, "nextSeq">): AuditNote {
  return { event: "shard.close", actor, data: { entries: nextSeq + 1 } };
}

/** The first entry of the shard behind the one that ended as `before` says: its number of entries, root and last leaf. */
export function openNote(before: ShardState): AuditNote {
  return { event: "shard.open", actor, data: endOf(before) };
}

function endOf({ shard, nextSeq, tree, head }: ShardState): AuditData {
  return {
    format: 2,
    previous: shard ?? null,
    previous_size: nextSeq,
    previous_root: tree === undefined ? null : rootText(tree.root()),
    previous_leaf: head,
  };
}

export interface LinkFault {
  readonly expected: string;
  readonly actual: string;
}

/**
 * Why the entry cannot follow in its shard, or open one; undefined when it can. `entry` is undefined for an encrypted one:
 * those that open and close are never encrypted, so that shards link without a key.
 */
export function linkFault(
  state: ShardState,
  shard: string,
  entry: AuditEntry | undefined,
): LinkFault | undefined {
  const event = entry?.event;
  if (state.shard === undefined) return firstFault(entry);
  if (event === "shard.open") return openFault(state, shard, entry?.data ?? {});
  if (state.closed) return { expected: "shard.open", actual: event ?? "an encrypted entry" };
  if (shard !== state.shard) return { expected: state.shard, actual: shard };
  if (event !== "shard.close") return undefined;
  const entries = state.nextSeq + 1;
  return entry?.data["entries"] === entries
    ? undefined
    : { expected: `entries ${entries}`, actual: `entries ${String(entry?.data["entries"])}` };
}

/** The whole log begins with the shard that has none before it; one that names another begins too late. */
function firstFault(entry: AuditEntry | undefined): LinkFault | undefined {
  if (entry?.event !== "shard.open")
    return { expected: "shard.open", actual: entry?.event ?? "an encrypted entry" };
  const previous = entry.data["previous"];
  return previous === null
    ? undefined
    : { expected: "the first shard", actual: `a shard behind ${String(previous)}` };
}

function openFault(state: ShardState, shard: string, data: AuditData): LinkFault | undefined {
  if (!state.closed) return { expected: "shard.close", actual: "shard.open" };
  if (state.shard !== undefined && shard <= state.shard)
    return { expected: `a month behind ${state.shard}`, actual: shard };
  for (const [name, expected] of Object.entries(endOf(state))) {
    // A walk that began inside of the shard does not know its root.
    if (name === "previous_root" && state.tree === undefined) continue;
    if (data[name] !== expected)
      return { expected: `${name} ${String(expected)}`, actual: `${name} ${String(data[name])}` };
  }
  return undefined;
}

/** How far the clock may go back against the newest entry before it is said: two processes read it in either order. */
const TOLERATED_MS = 1000;

/** To be recorded first when the clock was set back: from then on times in the log say less than numbers. */
export function backwardsNote(last: Instant | undefined, now: number): AuditNote | undefined {
  // Instants of one length are in the order of their texts: the usual case, without reading one.
  if (last === undefined || last <= instant(now) || now >= Date.parse(last) - TOLERATED_MS) return undefined;
  return { event: "clock.backwards", actor, data: { last, now: instant(now) } };
}

/** So long the clock has to stay in a month that is not the next one. */
const STAYS_MS = 900_000;

/**
 * When a new month is due. The next one is at once. A later one is when the clock has stayed with it: a machine that starts
 * without its time, months ahead for a minute, would open a month that no sealer takes before it has come. One that was off
 * for months goes on by itself: what it says first stands in the old month. The last entry tells what an earlier process
 * saw of the clock, so those that live for a minute get there, too. Two readings of different months are no time that
 * passed: a clock that is wrong twice would open a month at once.
 */
export class MonthClock {
  #month: string | undefined;
  #since: number | undefined;

  isDue(
    { shard, ts }: { readonly shard: string | undefined; readonly ts: Instant | undefined },
    now: number,
  ): boolean {
    const month = monthOf(instant(now));
    const isLater = shard !== undefined && month > shard;
    if (month !== this.#month) this.#since = undefined;
    this.#month = month;
    if (!isLater || month === monthAfter(shard)) return isLater;
    const seen = ts !== undefined && monthOf(ts) === month ? Date.parse(ts) : now;
    this.#since = Math.min(this.#since ?? seen, now);
    return now - this.#since >= STAYS_MS;
  }
}
