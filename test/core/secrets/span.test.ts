// Which of several hits in one place is told, and where a word may begin.
import { expect, test } from "vitest";
import { apart, GENERIC, namesSecret, type Span, startsWord } from "../../../src/core/secrets/span.ts";

const span = (rule: string, start: number, end: number, likely?: true): Span => ({
  rule,
  start,
  end,
  ...(likely && { likely }),
});

test.each<[string, readonly Span[], readonly string[]]>([
  ["the first of two that overlap", [span("b", 3, 9), span("a", 0, 5)], ["a"]],
  ["the longer of two that begin together", [span("a", 0, 5), span("b", 0, 9)], ["b"]],
  ["the one that knows the form", [span(GENERIC, 0, 5), span("a", 0, 5)], ["a"]],
  ["what is sure before what is likely", [span("a", 0, 9, true), span("b", 4, 6)], ["b"]],
  ["a form that is likely before a mere name", [span(GENERIC, 0, 5), span("a", 0, 5, true)], ["a"]],
  ["both, side by side and in order", [span("b", 5, 9), span("a", 0, 5, true)], ["a", "b"]],
])("told is %s", (_, spans, rules) => {
  expect(apart(spans).map(({ rule }) => rule)).toEqual(rules);
});

test.each<[string, number, boolean]>([
  ["a word", 0, true],
  ["a word", 2, true],
  ["aword", 1, false],
  [String.raw`\nword`, 2, true],
  ["%22word", 3, true],
  ["12word", 2, false],
])("%j: a word begins at %i: %s", (text, at, expected) => {
  expect(startsWord(text, at)).toBe(expected);
});

test.each<[string, boolean]>([
  ["MAILGUN_API_KEY", true],
  ["secretHash", false],
  ["cache", false],
])("%s names a secret: %s", (name, expected) => {
  expect(namesSecret(name)).toBe(expected);
});
