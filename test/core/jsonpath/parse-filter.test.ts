// D25: filters as they are read: what binds to what, and what has no type.
import { describe, expect, test } from "vitest";
import type { Cursor } from "../../../src/core/jsonpath/cursor.ts";
import { parseQuery } from "../../../src/core/jsonpath/parse.ts";
import { parseTest } from "../../../src/core/jsonpath/parse-filter.ts";

const read = (text: string): unknown => {
  const cursor: Cursor = { text, at: 0, segments: () => [] };
  const test = parseTest(cursor);
  expect(cursor.at).toBe(text.length);
  return test;
};
const exists = { kind: "exists", query: { from: "@", segments: [] } };

test("and binds closer than or, not closer than and, and each joins as many as there are", () => {
  expect(read("@||@&&!@")).toEqual({
    kind: "or",
    parts: [exists, { kind: "and", parts: [exists, { kind: "not", test: exists }] }],
  });
  expect(read("@ && @ && @")).toEqual({ kind: "and", parts: [exists, exists, exists] });
  expect(read("!(@ || @)")).toEqual({ kind: "not", test: { kind: "or", parts: [exists, exists] } });
});

test("numbers keep every digit", () => {
  expect(read("@==0.10000000000000000001")).toMatchObject({
    right: { kind: "literal", value: { sign: 1, digits: "10000000000000000001", exponent: 0 } },
  });
});

describe("what has no type", () => {
  test.each([
    "$[?@..a==1]",
    "$[?@[*]==1]",
    "$[?length(@.*)==1]",
    "$[?count(1)==1]",
    "$[?count(@)]",
    "$[?match(@,'a')==true]",
    "$[?!@.a==1]",
    "$[?true]",
    "$[?match(@, $.pattern)]",
    "$[?search(@, 1)]",
    "$[?match(@, '(')]",
  ])("%s", (path) => {
    expect(() => parseQuery(path)).toThrow(/is expected at character/);
  });
});
