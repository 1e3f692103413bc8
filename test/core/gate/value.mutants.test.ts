// What the mutation run (npm run mutate) found that no other test noticed in values: equality across kinds, and refusals' words.
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/base/canonical.ts";
import { parseValue, renderValue, same, type Value, valueOf } from "../../../src/core/gate/value.ts";

const read = (text: string): Value => {
  const value = parseValue(text);
  if (value === undefined) throw new Error(`${text} is not read`);
  return value;
};

/** One of each kind; those that a careless comparison could take for each other stand together. */
const TEXTS = ["null", "false", "true", '""', '"0"', "0", "1", "-1", "[]", "[0]", "[[]]", "{}", '{"0":0}'];

test("what has no parts is taken as it is", () => {
  expect([null, true, false, "a"].map(valueOf)).toEqual([null, true, false, "a"]);
});

test.each(TEXTS)("%s is equal to itself, read anew, and to nothing of another kind", (text) => {
  const equal = TEXTS.filter((other) => same(read(text), read(other)) || same(read(other), read(text)));
  expect(equal).toEqual([text]);
});

test.each([
  ['{"a":1}', '{"b":1}'],
  ['{"a":null}', '{"b":null}'],
  ['{"a":[1]}', '{"b":[1]}'],
  ['{"a":{}}', '{"b":{}}'],
])("%s is not %s: as many keys are not the same keys", (one, other) => {
  expect(same(read(one), read(other))).toBe(false);
});

describe("what has no JSON text is refused in words", () => {
  test.each<[string, unknown, string]>([
    ["NaN", Number.NaN, "a number that is none has no JSON text"],
    ["a big integer", 1n, "a bigint has no JSON text"],
    ["undefined", [undefined], "a undefined has no JSON text"],
    ["half a pair", "\uD800", "text holds a lone surrogate"],
    ["half a pair in a key", { "\uDC00": 1 }, "text holds a lone surrogate"],
  ])("%s", (_, json, message) => {
    expect(() => valueOf(json as Json)).toThrow(new TypeError(message));
  });

  test.each<[string, string, string]>([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("65 %s in one another", (_, open, close) => {
    const text = (levels: number): string =>
      `${open.repeat(levels)}${open === "[" ? "" : 1}${close.repeat(levels)}`;
    expect(renderValue(valueOf(JSON.parse(text(64)) as Json))).toBe(text(64));
    expect(() => valueOf(JSON.parse(text(65)) as Json)).toThrow(new TypeError("JSON is nested too deeply"));
  });
});
