// Patterns are tried near their keywords, once for each stretch and never again where a spelling says the same.
import { describe, expect, test } from "vitest";
import { matching, type Work } from "../../../src/core/content/matching.ts";

const LIST = [
  { keywords: ["ignore", "forget"], pattern: String.raw`\b(?:ignore|forget) all\b` },
  { keywords: ["ask"], pattern: String.raw`^ask\b` },
  { keywords: ["end"], pattern: String.raw`\bend$` },
];
const quiet = "some words of no interest ".repeat(40);

function tried(views: readonly string[], wanted?: ReadonlySet<number>): { hit: number[]; work: Work } {
  const work: Work = { runs: 0, characters: 0 };
  const matched = matching(LIST, work)(views, wanted);
  let step = matched.next();
  while (step.done !== true) step = matched.next();
  const hit = [...step.value].toSorted((a, b) => a - b);
  return { hit, work };
}

test.each([
  ["nothing without a keyword", quiet, []],
  ["far down", `${quiet}ignore all`, [0]],
  ["at the beginning and at the end", `ask ${quiet} end`, [1, 2]],
  ["the middle is neither", `${quiet}ask ${quiet}end ${quiet}`, []],
])("%s", (_, text, hit) => {
  expect(tried([text]).hit).toEqual(hit);
});

test("only what is wanted is tried", () => {
  expect(tried(["ask to ignore all"], new Set([1]))).toMatchObject({ hit: [1], work: { runs: 1 } });
});

describe("work", () => {
  test("is the stretch around the keyword, not the text", () => {
    const { work } = tried([`${quiet.repeat(10)}forget ${quiet.repeat(10)}`]);
    expect(work.runs).toBe(1);
    expect(work.characters).toBeLessThan(1000);
  });

  test("is done once for keywords that stand together", () => {
    expect(tried(["ignore forget ".repeat(2000)]).work.runs).toBe(1);
  });

  test("is not done again for another spelling of something else", () => {
    const text = `forget ${quiet.repeat(10)}w0rd`;
    expect(tried([text, text.replace("0", "o")]).work.runs).toBe(1);
    expect(tried([text, text.replace("w0rd", "ignore all")]).work.runs).toBe(2);
    expect(tried([text, `${text.slice(0, -4)}ignore all and more`]).hit).toEqual([0]);
  });
});
