// Why a tree is not true: its leaves that stand in the way, and what each would have to be.
import type { Logic } from "../../core/gate/condition.ts";
import type { TriState } from "../../core/gate/decision.ts";
import { type Requirement, treeState } from "../../core/gate/requirement.ts";

export interface Unmet {
  readonly id: string;
  /** "false" under an odd number of nots. */
  readonly wanted: "true" | "false";
}

type StateOf = (id: string) => TriState;

/** Parts that are as they should be are left out: of `any`, one true member settles the others. Each leaf once. */
export function unmetLeaves(tree: Requirement, stateOf: StateOf, logic: Logic): readonly Unmet[] {
  const found = unmetIn(tree, "true", stateOf, logic);
  return [...new Map(found.map((unmet) => [unmet.id, unmet])).values()];
}

function unmetIn(
  tree: Requirement,
  wanted: Unmet["wanted"],
  stateOf: StateOf,
  logic: Logic,
): readonly Unmet[] {
  if (treeState(tree, stateOf, logic) === wanted) return [];
  if (typeof tree === "string") return [{ id: tree, wanted }];
  if ("not" in tree) return unmetIn(tree.not, wanted === "true" ? "false" : "true", stateOf, logic);
  const members = "all" in tree ? tree.all : "any" in tree ? tree.any : tree.of;
  return members.flatMap((member) => unmetIn(member, wanted, stateOf, logic));
}

/** Whether the tree would be true if those of its leaves that `mayChange` came out as it wants them. */
export function couldOpen(
  tree: Requirement,
  stateOf: StateOf,
  logic: Logic,
  mayChange: (id: string) => boolean,
): boolean {
  const hoped = unmetLeaves(tree, stateOf, logic).filter(({ id }) => mayChange(id));
  const states = new Map(hoped.map(({ id, wanted }) => [id, wanted]));
  return states.size > 0 && treeState(tree, (id) => states.get(id) ?? stateOf(id), logic) === "true";
}
