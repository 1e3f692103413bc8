// Values: read without loss, of one text each, equal exactly when their texts are.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, type Json } from "../../../src/core/base/canonical.ts";
import {
  isDecimal,
  isList,
  isMap,
  kindOf,
  parseValue,
  renderValue,
  same,
  type Value,
  valueOf,
} from "../../../src/core/gate/value.ts";

const read = (text: string): Value => {
  const value = parseValue(text);
  if (value === undefined) throw new Error(`${text} is not read`);
  return value;
};

/** Small domains, so that equal values in different spellings are common. */
const scalar = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "false",
    '""',
    '"a"',
    '"\\u0061"',
    '"10"',
    '"\u{1F600}"',
    '"\\ud83d\\ude00"',
  ),
  fc.constantFrom(
    "0",
    "-0.0",
    "10",
    "10.0",
    "1e1",
    "9007199254740993",
    "9007199254740992",
    "9.007199254740993e15",
  ),
);
const { text } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie("text"), { maxLength: 3 }).map((items) => `[${items.join(" , ")}]`),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "__proto__", "\u{1F600}", "\u{FB33}"), tie("text")), {
        maxLength: 3,
        selector: ([key]) => key,
      })
      .map((entries) => `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${item}`).join(",")}}`),
  ),
}));

test("equal exactly when the texts are, and the text reads as the same value", () => {
  let equal = 0;
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [one, other] = [read(a), read(b)];
      expect(same(one, other)).toBe(renderValue(one) === renderValue(other));
      expect(same(other, one)).toBe(same(one, other));
      expect(same(one, read(renderValue(one)))).toBe(true);
      expect(renderValue(read(renderValue(one)))).toBe(renderValue(one));
      equal += Number(same(one, other));
    }),
    { numRuns: 20_000 },
  );
  expect(equal).toBeGreaterThan(100);
});

test("what JSON.parse reads and no float has spoilt is read alike", () => {
  const plain = fc
    .jsonValue({ noUnicodeString: false })
    .filter((value) => JSON.stringify(value).isWellFormed());
  fc.assert(
    fc.property(plain, (value) => {
      const json = JSON.parse(JSON.stringify(value)) as Json;
      expect(same(valueOf(json), read(JSON.stringify(json)))).toBe(true);
      expect(JSON.parse(renderValue(valueOf(json)))).toEqual(json);
    }),
    { numRuns: 5000 },
  );
});

test("for what signatures admit it is the text of RFC 8785", () => {
  const key = fc.string({ unit: "binary" }).filter((word) => word !== "__proto__");
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: "binary" }),
      fc.maxSafeInteger().map((n) => n + 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("json")),
      fc.dictionary(key, tie("json")),
    ),
  }));
  fc.assert(
    fc.property(json, (value) => {
      expect(renderValue(valueOf(value))).toBe(canonical(value));
    }),
    { numRuns: 5000 },
  );
});

test("kinds", () => {
  const kinds = ["null", "true", "1.5", '"a"', "[1]", '{"sign":1,"digits":"1","exponent":1}'].map((one) =>
    kindOf(read(one)),
  );
  expect(kinds).toEqual(["null", "boolean", "number", "string", "array", "object"]);
  expect([isDecimal(read("1")), isDecimal(read("{}")), isDecimal(null), isDecimal([])]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect([
    isList(read("[]")),
    isList(read("{}")),
    isMap(read("{}")),
    isMap(read("[]")),
    isMap(read("0")),
  ]).toEqual([true, false, true, false, false]);
});

test("an object that looks like a number inside is none", () => {
  expect(same(read('{"sign":1,"digits":"1","exponent":1}'), read("1"))).toBe(false);
});

describe("valueOf", () => {
  test("takes floats for what they write", () => {
    expect(renderValue(valueOf([0.1, 1e21, -0, 5e-324, 2 ** 53 + 1]))).toBe(
      "[0.1,1e+21,0,5e-324,9007199254740992]",
    );
  });

  test("keeps a key __proto__ and has no other", () => {
    const value = valueOf(JSON.parse('{"__proto__":{"a":1}}') as Json);
    expect(renderValue(value)).toBe('{"__proto__":{"a":1}}');
    expect(isMap(value) && value.has("constructor")).toBe(false);
  });

  test.each<[string, unknown]>([
    ["NaN", Number.NaN],
    ["Infinity", [Number.POSITIVE_INFINITY]],
    ["undefined", undefined],
    ["a hole", { a: undefined }],
    ["a function", () => 1],
    ["a big integer", 1n],
    ["a lone surrogate", "\uD800"],
    ["a key with a lone surrogate", { "\uDC00": 1 }],
  ])("refuses %s", (_, json) => {
    expect(() => valueOf(json as Json)).toThrow(TypeError);
  });

  test("nests 64 levels and no more, as the reader does", () => {
    const nested = (levels: number): Json => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as Json;
    expect(renderValue(valueOf(nested(64)))).toBe(JSON.stringify(nested(64)));
    expect(() => valueOf(nested(65))).toThrow(TypeError);
    expect(parseValue(JSON.stringify(nested(65)))).toBeUndefined();
  });
});
