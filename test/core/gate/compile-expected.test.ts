// What a condition is compared with: where there must be one, where there must be none, and of which type.
import { describe, expect, test } from "vitest";
import { parseValue, valueOf } from "../../../src/core/gate/value.ts";
import { claim, compiled, said } from "../../support/policies.ts";

describe("refused", () => {
  test.each<[string, string, string]>([
    [
      "none where it is needed",
      'type = "integer"\ncomparator = "equals"',
      "expected: is missing, which equals needs",
    ],
    [
      "one for exists",
      'type = "integer"\ncomparator = "exists"\nexpected = 1',
      "expected: is given, but exists compares with nothing",
    ],
    [
      "one for not_exists, as JSON",
      'type = "integer"\ncomparator = "not_exists"\nexpected_json = "1"',
      "expected_json: is given, but not_exists compares with nothing",
    ],
    [
      "two",
      'type = "integer"\ncomparator = "equals"\nexpected = 1\nexpected_json = "1"',
      "expected_json: is given beside expected",
    ],
    [
      "what is no JSON",
      'type = "integer"\ncomparator = "equals"\nexpected_json = "1,"',
      "expected_json: is not JSON, or not JSON that every reader reads alike",
    ],
    [
      "a key twice",
      `type = "object"\ncomparator = "deep_equals"\nexpected_json = '{"a":1,"a":2}'`,
      "expected_json: is not JSON, or not JSON that every reader reads alike",
    ],
    [
      "text for a number",
      'type = "integer"\ncomparator = "equals"\nexpected = "1"',
      "expected: is not of the type that is asked for: integer",
    ],
    [
      "a fraction for an integer",
      'type = "integer"\ncomparator = "less_than"\nexpected_json = "0.5"',
      "expected_json: is not of the type that is asked for: integer",
    ],
    [
      "no uuid",
      'type = "uuid"\ncomparator = "equals"\nexpected = "x"',
      "expected: is not of the type that is asked for: uuid",
    ],
    [
      "no date",
      'type = "date"\ncomparator = "less_than"\nexpected = "2026-02-30"',
      "expected: is not of the type that is asked for: date",
    ],
    [
      "a date for an instant",
      'type = "date-time"\ncomparator = "less_than"\nexpected = "2026-02-03"',
      "expected: is not of the type that is asked for: date-time",
    ],
    [
      "a word that there is not",
      'type = "enum"\nwords = ["low", "high"]\ncomparator = "equals"\nexpected = "hihg"',
      "expected: is not of the type that is asked for: one of low, high",
    ],
    [
      "a list of lists for scalars",
      'type = "scalars"\ncomparator = "deep_equals"\nexpected = [[1]]',
      "expected: is not of the type that is asked for: scalars",
    ],
    [
      "no list for in_set",
      'type = "string"\ncomparator = "in_set"\nexpected = "a"',
      "expected: is no list, which in_set needs",
    ],
    [
      "an empty list for in_set",
      'type = "string"\ncomparator = "in_set"\nexpected = []',
      "expected: is an empty list: nothing is ever in it",
    ],
    [
      "one wrong member",
      'type = "string"\ncomparator = "in_set"\nexpected = ["a", "b", 3]',
      "expected: holds a value (number 3) that is not of the type that is asked for: string",
    ],
    [
      "a list in in_set",
      'type = "dynamic"\ncomparator = "in_set"\nexpected = ["a", ["b"]]',
      "expected: holds a list or a table",
    ],
    [
      "the empty text",
      'type = "string"\ncomparator = "contains"\nexpected = ""',
      "expected: is empty, and every text contains that",
    ],
    [
      "no members",
      'type = "scalars"\ncomparator = "contains"\nexpected = []',
      "expected: is an empty list, and every list contains that",
    ],
    [
      "no members of anything",
      'type = "dynamic"\ncomparator = "contains"\nexpected = []',
      "expected: is an empty list, and every list contains that",
    ],
    [
      "a number in a text",
      'type = "string"\ncomparator = "contains"\nexpected = 1',
      "expected: is no text, which contains needs here",
    ],
    [
      "a list in a text",
      'type = "string"\ncomparator = "contains"\nexpected = ["a"]',
      "expected: is no text, which contains needs here",
    ],
    [
      "no list of members",
      'type = "scalars"\ncomparator = "contains"\nexpected = "a"',
      "expected: is no list, which contains needs here",
    ],
    [
      "members that are lists",
      'type = "scalars"\ncomparator = "contains"\nexpected = [["a"]]',
      "expected: holds a list or a table",
    ],
    [
      "anything ordered by a switch",
      'type = "dynamic"\ncomparator = "less_than"\nexpected = true',
      "expected: is not of the type that is asked for: number or date or date-time",
    ],
    [
      "anything in text order by a number",
      'type = "dynamic"\ncomparator = "lex_less_than"\nexpected = 1',
      "expected: is not of the type that is asked for: string",
    ],
    [
      "anything deep by a text",
      'type = "dynamic"\ncomparator = "deep_equals"\nexpected = "a"',
      "expected: is not of the type that is asked for: array or object",
    ],
  ])("%s", (_, lines, fault) => {
    expect(said(claim(lines))).toEqual([`conditions.c.${fault}`]);
  });

  test.each(["less_than", "lex_less_than", "contains", "deep_equals", "in_set"])(
    "null for %s",
    (comparator) => {
      const faults = said(claim(`type = "dynamic"\ncomparator = "${comparator}"\nexpected_json = "null"`));
      expect(faults).toEqual([
        expect.stringMatching(/^conditions\.c\.expected_json: is (?:null|no list|no text)/),
      ]);
    },
  );
});

describe("taken, to the last digit", () => {
  test.each<[string, string, string]>([
    ["TOML", 'type = "integer"\ncomparator = "equals"\nexpected = 9007199254740991', "9007199254740991"],
    [
      "a larger integer",
      'type = "integer"\ncomparator = "equals"\nexpected_json = "9007199254740993"',
      "9007199254740993",
    ],
    [
      "a fraction",
      'type = "number"\ncomparator = "less_than"\nexpected_json = "0.1000000000000000055"',
      "0.1000000000000000055",
    ],
    ["null", 'type = "null"\ncomparator = "equals"\nexpected_json = "null"', "null"],
    ["null among others", 'type = "dynamic"\ncomparator = "in_set"\nexpected_json = "[null, 1]"', "[null,1]"],
    ["a text", 'type = "string"\ncomparator = "contains"\nexpected = "a"', '"a"'],
    ["a list", 'type = "scalars"\ncomparator = "contains"\nexpected = ["a", 1]', '["a",1]'],
    [
      "an instant",
      'type = "dynamic"\ncomparator = "less_than"\nexpected = "2026-11-22T00:00:00+01:00"',
      '"2026-11-22T00:00:00+01:00"',
    ],
  ])("%s", (_, lines, text) => {
    expect(compiled(claim(lines)).expected).toEqual(parseValue(text));
  });

  test("none for exists", () => {
    expect(compiled(claim('type = "integer"\ncomparator = "exists"'))).not.toHaveProperty("expected");
    expect(compiled(claim('type = "boolean"\ncomparator = "equals"\nexpected = false')).expected).toBe(
      valueOf(false),
    );
  });
});
