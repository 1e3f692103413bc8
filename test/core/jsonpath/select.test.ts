// D25: JSONPath over exact values, and the bound on what a query may cost.
import { describe, expect, test } from "vitest";
import { parseValue, renderValue } from "../../../src/core/gate/value.ts";
import { parseQuery } from "../../../src/core/jsonpath/parse.ts";
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

test("members named like those of objects in JavaScript are members", () => {
  expect(found("$.__proto__", '{"__proto__":1}')).toBe("[1]");
  expect(found("$.constructor", "{}")).toBe("[]");
  expect(found("$.length", "[1,2]")).toBe("[]");
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
