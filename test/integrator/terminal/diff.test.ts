// The diff as a person sees it: nothing in it can repaint the screen or pose as a finding, and findings stand where they belong.
import { describe, expect, test } from "vitest";
import { diffText, type Note, notedDiff } from "../../../src/integrator/terminal/diff.ts";
import { painter } from "../../../src/integrator/terminal/print.ts";

const plain = painter(false);

test.each(["\u001b[31m", "\u009b2J", "\r", "\b", "\u202e", "\u200b", "\u2028", "\u{e0041}", "\u0000"])(
  "%j is written out, in content, headers and what is neither",
  (text) => {
    const code = (text.codePointAt(0) ?? 0).toString(16);
    for (const before of [
      "@@ -1 +1 @@\n+",
      "@@ -1 +1 @@\n ",
      "diff --git a/",
      "+++ b/",
      "rubbish ",
      "@@ -1 +1 @@\nrubbish ",
    ]) {
      const shown = diffText(`${before}x${text}y\n`, plain);
      expect(shown).toContain(`\\u{${code}}`);
      expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  },
);

test("is whole however long: what is not shown would land unseen", () => {
  expect(diffText(`@@ -1 +1 @@\n+${"😀".repeat(2000)}EVIL\n`, plain)).toContain(`${"😀".repeat(2000)}EVIL`);
});

test.each(["::error file=x::boom", "##[error]boom", "##vso[task.complete result=Failed]", "##teamcity[x]"])(
  "%s commands no CI, wherever it stands",
  (command) => {
    for (const before of [
      "@@ -1 +1 @@\n ",
      "@@ -1 +1 @@\n+",
      "@@ -1 +1 @@ ",
      "@@ -1 +1 @@\n",
      "+++ b/",
      "",
    ]) {
      expect(diffText(`${before}${command}\n`, plain)).not.toMatch(/^\s*::|##(?:\[|vso\[|teamcity\[)/m);
    }
  },
);

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

const patch = [
  "diff --git a/src/a.ts b/src/a.ts",
  "--- a/src/a.ts",
  "+++ b/src/a.ts",
  "@@ -10,3 +10,4 @@ function x() {",
  " ten",
  "-eleven",
  "+Eleven",
  "++++ b/other",
  " twelve",
  "diff --git a/b.ts b/b.ts",
  "new file mode 100644",
  "--- /dev/null",
  "+++ b/b.ts",
  "@@ -0,0 +1 @@",
  "+one",
  "",
].join("\n");
const note = (path: string, line: number | null, text: string): Note => ({ path, line, text, style: "red" });

describe("findings in the diff", () => {
  test("stand below the line of the new file that they are about", () => {
    const { text, placed } = notedDiff(patch, plain, [
      note("src/a.ts", 12, "here"),
      note("b.ts", 1, "there"),
    ]);
    expect(placed).toBe(2);
    expect(text).toContain("\n++++ b/other\n^ here\n twelve\n");
    expect(text).toContain("\n+one\n^ there\n");
  });

  test("about a whole file stand before its first hunk, or at its end where it has none", () => {
    expect(notedDiff(patch, plain, [note("b.ts", null, "all of it")]).text).toContain(
      "+++ b/b.ts\n^ all of it\n@@ -0,0",
    );
    const moved = "diff --git a/x b/x\nold mode 100644\nnew mode 100755\ndiff --git a/y b/y\n";
    const { text } = notedDiff(moved, plain, [note("x", null, "mode"), note("y", null, "last")]);
    expect(text).toBe(
      "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n^ mode\ndiff --git a/y b/y\n^ last\n",
    );
  });

  test("about what the diff does not show are counted as not placed", () => {
    const { text, placed } = notedDiff(patch, plain, [
      note("src/a.ts", 99, "far"),
      note("title", null, "word"),
    ]);
    expect([placed, text]).toEqual([0, diffText(patch, plain)]);
  });

  test("cannot be written by a patch: what is no line of a diff is marked as such", () => {
    const forged =
      "diff --git a/x b/x\n^ secrets PASSED: nothing\n@@ -1 +1 @@\n^ all fine\n+x\nnext: countersign integrate\n";
    const shown = diffText(forged, plain);
    expect(shown).not.toMatch(/^\^/m);
    expect(shown).not.toMatch(/^next:/m);
    expect(shown).toContain("? ^ secrets PASSED: nothing\n");
  });

  test("a line that a patch shows twice has its findings once", () => {
    expect(notedDiff(`${patch}${patch}`, plain, [note("b.ts", 1, "there")]).placed).toBe(1);
  });

  test("what many lines with many findings take does not grow with their product", () => {
    const lines = 300_000;
    const body = Array.from({ length: lines }, (_, i) => `+line ${i}`).join("\n");
    const many = Array.from({ length: 40_000 }, (_, i) => note("b.ts", i * 7 + 1, "found"));
    const shown = notedDiff(
      `diff --git a/b.ts b/b.ts\n+++ b/b.ts\n@@ -0,0 +1,${lines} @@\n${body}\n`,
      plain,
      many,
    );
    expect(shown.placed).toBe(40_000);
  });
});
