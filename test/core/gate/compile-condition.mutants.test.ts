// What the mutation run (npm run mutate) found unnoticed in one condition: whole faults, and what a compiled one does not hold.
import { describe, expect, test } from "vitest";
import { compileCondition } from "../../../src/core/gate/compile-condition.ts";
import type { RuleFault } from "../../../src/core/config/fault.ts";
import type { ConditionEntry } from "../../../src/core/config/schema-gates.ts";
import type { EvidenceSchema } from "../../../src/core/gate/schema.ts";
import { presetValues } from "../../support/presets.ts";

const config = presetValues("quickstart");
const strict = {
  ...config,
  validation: { lexicographic: false, deep_equals: false, dynamic: false },
};
const ranked: EvidenceSchema = {
  schema: "countersign-evidence-schema/1",
  name: "rank",
  version: 1,
  types: ["integer", "string"],
  comparators: ["equals", "not_equals"],
};
const schemas = new Map([["rank@1", ranked]]);
const entry = (words: Partial<ConditionEntry>): ConditionEntry => ({
  id: "c",
  provider: "caller",
  query: { check: "claim", name: "x" },
  comparator: "equals",
  expected: 1,
  ...words,
});
const faults = (words: Partial<ConditionEntry>): readonly RuleFault[] =>
  compileCondition(entry(words), strict, schemas).faults;
const fault = (leaf: string, message: string, fix: string): RuleFault => ({
  key: `conditions.c.${leaf}`,
  message,
  fix,
});

describe("a fault, whole", () => {
  test.each<[string, Partial<ConditionEntry>, RuleFault]>([
    [
      "a check that the provider does not know, and those that it knows",
      { provider: "caller", query: { check: "mood" } },
      fault(
        "query",
        'asks caller for "mood", which it does not know',
        "caller knows claim, principal, change_type, risk_level.",
      ),
    ],
    [
      "a type beside a schema",
      { schema: "rank@1", type: "integer" },
      fault("type", "is given beside schema", "Keep one of them."),
    ],
    [
      "words beside a schema",
      { schema: "rank@1", words: ["a"] },
      fault("words", "is given beside schema", "Keep one of them."),
    ],
    [
      "a schema of no name",
      { schema: "" },
      fault(
        "schema",
        '"" is not registered',
        "Register it (countersign schema add), or write type = … instead.",
      ),
    ],
    [
      "a comparator that the schema's author did not mean",
      { schema: "rank@1", comparator: "in_set", expected: [1] },
      fault("comparator", "in_set is none that the schema lists", "Use one of equals, not_equals."),
    ],
    [
      "a comparator that must be opted in to",
      { type: "string", comparator: "lex_less_than", expected: "b" },
      fault(
        "comparator",
        "needs validation.lexicographic, which is off",
        "Compare otherwise, or set lexicographic = true in [validation].",
      ),
    ],
    [
      "another such",
      { type: "array", comparator: "deep_equals", expected: [1] },
      fault(
        "comparator",
        "needs validation.deep_equals, which is off",
        "Compare otherwise, or set deep_equals = true in [validation].",
      ),
    ],
    [
      "an open type",
      { type: "dynamic" },
      fault("type", "needs validation.dynamic, which is off", "Declare the type that the answer has."),
    ],
    [
      "an open type, with a comparator that must be opted in to as well",
      { type: "dynamic", comparator: "lex_less_than", expected: "b" },
      fault("type", "needs validation.dynamic, which is off", "Declare the type that the answer has."),
    ],
    [
      "a comparator that this type never has",
      { type: "boolean", comparator: "lex_less_than", expected: true },
      fault(
        "comparator",
        "lex_less_than has no answer for boolean",
        "Use one of equals, not_equals, in_set, exists, not_exists.",
      ),
    ],
  ])("%s", (_, words, said) => {
    expect(faults(words)).toEqual([said]);
  });

  test("a comparator that has no answer for several types names them all", () => {
    const wide = { ...ranked, types: ["array", "object"] as const, comparators: undefined };
    const among = new Map([["rank@1", wide as unknown as EvidenceSchema]]);
    const words = entry({ schema: "rank@1", comparator: "less_than" });
    expect(compileCondition(words, strict, among).faults).toEqual([
      fault("comparator", "less_than has no answer for array or object", "Use one of exists, not_exists."),
    ]);
  });
});

describe("compiled, a condition holds", () => {
  test("no words, minimum or expected value that nobody wrote", () => {
    const { spec } = compileCondition(
      { id: "c", provider: "git", query: { check: "changed_files" }, comparator: "exists" },
      strict,
      schemas,
    );
    expect(Object.keys(spec ?? {}).toSorted()).toEqual([
      "check",
      "comparator",
      "id",
      "params",
      "provider",
      "types",
    ]);
  });
});

describe("a parameter of another type than it should have", () => {
  const wrong: readonly (readonly [string, Partial<ConditionEntry>])[] = [
    ["a variable", { provider: "env", query: { check: "get", key: 1 } }],
    ["a glob", { provider: "git", query: { check: "touches", globs: [1] } }],
    ["a name of a check", { provider: "checks", query: { check: "findings", name: 1 } }],
    ["a file", { provider: "json", query: { check: "path", file: 1 }, type: "integer" }],
    ["a claim", { query: { check: "claim", name: 1 }, type: "integer" }],
    ["a statement", { provider: "signed", query: { check: "statement", name: 1 }, type: "integer" }],
  ];
  const open = {
    ...strict,
    evidence: {
      ...strict.evidence,
      providers: ["env", "git", "checks", "json", "caller", "signed", "http"] as const,
      accept_claims: true,
      json: { ...strict.evidence.json, root: "facts" },
    },
  } as unknown as typeof strict;

  test.each(wrong)("%s: one fault, about its type", (_, words) => {
    const found = compileCondition(
      entry({ comparator: "exists", expected: undefined, ...words }),
      open,
      schemas,
    ).faults;
    expect(found).toHaveLength(1);
    expect(found[0]?.fix).toBe("docs/config.md says what each check takes.");
  });

  test("an address", () => {
    const words = { provider: "http", query: { check: "status", url: 1 }, comparator: "exists" } as const;
    expect(compileCondition(entry({ ...words, expected: undefined }), open, schemas).faults).toHaveLength(1);
  });
});
