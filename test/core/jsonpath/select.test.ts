// D25: JSONPath over exact values, and the bound on what a query may cost.
import { describe, expect, test } from "vitest";
import { parseValue, renderValue } from "../../../src/core/gate/value.ts";
import { parseQuery } from "../../../src/core/jsonpath/parse.ts";
import { MAX_STEPS, select } from "../../../src/core/jsonpath/select.ts";
import { WorkError } from "../../../src/core/jsonpath/walk.ts";

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
  const longer = JSON.stringify(Array(100).fill("x".repeat(60_000)));
  const digits = `[${Array(100).fill("1".repeat(60_000)).join()}]`;
  const keys = `[${Array(100)
    .fill(`{"${"x".repeat(60_000)}":1}`)
    .join()}]`;
  test.each([
    ["every node with every node", "$[?$[?@.a==1]]", wide],
    ["descendants of descendants", "$..*..*..*..*..*..*..*..*", `${"[".repeat(60)}${"]".repeat(60)}`],
    ["a long text", "$[?length(@)>1]", long],
    ["an expression over a long text", "$[?search(@, '[ab]{200}c')]", long],
    ["texts that are compared", "$[?@<$[1]]", longer],
    ["numbers that are compared", "$[?@<$[1]]", digits],
    ["long texts that are equal", "$[?@==$[1]]", longer],
    ["long keys that are equal", "$[?@==$[1]]", keys],
    ["short texts and expressions", "$[?search(@.b,'a')]", `[${Array(6000).fill('{"b":"c"}').join()}]`],
    ["deep comparison", "$[?$==$]", wide],
    ["a wide list", "$[::1]", JSON.stringify(Array(60_000).fill(0))],
  ])("%s", (_what, path, text) => {
    expect(() => found(path, text, 50_000)).toThrow(/more than 50000 steps/);
  });
});

describe("one step takes about one step's time, whatever the document holds", () => {
  const items = (unit: string, many = 2000): string => `[${Array(many).fill(unit).join()}]`;
  const huge = (unit: string, size: number): string => `"${unit.repeat(size)}"`;
  test.each([
    [
      "a short text with one that is long",
      "$.i[?@ > $.c]",
      `{"c":${huge("a", 700_000)},"i":${items('"b"')}}`,
    ],
    ["the same in two bytes", "$.i[?@ > $.c]", `{"c":${huge("\u00e9", 300_000)},"i":${items('"b"')}}`],
    [
      "two long texts",
      "$.i[?$.c < $.d]",
      `{"c":${huge("a", 400_000)},"d":${huge("a", 400_000)},"i":${items("1")}}`,
    ],
    [
      "two long numbers",
      "$.i[?$.a < $.b]",
      `{"a":${"1".repeat(400_000)},"b":${"1".repeat(400_000)},"i":${items("1")}}`,
    ],
    [
      "two long keys",
      "$.i[?$.a == $.b]",
      `{"a":{${huge("k", 400_000)}:1},"b":{${huge("k", 400_000)}:1},"i":${items("1")}}`,
    ],
    [
      "an expression over a long text",
      "$.i[?search($.c, '(a|b)*c')]",
      `{"c":${huge("a", 70_000)},"i":${items("1")}}`,
    ],
    ["expressions over short texts", "$[?search(@, '(?i)k+z')]", items('"kk"', 150_000)],
    ["length of a long text", "$.i[?length($.c) > 1]", `{"c":${huge("\u00e9", 300_000)},"i":${items("1")}}`],
    ["all nodes for each node", "$.i[?count($..*) == 1]", `{"i":${items("1")}}`],
    ["descendants of descendants", "$..*..*", `${"[".repeat(60)}${items("1", 100_000)}${"]".repeat(60)}`],
    ["many small ones", "$..[?@ == 1 || @ == 2]", items("1", 480_000)],
  ])("%s", { timeout: 60_000 }, (_what, path, text) => {
    const root = parseValue(text);
    if (root === undefined) throw new TypeError("no JSON");
    const query = parseQuery(path);
    try {
      select(query, root, MAX_STEPS);
    } catch (error) {
      expect(error).toBeInstanceOf(WorkError);
    }
  });
});

describe("a mebibyte of a report is not too much for what reports are asked", () => {
  const finding = (at: number): object => ({
    id: `F-${at}`,
    severity: ["low", "medium", "high"][at % 3],
    score: at / 7,
    date: "2026-01-01T00:00:00Z",
    at: { file: `src/module-${at}/index.ts`, line: at },
  });
  const text = JSON.stringify({ findings: Array.from({ length: 7300 }, (_, at) => finding(at)) });
  const dense = `[${Array(524_000).fill(1).join()}]`;
  test.each([
    ["$.findings[?@.severity == 'high' && @.score > 7.5 && @.date >= '2025-01-01T00:00:00Z'].id", text],
    ["$.findings[?search(@.at.file, '^src/module-1')].at.line", text],
    ["$..severity", text],
    ["$..[?@.line > 100]", text],
    ["$.findings[?@.id == $.findings[0].id]", text],
    ["$[*]", dense],
    ["$[-1]", dense],
  ])("%s", (path, document) => {
    expect(document.length).toBeGreaterThan(1_000_000);
    expect(document.length).toBeLessThan(1_048_577);
    const root = parseValue(document);
    if (root === undefined) throw new TypeError("no JSON");
    expect(select(parseQuery(path), root, MAX_STEPS).length).toBeGreaterThan(0);
  });
});
