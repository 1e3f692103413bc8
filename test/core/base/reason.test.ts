// The catalogue: one code once, in words that a caller can act on.
import { expect, test } from "vitest";
import { reasonChapters, reasonCodes, reasons } from "../../../src/core/base/reason.ts";

const chapters = Object.values(reasonChapters).map((chapter) => Object.keys(chapter));

test("no code stands in two chapters", () => {
  expect(chapters.flat().toSorted()).toEqual([...new Set(chapters.flat())].toSorted());
  expect(chapters.flat().toSorted()).toEqual([...reasonCodes].toSorted());
});

test.each(reasonCodes)("%s says what it means and what to do", (code) => {
  const { means, fix } = reasons[code];
  expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
  expect(means).toMatch(/^\S.{10,}[.]$/);
  expect(fix).toMatch(/^\S.{8,}[.]$/);
  // The refusal schema carries the fix to the signed verdict.
  expect(fix.length).toBeLessThanOrEqual(400);
});
