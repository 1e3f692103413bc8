// Where values stand: for every query of the compliance suite the same values as without places, and the text at each place.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseValue, renderValue, type Value } from "../../../src/core/gate/value.ts";
import { locate, selectLocated } from "../../../src/core/jsonpath/located.ts";
import { parseQuery } from "../../../src/core/jsonpath/parse.ts";
import { select } from "../../../src/core/jsonpath/select.ts";
import { WorkError } from "../../../src/core/jsonpath/walk.ts";

const SUITE = "node_modules/jsonpath-rfc9535/src/__tests__/jsonpath-compliance-test-suite/cts.json";
const suite = z
  .object({ tests: z.array(z.looseObject({ selector: z.string(), document: z.unknown().optional() })) })
  .parse(JSON.parse(readFileSync(SUITE, "utf8")));
const STEPS = 1_000_000;

test.each([1, undefined])("as select has it, with the text of each value, indented by %s", (indent) => {
  let compared = 0;
  for (const { selector, document } of suite.tests) {
    const text = `\n ${JSON.stringify(document ?? null, null, indent)}\t`;
    const root = locate(text);
    if (root === undefined) throw new Error(`not located: ${text.slice(0, 80)}`);
    let values: readonly Value[];
    try {
      values = select(parseQuery(selector), root.value, STEPS);
    } catch {
      continue;
    }
    const places = selectLocated(parseQuery(selector), root, STEPS);
    expect(places.map(({ value }) => renderValue(value))).toEqual(values.map(renderValue));
    for (const { start, end, value } of places) expect(parseValue(text.slice(start, end))).toEqual(value);
    compared += values.length;
  }
  expect(compared).toBeGreaterThan(500);
});

describe("is not located", () => {
  test.each([
    ["no JSON", "{"],
    ["a comment", '{"a": 1} // x'],
    ["a comma too many", '{"a": 1,}'],
    ["a key given twice", '{"a": 1, "a": 2}'],
    ["a byte order mark", '\ufeff{"a": 1}'],
    ["nothing", ""],
  ])("%s", (_, text) => {
    expect(locate(text)).toBeUndefined();
  });
});

test("escaped keys and quotes within strings move no place, and a long string takes no stack", () => {
  const long = 'x\\"'.repeat(1_000_000);
  const text = `{ "a\\"b" : "}{][" , "p\\u0061ss":"${long}", "e": {}, "l": [ ] , "n": -1.5e3 }`;
  const root = locate(text);
  if (root === undefined) throw new Error("not located");
  const shown = (query: string): readonly string[] =>
    selectLocated(parseQuery(query), root, STEPS).map(({ start, end }) => text.slice(start, end));
  expect(shown("$.pass")).toEqual([`"${long}"`]);
  expect(shown("$['e','l','n']")).toEqual(["{}", "[ ]", "-1.5e3"]);
});

test("work has a limit", () => {
  const root = locate(JSON.stringify(Array.from({ length: 1000 }, () => 1)));
  if (root === undefined) throw new Error("not located");
  expect(() => selectLocated(parseQuery("$[*]"), root, 100)).toThrow(WorkError);
});
