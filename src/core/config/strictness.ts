// Which of two values of a key is the stricter one, by the order of the key.
import { isLoopback } from "./address.ts";
import type { ConfigKey } from "./keys.ts";
import { foldedName } from "../identity/principal.ts";
import { toolNames } from "../identity/scope.ts";
import type { PrincipalEntry } from "./schema-doors.ts";
import { fewer, none, type Order, orders, ranks, smaller } from "./strictness-orders.ts";

export type Direction = "stricter" | "weaker" | "same" | "other";

/** A glob list that holds `**` holds everything. */
const ALL = "**";

const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** The order of each key of an entry, and what stands for a key that is left out. */
const entryOrders: Readonly<
  Record<keyof PrincipalEntry, { readonly order: Order; readonly without?: unknown }>
> = {
  name: { order: none("limits and proposals go by its spelling") },
  subjects: { order: fewer },
  tokens: { order: fewer },
  roles: { order: fewer },
  tools: { order: fewer, without: toolNames },
  paths: { order: fewer, without: [ALL] },
  lane: { order: ranks("verified", "asserted") },
  per_minute: { order: smaller, without: UNLIMITED },
  per_hour: { order: smaller, without: UNLIMITED },
  max_pending: { order: smaller, without: UNLIMITED },
  expires: { order: { by: "earlier" }, without: "9999-12-31T23:59:59Z" },
};

/** How `after` stands to `before`: `other` where there is no order, or neither list holds the other. */
export function direction(key: ConfigKey, before: unknown, after: unknown): Direction {
  return compared(orders[key], before, after);
}

function compared(order: Order, before: unknown, after: unknown): Direction {
  if (JSON.stringify(before) === JSON.stringify(after)) return "same";
  if (order.by === "none") return "other";
  if (order.by === "entries") return byEntries(before, after);
  if (order.by === "fewer" || order.by === "more") return byContents(order.by, before, after);
  const [old, next] = [rank(order, before), rank(order, after)];
  if (old === next) return "other";
  return next < old ? "stricter" : "weaker";
}

/** A number that is the smaller, the stricter. */
function rank(order: Exclude<Order, { by: "none" }>, value: unknown): number {
  return order.by === "ranks" ? order.ranks.indexOf(String(value)) : ranksBy[order.by](value);
}

const ranksBy: Readonly<Record<Exclude<Order["by"], "ranks" | "none">, (value: unknown) => number>> = {
  smaller: Number,
  larger: (value) => -Number(value),
  zero: (value) => (value === 0 ? Number.POSITIVE_INFINITY : Number(value)),
  true: (value) => Number(value !== true),
  false: (value) => Number(value !== false),
  filled: (value) => Number(value === ""),
  loopback: (value) => Number(!isLoopback(String(value))),
  earlier: (value) => Date.parse(String(value)),
  // Lists are compared by what they hold, before anybody asks here.
  fewer: (value) => setOf(value).size,
  more: (value) => -setOf(value).size,
  entries: (value) => entriesOf(value).size,
};

type Entry = Readonly<Record<string, unknown>>;

function byEntries(before: unknown, after: unknown): Direction {
  const [old, next] = [entriesOf(before), entriesOf(after)];
  const names = [...new Set([...old.keys(), ...next.keys()])];
  const way = together(names.map((name) => entryWay(old.get(name), next.get(name))));
  // Only their sequence: the words differ, and the policy's digest goes by them.
  return way === "same" ? "other" : way;
}

/** One way for all: the one that some go while the others stay, or none. */
function together(ways: readonly Direction[]): Direction {
  const [way = "same", ...more] = new Set(ways.filter((one) => one !== "same"));
  return more.length === 0 ? way : "other";
}

/**
 * An entry that goes shuts out the tokens that were issued for it, and frees what it restricted beside them: tokens of its
 * name that are older than it, and a place that auth.allow_local_only lets in. So its end is not called stricter, and
 * neither is that of one of its subjects. One that comes lets somebody in.
 */
function entryWay(before: Entry | undefined, after: Entry | undefined): Direction {
  if (before === undefined) return "weaker";
  if (after === undefined) return "other";
  return together(
    Object.entries(entryOrders).map(([key, { order, without }]) => {
      const way = compared(order, before[key] ?? without, after[key] ?? without);
      const frees = way === "stricter" && (key === "subjects" || key === "tokens");
      return frees ? "other" : way;
    }),
  );
}

function entriesOf(value: unknown): ReadonlyMap<string, Entry> {
  const entries: readonly Entry[] = Array.isArray(value) ? value : [];
  return new Map(entries.map((entry) => [foldedName(String(entry["name"])), entry]));
}

function byContents(by: "fewer" | "more", before: unknown, after: unknown): Direction {
  const [old, next] = [setOf(before), setOf(after)];
  const holds = (whole: ReadonlySet<string>, part: ReadonlySet<string>): boolean =>
    whole.has(JSON.stringify(ALL)) || [...part].every((item) => whole.has(item));
  const grew = holds(next, old);
  const shrank = holds(old, next);
  // Both: only the order or the spelling differs. That is a change still: the policy's digest goes by the words.
  if (grew === shrank) return "other";
  return shrank === (by === "fewer") ? "stricter" : "weaker";
}

function setOf(value: unknown): ReadonlySet<string> {
  return new Set((Array.isArray(value) ? value : []).map((item) => JSON.stringify(item)));
}

/** What stricter means for a key, in words. */
export function stricterMeans(key: ConfigKey): string {
  const order = orders[key];
  const words: Readonly<Record<Exclude<Order["by"], "ranks" | "none">, string>> = {
    smaller: "a smaller number",
    larger: "a larger number",
    zero: "a smaller number; 0 is no limit and the weakest",
    true: "true",
    false: "false",
    fewer: "fewer entries",
    more: "more entries",
    filled: "set rather than empty",
    loopback: "a loopback address",
    earlier: "an earlier instant",
    entries: "entries that may do less; one that comes is weaker, one that goes is neither",
  };
  if (order.by === "ranks") return `from strictest to weakest: ${order.ranks.join(", ")}`;
  return order.by === "none" ? `nothing: ${order.why}` : words[order.by];
}
