// D37: which comparators apply to which types, cell by cell, said once more by hand.
import { describe, expect, test } from "vitest";
import { admitted } from "../../../src/core/gate/admitted.ts";
import { comparators, type TypeClass, typeClasses } from "../../../src/core/gate/condition.ts";
import { claim, compiled, said } from "../../support/policies.ts";

const ALL = { lexicographic: true, deep_equals: true, dynamic: true };
const OFF = { lexicographic: false, deep_equals: false, dynamic: false };

/** One letter a comparator, in their order: e n (equals), g G l L (ordering), x X y Y (lex), c, i, d D (deep), p P. */
const LETTERS = "engGlLxXyYcidDpP";
const MATRIX: Readonly<Record<TypeClass, string>> = {
  boolean: "enipP",
  enum: "enipP",
  uuid: "enipP",
  integer: "engGlLipP",
  number: "engGlLipP",
  date: "engGlLipP",
  "date-time": "engGlLipP",
  string: "enxXyYcipP",
  scalars: "cdDpP",
  array: "dDpP",
  object: "dDpP",
  null: "enpP",
  dynamic: LETTERS,
};

const letters = (types: readonly TypeClass[], admission = ALL): string =>
  comparators
    .map((comparator, at) => (admitted(types, admission).includes(comparator) ? LETTERS.charAt(at) : ""))
    .join("");

test("every comparator has its letter", () => {
  expect(comparators.length).toBe(LETTERS.length);
});

describe("one type", () => {
  test.each(typeClasses)("%s", (type) => {
    expect(letters([type])).toBe(MATRIX[type]);
  });
});

describe("without opting in", () => {
  test.each(typeClasses)("%s has no lex_, no deep_, and dynamic has nothing", (type) => {
    const plain = MATRIX[type].replaceAll(/[xXyYdD]/g, "");
    expect(letters([type], OFF)).toBe(type === "dynamic" ? "" : plain);
  });

  test("each switch opens its own", () => {
    expect(letters(["string"], { ...OFF, lexicographic: true })).toBe("enxXyYcipP");
    expect(letters(["object"], { ...OFF, lexicographic: true })).toBe("pP");
    expect(letters(["object"], { ...OFF, deep_equals: true })).toBe("dDpP");
    expect(letters(["string"], { ...OFF, deep_equals: true })).toBe("encipP");
    expect(letters(["dynamic"], { ...OFF, dynamic: true })).toBe("engGlLcipP");
  });
});

describe("several types", () => {
  test.each<[string, readonly TypeClass[], string]>([
    ["what both have", ["integer", "string"], "enipP"],
    ["null beside another takes nothing away", ["integer", "null"], "engGlLipP"],
    ["null alone", ["null", "null"], ""],
    ["dynamic among them", ["boolean", "dynamic"], LETTERS],
    ["no type at all", [], ""],
  ])("%s", (_, types, expected) => {
    expect(letters(types)).toBe(expected);
  });
});

/** A value that each type takes, for comparators that compare with one like it. */
const VALUES: Readonly<Record<TypeClass, string>> = {
  boolean: "true",
  enum: '"a"',
  uuid: '"8c2b8a3e-6f0c-4b8e-9d38-0a1f6a5b7c11"',
  integer: "7",
  number: "7",
  date: '"2026-11-22"',
  "date-time": '"2026-11-22T18:00:00Z"',
  string: '"a"',
  scalars: '["a", 1]',
  array: '[["a"]]',
  object: "{ a = 1 }",
  null: "null",
  dynamic: '"2026-11-22"',
};

describe("the policy is held to the matrix, cell by cell", () => {
  const cells = typeClasses.flatMap((type) =>
    comparators.map((comparator, at) => [type, comparator, at] as const),
  );

  test.each(cells)("%s %s", (type, comparator, at) => {
    const value = VALUES[type];
    const expected = (): string => {
      if (comparator.endsWith("exists")) return "";
      if (comparator === "in_set")
        return type === "null" ? "expected_json = '[null]'" : `expected = [${value}]`;
      if (type === "null") return 'expected_json = "null"';
      if (type === "dynamic" && comparator.startsWith("deep_")) return "expected = { a = 1 }";
      return `expected = ${value}`;
    };
    const words = type === "enum" ? 'words = ["a", "b"]' : "";
    const toml = claim(`type = "${type}"\n${words}\ncomparator = "${comparator}"\n${expected()}`);
    if (MATRIX[type].includes(LETTERS.charAt(at))) expect(compiled(toml).comparator).toBe(comparator);
    else
      expect(said(toml)).toEqual([
        expect.stringMatching(/^conditions\.c\.comparator: .* has no answer for /),
      ]);
  });
});
