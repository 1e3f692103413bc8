// Requirement trees: all, any, not, at least so many, over names of conditions.
import type { TriState } from "./decision.ts";
import type { Logic } from "./condition.ts";

/** As it is written in TOML: `"tests"`, `{ all = [...] }`, `{ any = [...] }`, `{ not = … }`, `{ at_least = 2, of = [...] }`. */
export type Requirement =
  | string
  | { readonly all: readonly Requirement[] }
  | { readonly any: readonly Requirement[] }
  | { readonly not: Requirement }
  | { readonly at_least: number; readonly of: readonly Requirement[] };

/** Deepest tree; the root is level 0. A deeper one is unknown as a whole, so that no `not` can turn it. */
export const MAX_TREE_DEPTH = 32;

/** State of a tree over the states of its conditions. Every leaf is asked, nothing is cut short. */
export type TreeState = (tree: Requirement, stateOf: (id: string) => TriState, logic: Logic) => TriState;
