// D25: strings in queries: both quotes, all escapes, whole characters only.
import { describe, expect, test } from "vitest";
import type { Cursor } from "../../../src/core/jsonpath/cursor.ts";
import { parseText } from "../../../src/core/jsonpath/parse-text.ts";

const read = (text: string): string => {
  const cursor: Cursor = { text, at: 0, segments: () => [] };
  const found = parseText(cursor);
  expect(cursor.at).toBe(text.length);
  return found;
};

test.each([
  ["'a'", "a"],
  ['"a"', "a"],
  ["''", ""],
  [`'"'`, '"'],
  [`"'"`, "'"],
  [String.raw`'\''`, "'"],
  [String.raw`"\""`, '"'],
  [String.raw`'\b\f\n\r\t\/\\'`, "\b\f\n\r\t/\\"],
  [String.raw`'\u00e9\uD83D\uDE00'`, "\u00e9\u{1f600}"],
  ["'\u{1f600}'", "\u{1f600}"],
])("%s", (text, expected) => {
  expect(read(text)).toBe(expected);
});

describe("no text", () => {
  test.each([
    "'a",
    "a'",
    "'\u0000'",
    "'\n'",
    String.raw`'\"'`,
    String.raw`"\'"`,
    String.raw`'\x'`,
    String.raw`'\u12'`,
    String.raw`'\ud800'`,
    String.raw`'\udc00'`,
    String.raw`'\ud800\u0041'`,
  ])("%j", (text) => {
    expect(() => read(text)).toThrow(/is expected at character/);
  });
});
