// D25: filters over exact values; every function of RFC 9535 and what it says of what it does not fit.
import { describe, expect, test } from "vitest";
import { parseValue, renderValue } from "../../../src/core/gate/value.ts";
import { parseQuery } from "../../../src/core/jsonpath/parse.ts";
import { select } from "../../../src/core/jsonpath/select.ts";

const found = (path: string, text: string): string => {
  const root = parseValue(text);
  if (root === undefined) throw new TypeError("no JSON");
  return renderValue(select(parseQuery(path), root, 100_000));
};

test("three conditions joined by && all count", () => {
  expect(found("$[?@.a==1&&@.b==1&&@.c==1]", '[{"a":1,"b":1,"c":2},{"a":1,"b":1,"c":1}]')).toBe(
    '[{"a":1,"b":1,"c":1}]',
  );
});

test("texts are ordered by code points", () => {
  expect(found("$[?@>'\uffee']", '["\u{1f600}","\uffed"]')).toBe('["\u{1f600}"]');
});

test.each([
  ["a", "b"],
  ["", "a"],
  ["ab", "abc"],
  ["\ud7ff", "\ue000"],
  ["\uffff", "\u{10000}"],
  ["\u{10000}", "\u{10ffff}"],
  ["\u{1f600}", "\u{1f601}"],
  ["x\uffeey", "x\u{1f600}"],
  ["\u{1f600}", "\u{1f600}a"],
])("%j is before %j, and not behind it", (before, behind) => {
  const text = JSON.stringify([{ a: before, b: behind }]);
  for (const [operator, holds] of [
    ["<", true],
    ["<=", true],
    [">", false],
    [">=", false],
  ] as const) {
    expect(found(`$[?@.a ${operator} @.b]`, text) === "[]").toBe(!holds);
    expect(found(`$[?@.b ${operator} @.a]`, text) === "[]").toBe(holds);
    expect(found(`$[?@.a ${operator} @.a]`, text) === "[]").toBe(!operator.endsWith("="));
  }
});

test("expressions run in linear time", () => {
  const text = JSON.stringify(["a".repeat(5000)]);
  expect(found("$[?match(@, '(a*)*b')]", text)).toBe("[]");
});

describe("functions", () => {
  test.each([
    ["$[?length(@)==1]", '["\u{1f600}",[1],{"a":1},"ab",1,null]', '["\u{1f600}",[1],{"a":1}]'],
    ["$[?count(@..*)==2]", "[[[1]],[1]]", "[[[1]]]"],
    ["$[?value(@.*)==1]", "[[1],[1,1],[]]", "[[1]]"],
    ["$[?match(@,'a.c')]", '["abc","a\\nc","xabcx",1]', '["abc"]'],
    ["$[?search(@,'b+')]", '["abc","ac"]', '["abc"]'],
    ["$[?@.a<=null]", '[{"a":null},{"a":1}]', '[{"a":null}]'],
    ["$[?@.a==@.b]", '[{},{"a":1}]', "[{}]"],
  ])("%s over %s", (path, text, expected) => {
    expect(found(path, text)).toBe(expected);
  });
});
