// D25: how long a value would be as text is known before the text is made.
import { describe, expect, test } from "vitest";
import { utf8Length } from "../../../src/core/base/bytes.ts";
import { parseValue, renderValue, type Value } from "../../../src/core/gate/value.ts";
import { rendersWithin } from "../../../src/io/evidence/size.ts";

const valueIn = (text: string): Value => {
  const value = parseValue(text);
  if (value === undefined) throw new TypeError("no JSON");
  return value;
};

describe("as many bytes as the canonical text has, and none less", () => {
  test.each([
    "null",
    "true",
    "false",
    '""',
    '"abc"',
    '"\u00e9\u20ac\ud83d\ude00"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u2028"',
    "[]",
    "{}",
    "[[],[{}],null,true]",
    '{"b":1,"a":{"\u00e9\\n":[1,2]}}',
    "1e20",
    "-1e21",
    "1e-6",
    "0.00001",
    "-0",
    "1e9007199254740000",
    "[1,22,333,-4.5]",
  ])("%s", (text) => {
    const value = valueIn(text);
    const size = utf8Length(renderValue(value));
    expect(rendersWithin(value, size)).toBe(true);
    expect(rendersWithin(value, size - 1)).toBe(false);
  });
});

test("a long number is counted as its digits and a few more", () => {
  const value = valueIn(`0.${"1".repeat(1000)}e-7`);
  const size = utf8Length(renderValue(value));
  expect(rendersWithin(value, size - 1)).toBe(false);
  expect(rendersWithin(value, size + 30)).toBe(true);
});

test("what is many times as long as its parts is not walked to its end", () => {
  let value: Value = "x".repeat(1000);
  // Two to the sixtieth texts: counted one by one, they would never end.
  for (let level = 0; level < 60; level += 1) value = [value, value];
  expect(rendersWithin(value, 1_048_576)).toBe(false);
  let entries: Value = "x".repeat(1000);
  for (let level = 0; level < 60; level += 1)
    entries = new Map([
      ["a", entries],
      ["b", entries],
    ]);
  expect(rendersWithin(entries, 1_048_576)).toBe(false);
});
