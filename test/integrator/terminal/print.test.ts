// What reaches the person's terminal: hostile text escaped and whole, colour only where it belongs, columns aligned.
import { describe, expect, test } from "vitest";
import {
  columns,
  diffText,
  painter,
  wantsColour,
  wholeLine,
  wrapped,
} from "../../../src/integrator/terminal/print.ts";

const plain = painter(false);
const hostile = ["\u001b[31m", "\u009b2J", "\r", "\b", "\u202e", "\u200b", "\u2028", "\u{e0041}", "\u0000"];

describe("agent text", () => {
  test.each(hostile)("%j is written out, in lines, diffs and paragraphs", (text) => {
    const code = (text.codePointAt(0) ?? 0).toString(16);
    const line = `before ${text} after`;
    for (const shown of [
      wholeLine(line),
      diffText(`@@ -1 +1 @@\n+${line}\n`, plain),
      wrapped(line, 80).join("\n"),
    ]) {
      expect(shown).toContain(`\\u{${code}}`);
      expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  test("is whole however long: what is not shown would land unseen", () => {
    const tail = "x".repeat(5000);
    expect(wholeLine(`${tail}EVIL`)).toBe(`${tail}EVIL`);
    expect(diffText(`@@ -1 +1 @@\n+${"😀".repeat(2000)}EVIL\n`, plain)).toContain(`${"😀".repeat(2000)}EVIL`);
  });

  test("tabs stay", () => {
    expect(wholeLine("\tif x:\t1")).toBe("\tif x:\t1");
  });
});

describe("a diff in colour", () => {
  const paint = painter(true);
  test("a removed line that looks like a header is a removed line", () => {
    const shown = diffText(
      "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n--- a/other\n kept\n",
      paint,
    ).split("\n");
    expect(shown[1]).toBe("\u001b[1m--- a/x\u001b[22m");
    expect(shown[4]).toBe("\u001b[31m--- a/other\u001b[39m");
    expect(shown[5]).toBe(" kept");
  });

  test("a line of content cannot bring its own colour", () => {
    expect(diffText("@@ -1 +1 @@\n+\u001b[32mapproved\n", paint)).toBe(
      "\u001b[36m@@ -1 +1 @@\u001b[39m\n\u001b[32m+\\u{1b}[32mapproved\u001b[39m\n",
    );
  });
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
])("colour on a terminal %s with %j: %s", (terminal, env, wanted) => {
  expect(wantsColour(terminal, env)).toBe(wanted);
});

test("columns are aligned by what is seen, not by colour codes, and end without spaces", () => {
  const rows = [
    ["ID", "STATE"],
    ["a", "approved"],
    ["bbbb", "x"],
  ];
  expect(columns(rows)).toBe("ID    STATE\na     approved\nbbbb  x\n");
  const painted = columns(rows, (cell) => painter(true)("red", cell));
  expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(columns(rows));
});
