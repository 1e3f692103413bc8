// Whether one gate asks for more than another: said only where the form of the trees proves it.
import type { Requirement } from "../gate/requirement.ts";
import type { GateEntry } from "./schema-gates.ts";
import type { Direction } from "./strictness.ts";

/**
 * A gate that came is stricter, one that went is weaker. Of two trees the stricter one has every requirement of the
 * other at its top level, and more; anything else has to be read. Conditions count by name: what they ask is a change
 * of its own.
 */
export function gateWay(before: GateEntry | undefined, after: GateEntry | undefined): Direction {
  if (before === undefined) return after === undefined ? "same" : "stricter";
  if (after === undefined) return "weaker";
  const ways = [treeWay(before.require, after.require), laneWay(before.min_lane, after.min_lane)];
  const [way = "same", ...more] = new Set(ways.filter((one) => one !== "same"));
  return more.length === 0 ? way : "other";
}

function treeWay(before: Requirement, after: Requirement): Direction {
  if (JSON.stringify(before) === JSON.stringify(after)) return "same";
  const [old, next] = [requirementsOf(before), requirementsOf(after)];
  const grew = [...old].every((requirement) => next.has(requirement));
  const shrank = [...next].every((requirement) => old.has(requirement));
  if (grew === shrank) return "other";
  return grew ? "stricter" : "weaker";
}

/** What has to be true each by itself: a leaf, or a group that is not `all`, as text. */
function requirementsOf(tree: Requirement): ReadonlySet<string> {
  if (typeof tree === "object" && "all" in tree)
    return new Set(tree.all.flatMap((member) => [...requirementsOf(member)]));
  return new Set([JSON.stringify(tree)]);
}

function laneWay(before: GateEntry["min_lane"], after: GateEntry["min_lane"]): Direction {
  const rank = (lane: GateEntry["min_lane"]): number => (lane === "verified" ? 1 : 0);
  if (rank(before) === rank(after)) return before === after ? "same" : "other";
  return rank(after) > rank(before) ? "stricter" : "weaker";
}
