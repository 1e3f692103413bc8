// D25: the grammar of RFC 9535 and nothing more lenient.
import { describe, expect, test } from "vitest";
import { MAX_QUERY, parseQuery } from "../../../src/core/jsonpath/parse.ts";

describe("no queries", () => {
  test.each([
    "",
    "$ ",
    " $",
    "a",
    "@.a",
    "$.a.",
    "$[?@.a==1 || ]",
    "$[?has(@.a)]",
    "$[?@.a =~ 'x']",
    "$[?match(@.a, '[')]",
    "$.~a",
    "$[(@.length-1)]",
    "$[?@.a==1e9999999999999999999]",
    `$.${"a".repeat(MAX_QUERY)}`,
    "$['\ud800']",
    "$['\\ud800']",
  ])("%j", (path) => {
    expect(() => parseQuery(path)).toThrow(/is expected at character/);
  });

  test("what is said of one quotes nothing of it", () => {
    expect(() => parseQuery("$[?@.password=='hunter2' nonsense]")).toThrow(/^(?!.*hunter2).*$/);
  });
});
