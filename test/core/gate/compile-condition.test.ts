// Conditions as they are written: what a provider does not know, types that are missing or too many, comparators too much.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/core/config/parse.ts";
import { compileCondition } from "../../../src/core/gate/compile-condition.ts";
import { type EvidenceSchema, schemaName } from "../../../src/core/gate/schema.ts";
import { valueOf } from "../../../src/core/gate/value.ts";
import { claim, compiled, condition, said, verdict } from "../../support/policies.ts";
import { presetValues, shippedPreset } from "../../support/presets.ts";

const asks = (lines: string): string => condition(lines);
const equalsTrue = 'comparator = "equals"\nexpected = true';

describe("refused", () => {
  test.each<[string, string, string]>([
    [
      "a check that there is not",
      asks(`provider = "git"\nquery = { check = "blame" }\n${equalsTrue}`),
      'query: asks git for "blame", which it does not know',
    ],
    [
      "a check of another provider",
      asks(`provider = "time"\nquery = { check = "result" }\n${equalsTrue}`),
      'query: asks time for "result", which it does not know',
    ],
    [
      "a name of every object",
      asks(`provider = "time"\nquery = { check = "constructor" }\n${equalsTrue}`),
      'query: asks time for "constructor", which it does not know',
    ],
    [
      "an unknown parameter",
      asks(`provider = "checks"\nquery = { check = "passed", name = "tree" }\n${equalsTrue}`),
      "query.name: is no parameter of this check",
    ],
    [
      "a parameter too few",
      asks('provider = "checks"\nquery = { check = "findings" }\ncomparator = "equals"\nexpected = 0'),
      "query.name: Invalid input: expected string, received undefined (the check of checks needs it)",
    ],
    [
      "a parameter of another type",
      asks(`provider = "git"\nquery = { check = "touches", globs = "src/**" }\n${equalsTrue}`),
      "query.globs: Invalid input: expected array, received string (the check of git needs it)",
    ],
    [
      "a type where the check says it",
      asks(`provider = "checks"\nquery = { check = "passed" }\ntype = "boolean"\n${equalsTrue}`),
      "type: is given, but this check says the type of its answer itself",
    ],
    [
      "a schema where the check says it",
      asks(`provider = "checks"\nquery = { check = "passed" }\nschema = "a@1"\n${equalsTrue}`),
      "schema: is given, but this check says the type of its answer itself",
    ],
    [
      "words where the check says them",
      asks(`provider = "checks"\nquery = { check = "passed" }\nwords = ["a"]\n${equalsTrue}`),
      "words: is given, but this check says the type of its answer itself",
    ],
    ["no type where any may come", claim(equalsTrue), "type: is missing: this check has answers of any type"],
    [
      "an unknown schema",
      claim(`schema = "coverage@1"\n${equalsTrue}`),
      'schema: "coverage@1" is not registered',
    ],
    [
      "an enum without words",
      claim('type = "enum"\ncomparator = "exists"'),
      "words: is missing, which type enum needs",
    ],
    [
      "words of no enum",
      claim('type = "string"\nwords = ["a"]\ncomparator = "exists"'),
      "words: is given with type string",
    ],
    [
      "a word twice",
      claim('type = "enum"\nwords = ["a", "b", "a"]\ncomparator = "exists"'),
      "words: holds a word twice",
    ],
    [
      "a comparator without an answer",
      claim('type = "boolean"\ncomparator = "less_than"\nexpected = true'),
      "comparator: less_than has no answer for boolean",
    ],
  ])("%s", (_, toml, fault) => {
    expect(said(toml + verdict('"c"'))).toEqual([`conditions.c.${fault}`]);
  });

  test.each<[string, string, string]>([
    [
      "lex_",
      'type = "string"\ncomparator = "lex_less_than"\nexpected = "b"',
      "comparator: needs validation.lexicographic, which is off",
    ],
    [
      "deep_",
      'type = "object"\ncomparator = "deep_equals"\nexpected = { a = 1 }',
      "comparator: needs validation.deep_equals, which is off",
    ],
    [
      "dynamic",
      'type = "dynamic"\ncomparator = "equals"\nexpected = 1',
      "type: needs validation.dynamic, which is off",
    ],
  ])("%s without opting in", (_, lines, fault) => {
    expect(said(claim(lines), "default")).toEqual([`conditions.c.${fault}`]);
    expect(said(claim(lines), "quickstart")).toEqual([]);
  });

  test("every fault of a condition at once", () => {
    const toml = asks(
      'provider = "http"\nquery = { check = "status", url = "http://a", x = 1 }\ntype = "integer"\ncomparator = "contains"\nexpected = 1',
    );
    expect(said(toml + verdict('"c"'))).toEqual([
      "conditions.c.query.x: is no parameter of this check",
      "conditions.c.provider: asks http, which evidence.providers does not list",
      "conditions.c.type: is given, but this check says the type of its answer itself",
      "conditions.c.comparator: contains has no answer for integer",
    ]);
  });
});

test("compiled: the question, the type, the value", () => {
  const toml = asks(
    'provider = "checks"\nquery = { check = "result", name = "tree" }\ncomparator = "in_set"\nexpected = ["PASSED"]\nmin_lane = "verified"',
  );
  expect(compiled(toml)).toEqual({
    id: "c",
    provider: "checks",
    check: "result",
    params: { name: "tree" },
    comparator: "in_set",
    expected: valueOf(["PASSED"]),
    minLane: "verified",
    types: ["enum"],
    words: ["PASSED", "WARNED", "FAILED", "SKIPPED", "ERROR"],
  });
});

describe("with a registered schema", () => {
  const schema: EvidenceSchema = {
    schema: "countersign-evidence-schema/1",
    name: "coverage",
    version: 2,
    types: ["number", "null"],
    comparators: ["greater_than", "exists"],
  };
  const schemas = new Map([[schemaName(schema), schema]]);
  const load = (lines: string): ReturnType<typeof parseConfig> =>
    parseConfig(
      `preset = "quickstart"\n${claim(`schema = "coverage@2"\n${lines}`)}`,
      shippedPreset,
      [],
      undefined,
      () => ({
        schemas,
        faults: [],
      }),
    );

  test("its types are the condition's", () => {
    const config = presetValues("quickstart");
    const query = { check: "claim", name: "x" };
    const entry = { id: "c", provider: "caller", query, comparator: "greater_than", expected: 80 } as const;
    const { spec } = compileCondition({ ...entry, schema: "coverage@2" }, config, schemas);
    expect(spec).toMatchObject({ types: ["number", "null"], comparator: "greater_than" });
    expect(load('comparator = "greater_than"\nexpected = 80').ok).toBe(true);
  });

  test.each<[string, string, string]>([
    ["a comparator that it does not list", 'comparator = "less_than"\nexpected = 80', "comparator"],
    ["a value of another type", 'comparator = "greater_than"\nexpected = "80"', "expected"],
    ["a type beside it", 'type = "number"\ncomparator = "exists"', "type"],
    ["words beside it", 'words = ["a"]\ncomparator = "exists"', "words"],
  ])("refused: %s", (_, lines, leaf) => {
    const result = load(lines);
    expect(result.ok ? [] : result.faults.map(({ key }) => key)).toEqual([`conditions.c.${leaf}`]);
    // It has an answer for numbers, but the schema's author did not mean it.
    if (leaf === "comparator")
      expect(result).toMatchObject({ faults: [{ message: "less_than is none that the schema lists" }] });
  });
});
