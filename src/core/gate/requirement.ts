// Requirement trees: all, any, not, at least so many, over names of conditions.
import type { TriState } from "./decision.ts";
import type { Logic } from "./condition.ts";
import type { Tree } from "./words.ts";

/** How a tree is written: words.ts. */
export type Requirement = Tree;

/** Deepest tree; the root is level 0. A deeper one is unknown as a whole, so that no `not` can turn it. */
export const MAX_TREE_DEPTH = 32;

type StateOf = (id: string) => TriState;

/**
 * State of a tree over the states of its conditions. Every leaf is asked, nothing is cut short. A tree that no policy may
 * hold (deeper than 32 levels, a group of nothing, at_least 0 or more than there are) is unknown as a whole wherever the
 * fault lies in it: what is true of nothing must not open a gate, and neither must its negation.
 */
export function treeState(tree: Requirement, stateOf: StateOf, logic: Logic): TriState {
  return stateAt(tree, 0, stateOf, logic) ?? "unknown";
}

/** Undefined for what is no tree; it goes up through everything. */
function stateAt(tree: Requirement, level: number, stateOf: StateOf, logic: Logic): TriState | undefined {
  if (level > MAX_TREE_DEPTH) return undefined;
  if (typeof tree === "string") return known(stateOf(tree));
  const states: TriState[] = [];
  for (const member of membersOf(tree)) {
    const state = stateAt(member, level + 1, stateOf, logic);
    if (state === undefined) return undefined;
    states.push(state);
  }
  return isSound(tree) ? joined(tree, states, logic) : undefined;
}

/** A state that is none is not known; nothing is true for being truthy. */
function known(state: TriState): TriState {
  return state === "true" || state === "false" ? state : "unknown";
}

function joined(tree: Exclude<Requirement, string>, states: readonly TriState[], logic: Logic): TriState {
  if ("not" in tree) return negated(states[0] ?? "unknown");
  if ("all" in tree) return decided(states, "false", logic);
  if ("any" in tree) return decided(states, "true", logic);
  const yes = states.filter((state) => state === "true").length;
  const open = states.filter((state) => state === "unknown").length;
  if (yes >= tree.at_least) return "true";
  return yes + open < tree.at_least ? "false" : "unknown";
}

function negated(state: TriState): TriState {
  if (state === "unknown") return "unknown";
  return state === "true" ? "false" : "true";
}

/** One `decisive` member decides a group; under any logic but Kleene's only where no member is unknown. */
function decided(states: readonly TriState[], decisive: "true" | "false", logic: Logic): TriState {
  const unknown = states.includes("unknown");
  if (unknown && logic !== "kleene") return "unknown";
  if (states.includes(decisive)) return decisive;
  return unknown ? "unknown" : negated(decisive);
}

export function membersOf(tree: Requirement): readonly Requirement[] {
  if (typeof tree === "string") return [];
  if ("not" in tree) return [tree.not];
  if ("all" in tree) return tree.all;
  return "any" in tree ? tree.any : tree.of;
}

/** What the loading of a policy refuses, refused again: an evaluation must not depend on who loaded it. */
function isSound(tree: Exclude<Requirement, string>): boolean {
  const count = membersOf(tree).length;
  if (count === 0) return false;
  return (
    !("at_least" in tree) || (Number.isInteger(tree.at_least) && tree.at_least >= 1 && tree.at_least <= count)
  );
}

/** Every leaf, from left to right, as often as it stands there. */
export function leavesOf(tree: Requirement): readonly string[] {
  const leaves: string[] = [];
  const rest: Requirement[] = [tree];
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    if (typeof node === "string") leaves.push(node);
    else rest.push(...[...membersOf(node)].reverse());
  }
  return leaves;
}

/** Level of the deepest node; a single leaf has 0. Without recursion, so that it can be asked about any tree. */
export function treeDepth(tree: Requirement): number {
  let deepest = 0;
  const rest: (readonly [Requirement, number])[] = [[tree, 0]];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [node, level] = next;
    deepest = Math.max(deepest, level);
    for (const member of membersOf(node)) rest.push([member, level + 1]);
  }
  return deepest;
}

/**
 * The first leaf, from left to right, because of which the tree is not true; undefined where it is true, or unknown for
 * its shape and not for a leaf. Under a `not` it is a leaf that should be false.
 */
export function blamed(tree: Requirement, stateOf: StateOf, logic: Logic = "kleene"): string | undefined {
  const state = stateAt(tree, 0, stateOf, logic);
  if (state === undefined || state === "true") return undefined;
  let wanted: TriState = "true";
  let node = tree;
  while (typeof node !== "string") {
    if ("not" in node) wanted = negated(wanted);
    const next = culprit(membersOf(node), wanted, (member) => stateAt(member, 0, stateOf, logic), logic);
    if (next === undefined) return undefined;
    node = next;
  }
  return node;
}

/** Where any unknown decides, the unknown member is to blame, and not one whose state would not have mattered. */
function culprit(
  members: readonly Requirement[],
  wanted: TriState,
  stateOf: (member: Requirement) => TriState | undefined,
  logic: Logic,
): Requirement | undefined {
  const states = members.map(stateOf);
  const unknown = logic === "kleene" ? -1 : states.indexOf("unknown");
  return members[unknown >= 0 ? unknown : states.findIndex((state) => state !== wanted)];
}
