// Which comparators apply to which types: what has no answer for a type is refused when the policy is written, not met later.
import type { Comparator, TypeClass } from "./condition.ts";
import { comparators } from "./condition.ts";

/** Section [validation] of the configuration. */
export interface Admission {
  readonly lexicographic: boolean;
  readonly deep_equals: boolean;
  readonly dynamic: boolean;
}

const PRESENCE: readonly Comparator[] = ["exists", "not_exists"];
const EQUALITY: readonly Comparator[] = ["equals", "not_equals", ...PRESENCE];
const CHOICE: readonly Comparator[] = [...EQUALITY, "in_set"];
export const ordering: readonly Comparator[] = [
  "greater_than",
  "greater_than_or_equal",
  "less_than",
  "less_than_or_equal",
];
export const lexicographic: readonly Comparator[] = [
  "lex_greater_than",
  "lex_greater_than_or_equal",
  "lex_less_than",
  "lex_less_than_or_equal",
];
export const deep: readonly Comparator[] = ["deep_equals", "deep_not_equals"];

const byClass: Readonly<Record<TypeClass, readonly Comparator[]>> = {
  boolean: CHOICE,
  enum: CHOICE,
  uuid: CHOICE,
  integer: [...CHOICE, ...ordering],
  number: [...CHOICE, ...ordering],
  date: [...CHOICE, ...ordering],
  "date-time": [...CHOICE, ...ordering],
  string: [...CHOICE, "contains", ...lexicographic],
  scalars: [...PRESENCE, "contains", ...deep],
  array: [...PRESENCE, ...deep],
  object: [...PRESENCE, ...deep],
  null: EQUALITY,
  dynamic: comparators,
};

/**
 * Comparators that have an answer for each of `types` (null beside others does not count: a null is then not compared).
 * `dynamic` among them admits everything that [validation] does.
 */
export function admitted(types: readonly TypeClass[], admission: Admission): readonly Comparator[] {
  const real = types.filter((type) => type !== "null" || types.length === 1);
  if (real.length === 0) return [];
  const open = types.includes("dynamic");
  if (open && !admission.dynamic) return [];
  return comparators.filter(
    (comparator) =>
      (open || real.every((type) => byClass[type].includes(comparator))) &&
      (admission.lexicographic || !lexicographic.includes(comparator)) &&
      (admission.deep_equals || !deep.includes(comparator)),
  );
}
