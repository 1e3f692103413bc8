// Masked text and the text beneath it: no place is told for what lies in a mask, and a part counts as hidden only wholly.
import { expect, test } from "vitest";
import { beneath, covers } from "../../../src/core/secrets/beneath.ts";
import { maskedOver, type MaskSpan } from "../../../src/core/secrets/mask.ts";

const span = (start: number, end: number): MaskSpan => ({ rule: "r", start, end });

test.each<[string, string, readonly MaskSpan[], string, readonly string[]]>([
  ["nothing masked", "a=1 b=2", [], "b=2", ["b=2"]],
  ["behind a mask", "a=1 b=2", [span(2, 3)], "b=2", ["b=2"]],
  ["before one", "a=1 b=2", [span(6, 7)], "a=1", ["a=1"]],
  ["in one", "a=1 b=2", [span(2, 3)], "REDACTED", []],
  ["over one", "a=1 b=2", [span(2, 3)], "=[REDACTED:r] b", ["=", " b"]],
  ["over several", "abcdefg", [span(1, 2), span(3, 4)], "a[REDACTED:r]c[REDACTED:r]e", ["a", "c", "e"]],
])("a part that is shown %s", (_, text, spans, part, expected) => {
  const shown = maskedOver(text, spans);
  const start = shown.text.indexOf(part);
  const found = beneath(shown, [span(start, start + part.length)]);
  expect(found.map((one) => text.slice(one.start, one.end))).toEqual(expected);
});

test.each<[string, readonly MaskSpan[], readonly MaskSpan[], boolean]>([
  ["nothing", [], [], true],
  ["a part without a mask", [], [span(0, 1)], false],
  ["a part in a mask", [span(0, 5)], [span(1, 4)], true],
  ["a part whose begin is shown", [span(2, 5)], [span(1, 4)], false],
  ["a part whose end is shown", [span(0, 3)], [span(1, 4)], false],
  ["a part in two masks that touch", [span(0, 3), span(3, 5)], [span(1, 5)], true],
  ["a part in two masks with a gap", [span(0, 2), span(3, 5)], [span(1, 5)], false],
  ["a gap that is a line end", [span(0, 5), span(7, 9)], [span(1, 9)], true],
  ["several parts, the last one shown", [span(0, 5)], [span(0, 2), span(3, 4), span(7, 9)], false],
])("whether it is hidden: %s", (_, spans, parts, expected) => {
  expect(covers("abcde\r\nfg", spans, parts)).toBe(expected);
});
