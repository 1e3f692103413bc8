// The words that policies are written in: the sixteen comparators, the classes of values, the two logics.
import { expect, expectTypeOf, test } from "vitest";
import {
  type Comparator,
  comparators,
  type ConditionSpec,
  logics,
  type PolicyGate,
  typeClasses,
} from "../../../src/core/gate/condition.ts";
import { compare } from "../../../src/core/gate/comparator.ts";
import { typeFault } from "../../../src/core/gate/types.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";

test("sixteen comparators, and each of them has an answer to something", () => {
  expect(new Set(comparators).size).toBe(16);
  const answers: Partial<Record<Comparator, unknown>> = { in_set: ["b"], contains: "b" };
  for (const comparator of comparators) {
    const deep = comparator.startsWith("deep_");
    const dated = /^(?:greater|less)_/.test(comparator);
    const value = deep ? ["b"] : dated ? "2024-01-01" : "b";
    const expected = answers[comparator] === undefined ? value : (answers[comparator] as string);
    expect(compare(comparator, { value }, expected), comparator).not.toBe("unknown");
  }
});

test("thirteen classes, each known to the check of types", () => {
  expect(new Set(typeClasses).size).toBe(13);
  const samples = [
    null,
    true,
    "b",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "123e4567-e89b-12d3-a456-426614174000",
    [],
    [[]],
    new Map(),
    { sign: 0, digits: "", exponent: 0 } as const,
  ];
  for (const type of typeClasses) {
    expect(
      samples.some((value) => typeFault({ types: [type], words: ["b"] }, value) === undefined),
      type,
    ).toBe(true);
  }
});

test("kleene comes first: it is what a policy that says nothing gets", () => {
  expect(logics).toEqual(["kleene", "bochvar"]);
});

test("a gate holds compiled conditions and a tree, and nothing of it can be written to", () => {
  expectTypeOf<PolicyGate["require"]>().toEqualTypeOf<Requirement>();
  expectTypeOf<PolicyGate["conditions"]>().toEqualTypeOf<readonly ConditionSpec[]>();
});
