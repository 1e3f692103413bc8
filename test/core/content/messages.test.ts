// Marks that strike out or bury letters, and signs that may stand here once and say something together.
import { describe, expect, test } from "vitest";
import { combiningFault, messages } from "../../../src/core/content/messages.ts";

const of = (...codes: readonly number[]): string => String.fromCodePoint(...codes);
const rules = (line: string): readonly string[] => messages(line).map(({ rule }) => rule);

describe("combining marks", () => {
  test.each([
    ["a stroke through a letter", `a${of(0x336)}b`, "text"],
    ["more marks than any language puts on one letter", `a${of(0x301, 0x302, 0x303, 0x304)}`, "text"],
    ["the other spelling of a name, in code", `caf${of(0x65, 0x301)}`, "code"],
    ["a mark that encloses, in code", `x${of(0x20dd)}`, "code"],
  ] as const)("found: %s", (_, text, kind) => {
    expect(combiningFault(text, kind)?.rule).toBe("combining");
  });

  test.each([
    ["nothing of the kind", "plain text", "code"],
    ["an accent in a document", `caf${of(0x65, 0x301)}`, "text"],
    ["one mark of Thai", of(0xe01, 0xe34), "text"],
  ] as const)("not found: %s", (_, text, kind) => {
    expect(combiningFault(text, kind)).toBeUndefined();
  });
});

describe("messages in signs", () => {
  test.each([
    [
      "a selector behind each ideograph",
      of(0x6f22, 0xe0101, 0x5b57, 0xe0102, 0x6587, 0xe0103, 0x66f8, 0xe0104),
      "variation",
    ],
    [
      "zero-width spaces between ideographs",
      of(0x6f22, 0x200b, 0x5b57, 0x200b, 0x6587, 0x200b, 0x66f8, 0x200b),
      "zero-width",
    ],
    [
      "marks of direction in a row",
      of(...Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? 0x5d0 : 0x200f))),
      "bidi-mark",
    ],
  ])("found: %s", (_, line, rule) => {
    expect(rules(line)).toEqual([rule]);
  });

  test.each([
    ["one selector", of(0x6f22, 0xe0101, 0x5b57, 0x6587, 0x66f8)],
    ["one mark of direction", `${of(0x5d0, 0x200f)} and more`],
    ["none", "ordinary"],
  ])("not found: %s", (_, line) => {
    expect(rules(line)).toEqual([]);
  });
});
