// Edits: each old text is found once in the served text, or nothing is changed.
import { describe, expect, test } from "vitest";
import { editSchema, type Replacement, replaceAll } from "../../../src/core/proposal/edits.ts";

const swap = (old_text: string, new_text: string): Replacement => ({
  op: "replace",
  path: "f",
  old_text,
  new_text,
});

describe("refusals", () => {
  test.each<[string, string, readonly Replacement[], string, RegExp]>([
    ["not there", "a\nb\n", [swap("c", "d")], "edit_missing", /^old_text does not occur in the file$/],
    [
      "not there in a CRLF file",
      "a\r\nb\r\n",
      [swap("c\nd", "d")],
      "edit_missing",
      /^old_text does not occur in the file$/,
    ],
    [
      "CRLF sought in a file of line feeds",
      "a\nb\n",
      [swap("a\r\nb", "c")],
      "edit_missing",
      /stands at line 1$/,
    ],
    [
      "not there, but its first line is",
      "a\n  b\nc\n",
      [swap("b\nx", "d")],
      "edit_missing",
      /stands at line 2/,
    ],
    ["CRLF file", "a\r\nb\r\n", [swap("a\nb", "c")], "edit_missing", /CRLF/],
    ["twice", "a\nb\na\n", [swap("a", "c")], "edit_ambiguous", /lines 1, 3$/],
    ["overlapping itself", "aaa\n", [swap("aa", "b")], "edit_ambiguous", /lines 1, 1$/],
    ["overlapping itself over lines", "a\na\na\n", [swap("a\na", "b")], "edit_ambiguous", /lines 1, 2$/],
    ["often", "a\n".repeat(9), [swap("a", "b")], "edit_ambiguous", /1, 2, 3, 4, 5 …$/],
    ["two edits of one place", "a\nb\n", [swap("a", "c"), swap("a", "d")], "edit_overlap", /line 1/],
    ["two edits that overlap", "a\nb\nc\n", [swap("b\nc", "x"), swap("a\nb", "y")], "edit_overlap", /line 2/],
    ["one edit inside another", "abc\n", [swap("abc", "x"), swap("b", "y")], "edit_overlap", /line 1/],
    [
      "a match that only another edit would make",
      "a\n",
      [swap("a", "b"), swap("b", "c")],
      "edit_missing",
      /does not occur/,
    ],
  ])("%s", (_, text, edits, code, message) => {
    expect(replaceAll(text, edits, "f")).toMatchObject({
      ok: false,
      refusal: { code, where: "f", message: expect.stringMatching(message) as string },
    });
  });
});

describe("acceptance", () => {
  test.each<[string, string, readonly Replacement[], string]>([
    ["one", "a\nb\n", [swap("b", "c")], "a\nc\n"],
    ["several in any order", "a\nb\nc\n", [swap("c", "z"), swap("a", "x")], "x\nb\nz\n"],
    ["adjacent", "ab", [swap("b", "2"), swap("a", "1")], "12"],
    ["a replacement that makes another match", "ab", [swap("a", "b"), swap("b", "c")], "bc"],
    ["removal", "a\nb\n", [swap("a\n", "")], "b\n"],
    ["signs that patterns know", "a.*$&", [swap(".*$&", "$1$&")], "a$1$&"],
    [
      "other scripts, as bytes",
      Buffer.from("é日").toString("latin1"),
      [swap("日", "本")],
      Buffer.from("é本").toString("latin1"),
    ],
  ])("%s", (_, text, edits, wanted) => {
    expect(replaceAll(text, edits, "f")).toEqual({ ok: true, value: wanted });
  });
});

test.each([
  ["empty old text, which is everywhere", { op: "replace", path: "f", old_text: "", new_text: "a" }],
  ["unknown operation", { op: "chmod", path: "f", mode: "755" }],
  ["a field too many", { op: "delete", path: "f", force: true }],
  ["old text of a creation", { op: "create", path: "f", old_text: "a", new_text: "b" }],
  ["no path", { op: "delete" }],
  ["empty path", { op: "delete", path: "" }],
  ["no new path", { op: "rename", path: "f" }],
  ["long path", { op: "delete", path: "a".repeat(513) }],
  ["long text", { op: "create", path: "f", new_text: "a".repeat(262_145) }],
])("the schema refuses %s", (_, edit) => {
  expect(editSchema.safeParse(edit).success).toBe(false);
});
