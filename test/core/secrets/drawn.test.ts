// What is drawn and what is written, by the characters of the value alone.
import { describe, expect, test } from "vitest";
import { changesIn, entropyOf, isDrawn, isMixed, isPlaceholder } from "../../../src/core/secrets/drawn.ts";

test("entropy is that of the characters", () => {
  expect([entropyOf("aaaa"), entropyOf("abab"), entropyOf("abcd")]).toEqual([0, 1, 2]);
});

test.each([
  ["a fill of x", "abc1def2xxxxxxxx"],
  ["an example's end", "ABCD1234EXAMPLE"],
  ["a variable of a shell", "$TOKEN"],
  ["a variable within", "abc${TOKEN}"],
  ["a template's hole", "{{ token }}"],
  ["a word in angle brackets", "<your token>"],
  ["an ellipsis", "abc...def"],
  ["somebody's", "your_token_here"],
])("%s stands for a secret", (_, text) => {
  expect(isPlaceholder(text)).toBe(true);
});

test("a drawn value stands for nothing else, also one with a short run in it", () => {
  expect(isPlaceholder("aB3dE6gH9jK2mNxxxxx5pQ8sT1")).toBe(false);
});

describe.each([
  [
    "drawn",
    ["aB3dE6gH9jK2", "x7k2m9q4w8z1"],
    ["must_be_at_least_12", "uint8/uint16/uint32", "getTokenV2"],
    isDrawn,
  ],
  ["mixed", ["p5qlpl2fc028wer", "73ba19f2c0de"], ["providerversion", "exampleexample"], isMixed],
] as const)("%s", (_, yes, no, judge) => {
  test.each(yes)("%s", (text) => expect(judge(text)).toBe(true));
  test.each(no)("not %s", (text) => expect(judge(text)).toBe(false));
});

test("neighbours of another kind are counted", () => {
  expect(changesIn("aA1a")).toBe(1);
  expect(changesIn("aaaa")).toBe(0);
});
