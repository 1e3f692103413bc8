// Singular queries: at most one node, whatever the document.
import { expect, test } from "vitest";
import { parseQuery } from "../../../src/core/jsonpath/parse.ts";
import { isSingular } from "../../../src/core/jsonpath/query.ts";

test.each([
  ["$", true],
  ["$.a['b'][0][-1]", true],
  ["$..a", false],
  ["$.*", false],
  ["$[0,1]", false],
  ["$[0:1]", false],
  ["$[?@]", false],
])("%s: %s", (path, expected) => {
  expect(isSingular(parseQuery(path))).toBe(expected);
});
