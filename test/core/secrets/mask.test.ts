// Masks: no character of a part stays, no line feed goes, and the same parts give the same text in any order.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addCounts,
  holdsMask,
  maskedLines,
  masksIn,
  type MaskSpan,
  maskText,
} from "../../../src/core/secrets/mask.ts";

const span = (rule: string, start: number, end: number): MaskSpan => ({ rule, start, end });

describe("what becomes of a text", () => {
  test.each<[string, string, readonly MaskSpan[], string]>([
    ["nothing to mask", "a=1\n", [], "a=1\n"],
    ["an empty part", "a=1\n", [span("r", 1, 1)], "a=1\n"],
    ["one part", "a=1234;\n", [span("r", 2, 6)], "a=[REDACTED:r];\n"],
    ["parts that touch", "ab", [span("r", 0, 1), span("s", 1, 2)], "[REDACTED:r][REDACTED:s]"],
    ["parts that overlap", "abcdef", [span("s", 1, 4), span("r", 0, 2)], "[REDACTED:r]ef"],
    ["a part within another", "abcdef", [span("s", 2, 3), span("r", 0, 5)], "[REDACTED:r]f"],
    ["several lines", "x<a\nb\n\nc>y", [span("r", 2, 8)], "x<[REDACTED:r]\n[REDACTED:r]\n\n[REDACTED:r]>y"],
    ["carriage returns", "<a\r\nb\r\n\r\n>", [span("r", 1, 9)], "<[REDACTED:r]\r\n[REDACTED:r]\r\n\r\n>"],
    ["a value that had no quotes", "n: 42", [{ ...span("r", 3, 5), quoted: true }], 'n: "[REDACTED:r]"'],
    [
      "lines that had none",
      "n: {\n}",
      [{ ...span("r", 3, 6), quoted: true }],
      "n: [REDACTED:r]\n[REDACTED:r]",
    ],
  ])("%s", (_, text, spans, expected) => {
    expect(maskText(text, spans).text).toBe(expected);
    expect(maskText(text, spans.toReversed()).text).toBe(expected);
  });

  test("each rule is counted once for each part that it masked", () => {
    const spans = [span("s", 0, 1), span("r", 2, 4), span("r", 3, 5), span("s", 6, 7)];
    expect(maskText("abcdefgh", spans).redactions).toEqual([
      { rule: "r", count: 1 },
      { rule: "s", count: 2 },
    ]);
    expect(
      addCounts(
        [{ rule: "s", count: 1 }],
        [
          { rule: "r", count: 2 },
          { rule: "s", count: 3 },
        ],
      ),
    ).toEqual([
      { rule: "r", count: 2 },
      { rule: "s", count: 4 },
    ]);
  });
});

test("for any text and parts: lines stay, what is outside stays, and nothing inside does", () => {
  // Upper case is secret; no letter of it is in a mask.
  const letter = fc.constantFrom("a", "b", "\n", "\r\n", "X", "Y", "é", "😀");
  fc.assert(
    fc.property(fc.array(letter, { maxLength: 60 }), (letters) => {
      const text = letters.join("");
      const spans = [...text.matchAll(/[XY\n\r]*[XY]/g)].map((hit) =>
        span("r", hit.index, hit.index + hit[0].length),
      );
      const { text: shown } = maskText(text, spans);
      expect(shown.split("\n")).toHaveLength(text.split("\n").length);
      expect(shown).not.toMatch(/[XY]/);
      expect(shown.replaceAll("[REDACTED:r]", "")).toBe(text.replaceAll(/[XY]/g, ""));
      const lines = maskedLines(shown, ["r"]);
      for (const [at, line] of text.split("\n").entries()) expect(lines.has(at + 1)).toBe(/[XY]/.test(line));
    }),
  );
});

test.each([
  ["[REDACTED:r1]", true],
  ["x [REDACTED:aws-access-key] y", true],
  ["[REDACTED]", false],
  ["[REDACTED:]", false],
  ["[REDACTED:r", false],
  ["[redacted:r1]", false],
])("%s holds a mask: %s", (text, expected) => {
  expect(holdsMask(text)).toBe(expected);
});

test("only masks of the rules that masked something count", () => {
  const text = "[REDACTED:one]\n\n[REDACTED:two] [REDACTED:three]\n";
  expect([...maskedLines(text, ["two", "four"])]).toEqual([3]);
  expect([...maskedLines(text, [])]).toEqual([]);
  expect(masksIn(text, ["three", "one", "four"])).toEqual(["three", "one"]);
});
