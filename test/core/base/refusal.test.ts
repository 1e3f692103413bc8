// A refusal is safe to print, fits where it is carried, and is the same for the same fault.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, refusal, refusalSchema, refuse } from "../../../src/core/base/refusal.ts";

describe("printable", () => {
  test.each([
    ["escape sequence", "\x1b[2J", "\\u{1b}[2J"],
    ["line feed", "a\nb", "a\\u{a}b"],
    ["C1 control", "\x9b1m", "\\u{9b}1m"],
    ["bidirectional override", "\u202etxt", "\\u{202e}txt"],
    ["zero width", "a\u200bb", "a\\u{200b}b"],
    ["line separator", "\u2028", "\\u{2028}"],
    ["tag", "\u{e0041}", "\\u{e0041}"],
    ["variation selector", "\ufe0f", "\\u{fe0f}"],
    ["blank letter", "\u3164", "\\u{3164}"],
    ["private use", "\ue000", "\\u{e000}"],
    ["lone surrogate", "\ud800", "\ufffd"],
    ["honest text", "é 日本 😀", "é 日本 😀"],
  ])("%s", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("cuts long text, also in the middle of a character", () => {
    expect(printable("a".repeat(500))).toHaveLength(500);
    expect(printable("a".repeat(501))).toBe(`${"a".repeat(500)}…`);
    expect(printable(`a${"😀".repeat(300)}`).isWellFormed()).toBe(true);
  });
});

describe("refusal", () => {
  // A path of 500 control characters once grew past the schema, and the verdict that should have named it was never signed.
  test.each([
    ["controls", "\u0001".repeat(512)],
    ["tags", "\u{e0041}".repeat(512)],
    ["overrides", "\u202e".repeat(600)],
  ])("fits into its schema whatever it quotes: %s", (_, text) => {
    const said = refusal("path_character", text, text);
    expect(refusalSchema.parse(said)).toEqual(said);
  });

  test("any text at all", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 1200 }),
        (text) => refusalSchema.safeParse(refusal("internal", text, text)).success,
      ),
    );
  });

  test("the schema is closed", () => {
    const said = refusal("internal", "it broke");
    expect(refusalSchema.safeParse({ ...said, code: "because" }).success).toBe(false);
    expect(refusalSchema.safeParse({ ...said, more: 1 }).success).toBe(false);
    expect(refusalSchema.safeParse({ ...said, ref: "0" }).success).toBe(false);
  });

  test("has the catalogue's fix unless it brings its own, and a stable reference", () => {
    const said = refusal("diff_mode", "x", "y");
    expect(said.fix).toBe("Use mode 100644.");
    expect(refusal("diff_mode", "x", "y", "Ask.").fix).toBe("Ask.");
    expect(refusal("diff_mode", "x", "y", "Ask.").ref).toBe(said.ref);
    expect(refusal("diff_mode", "x", "z").ref).not.toBe(said.ref);
    expect(refusal("diff_link", "x", "y").ref).not.toBe(said.ref);
    expect(refuse("diff_mode", "x", "y")).toEqual({ ok: false, refusal: said });
  });
});
