// D25: the compliance test suite of RFC 9535's working group; where we are narrower on purpose stands here.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseValue, renderValue, type Value } from "../../../src/core/gate/value.ts";
import { parseQuery } from "../../../src/core/jsonpath/parse.ts";
import { select } from "../../../src/core/jsonpath/select.ts";

const SUITE = "node_modules/jsonpath-rfc9535/src/__tests__/jsonpath-compliance-test-suite/cts.json";
const suite = z
  .object({
    tests: z.array(
      z.looseObject({
        name: z.string(),
        selector: z.string(),
        document: z.unknown().optional(),
        result: z.unknown().optional(),
        results: z.array(z.unknown()).optional(),
        invalid_selector: z.boolean().optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(SUITE, "utf8")));

/** Patterns are written in the query, never in the document: whoever writes the document would make us compile them. */
const NARROWER = new Set([
  "functions, match, regex from the document",
  "functions, match, non-string second arg",
  "functions, match, arg is a function expression",
  "functions, search, regex from the document",
  "functions, search, non-string second arg",
  "functions, search, arg is a function expression",
]);

const exact = (json: unknown): Value => parseValue(JSON.stringify(json)) ?? null;

const found = (selector: string, document: unknown): string =>
  renderValue(select(parseQuery(selector), exact(document), 1_000_000));

test("the suite is there", () => {
  expect(suite.tests.length).toBeGreaterThan(600);
});

describe("invalid queries", () => {
  const invalid = suite.tests.filter((one) => one.invalid_selector === true || NARROWER.has(one.name));
  test.each(invalid)("$name", ({ selector }) => {
    expect(() => parseQuery(selector)).toThrow(/is expected at character/);
  });
});

describe("results", () => {
  const valid = suite.tests.filter((one) => one.invalid_selector !== true && !NARROWER.has(one.name));
  test.each(valid)("$name", ({ selector, document, result, results = [result] }) => {
    expect(results.map((one) => renderValue(exact(one)))).toContain(found(selector, document));
  });
});
