// D25: JSONPath over exact values, and the bound on what a query may cost.
import { describe, expect, test } from "vitest";
import { parseValue, renderValue } from "../../../src/core/gate/value.ts";
import { MAX_QUERY, parseQuery } from "../../../src/core/jsonpath/parse.ts";
import { select } from "../../../src/core/jsonpath/select.ts";

const found = (path: string, text: string, steps = 100_000): string => {
  const root = parseValue(text);
  if (root === undefined) throw new TypeError("no JSON");
  return renderValue(select(parseQuery(path), root, steps));
};

describe("numbers keep every digit", () => {
  test.each([
    ["$.a", '{"a":9007199254740993}', "[9007199254740993]"],
    ["$.a", '{"a":0.1000000000000000055}', "[0.1000000000000000055]"],
    ["$[?@==9007199254740993]", "[9007199254740992,9007199254740993]", "[9007199254740993]"],
    ["$[?@<0.1000000000000000055]", "[0.1,0.1000000000000000056]", "[0.1]"],
    ["$[?@>=0.5]", "[0.5,0.4,5e-1]", "[0.5,0.5]"],
    ["$[?@==1e400]", "[1e400,1e401]", "[1e+400]"],
    ["$[?@.a==$.b]", '{"x":{"a":[1.0]},"b":[1]}', '[{"a":[1]}]'],
  ])("%s over %s", (path, text, expected) => {
    expect(found(path, text)).toBe(expected);
  });
});

test("three conditions joined by && all count", () => {
  expect(found("$[?@.a==1&&@.b==1&&@.c==1]", '[{"a":1,"b":1,"c":2},{"a":1,"b":1,"c":1}]')).toBe(
    '[{"a":1,"b":1,"c":1}]',
  );
});

test("texts are ordered by code points", () => {
  expect(found("$[?@>'\uffee']", '["\u{1f600}","\uffed"]')).toBe('["\u{1f600}"]');
});

test("members named like those of objects in JavaScript are members", () => {
  expect(found("$.__proto__", '{"__proto__":1}')).toBe("[1]");
  expect(found("$.constructor", "{}")).toBe("[]");
  expect(found("$.length", "[1,2]")).toBe("[]");
});

test("expressions run in linear time", () => {
  const text = JSON.stringify(["a".repeat(5000)]);
  const started = performance.now();
  expect(found("$[?match(@, '(a*)*b')]", text)).toBe("[]");
  expect(performance.now() - started).toBeLessThan(2000);
});

describe("what costs too much is not run to its end", () => {
  const wide = JSON.stringify(Array.from({ length: 2000 }, (_, at) => ({ a: at })));
  const long = JSON.stringify(["x".repeat(60_000), "x".repeat(60_000)]);
  test.each([
    ["every node with every node", "$[?$[?@.a==1]]", wide],
    ["descendants of descendants", "$..*..*..*..*..*..*..*..*", `${"[".repeat(60)}${"]".repeat(60)}`],
    ["a long text", "$[?length(@)>1]", long],
    ["an expression over a long text", "$[?search(@, '[ab]{200}c')]", long],
    ["texts that are compared", "$[?@<$[1]]", long],
    ["deep comparison", "$[?$==$]", wide],
    ["a wide list", "$[::1]", JSON.stringify(Array(60_000).fill(0))],
  ])("%s", (_what, path, text) => {
    expect(() => found(path, text, 50_000)).toThrow(/more than 50000 steps/);
  });
});

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
