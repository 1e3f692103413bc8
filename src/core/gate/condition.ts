// A condition as it was compiled from the policy: which question, to whom, and what the answer is compared with.
import type { Json } from "../base/canonical.ts";
import type { Lane } from "../identity/scope.ts";
import type { ProviderName } from "./providers.ts";
import type { Value } from "./value.ts";
import { type Class, classes, type Tree } from "./words.ts";

export const comparators = [
  "equals",
  "not_equals",
  "greater_than",
  "greater_than_or_equal",
  "less_than",
  "less_than_or_equal",
  "lex_greater_than",
  "lex_greater_than_or_equal",
  "lex_less_than",
  "lex_less_than_or_equal",
  "contains",
  "in_set",
  "deep_equals",
  "deep_not_equals",
  "exists",
  "not_exists",
] as const;
export type Comparator = (typeof comparators)[number];

/** What a value may be; they stand in words.ts, which the table of the providers needs too. */
export const typeClasses = classes;
export type TypeClass = Class;

export interface ConditionSpec {
  readonly id: string;
  readonly provider: ProviderName;
  /** The provider's check; with `params` it is the whole question. */
  readonly check: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly comparator: Comparator;
  /** Missing for exists and not_exists. */
  readonly expected?: Value;
  /** Raises the minimum of the policy, never lowers it. */
  readonly minLane?: Lane;
  /** Classes of which the value must be one; `dynamic` among them admits everything. */
  readonly types: readonly TypeClass[];
  /** With `enum`: the words that there are. */
  readonly words?: readonly string[];
}

/** Kleene: an unknown that cannot matter does not. Bochvar: any unknown makes the whole unknown. */
export const logics = ["kleene", "bochvar"] as const;
export type Logic = (typeof logics)[number];

/** One gate of the policy, compiled: every condition that its tree names is in `conditions`, once. */
export interface PolicyGate {
  readonly id: string;
  readonly logic: Logic;
  readonly minLane?: Lane;
  readonly require: Tree;
  readonly conditions: readonly ConditionSpec[];
}
