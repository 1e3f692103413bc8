// Hunks: their counts hold to the line, and they are in order and apart.
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../src/core/base/bytes.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";

const HEADS = {
  modify: "diff --git a/f b/f\n--- a/f\n+++ b/f\n",
  create: "diff --git a/f b/f\nnew file mode 100644\n--- /dev/null\n+++ b/f\n",
  delete: "diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n",
} as const;
const NO = "\\ No newline at end of file\n";

const outcome = (kind: keyof typeof HEADS, hunks: string): string => {
  const result = parseDiff(bytesOf(HEADS[kind] + hunks), 16);
  return result.ok ? "accepted" : result.refusal.code;
};

describe("refusals", () => {
  test.each<[string, keyof typeof HEADS, string, string]>([
    ["fewer lines than counted", "modify", "@@ -1,2 +1 @@\n-a\n+b\n", "diff_malformed"],
    ["fewer new lines than counted", "modify", "@@ -1 +1,2 @@\n-a\n+b\n", "diff_malformed"],
    ["more lines than counted", "modify", "@@ -1 +1 @@\n-a\n+b\n+c\n", "diff_phantom"],
    ["context where only new lines are left", "modify", "@@ -1 +1,2 @@\n-a\n+b\n c\n", "diff_malformed"],
    ["removal where none is left", "modify", "@@ -1,0 +2 @@\n-a\n+b\n", "diff_malformed"],
    ["counts of nothing", "modify", "@@ -1,0 +1,0 @@\n", "diff_malformed"],
    ["no counts", "modify", "@@ @@\n-a\n+b\n", "diff_malformed"],
    ["function name only", "modify", "@@ def f():\n-a\n+b\n", "diff_malformed"],
    ["glued to the range", "modify", "@@ -1 +1 @@f\n-a\n+b\n", "diff_malformed"],
    ["negative count", "modify", "@@ -1,-1 +1 @@\n-a\n+b\n", "diff_malformed"],
    ["count that overflows", "modify", "@@ -1,9999999999 +1 @@\n-a\n+b\n", "diff_malformed"],
    ["three-way hunk", "modify", "@@@ -1 -1 +1 @@@\n--a\n++b\n", "diff_malformed"],
    ["line zero", "modify", "@@ -0 +0 @@\n-a\n+b\n", "diff_malformed"],
    ["old side at line zero", "modify", "@@ -0 +1 @@\n-a\n+b\n", "diff_malformed"],
    ["new side at line zero", "modify", "@@ -0,0 +0,1 @@\n+b\n", "diff_malformed"],
    ["blank line for an empty context line", "modify", "@@ -1,2 +1,2 @@\n\n-a\n+b\n", "diff_malformed"],
    ["tab for the space", "modify", "@@ -1,2 +1,2 @@\n\ta\n-a\n+b\n", "diff_malformed"],
    ["overlap", "modify", "@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -2 +2 @@\n-c\n+d\n", "diff_overlap"],
    ["out of order", "modify", "@@ -5 +5 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n", "diff_overlap"],
    ["the same hunk twice", "modify", "@@ -1 +1 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n", "diff_overlap"],
    [
      "insertion into the hunk before",
      "modify",
      "@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -1,0 +2 @@\n+d\n",
      "diff_overlap",
    ],
    ["new side out of step", "modify", "@@ -1 +1,2 @@\n-a\n+b\n+c\n@@ -5 +5 @@\n-a\n+b\n", "diff_malformed"],
    ["new side out of step at once", "modify", "@@ -1 +2 @@\n-a\n+b\n", "diff_malformed"],
    ["creation with an old line", "create", "@@ -1 +1 @@\n-a\n+b\n", "diff_malformed"],
    ["creation with a context line", "create", "@@ -1 +1,2 @@\n a\n+b\n", "diff_malformed"],
    ["creation that begins at line 1", "create", "@@ -1,0 +2 @@\n+b\n", "diff_malformed"],
    ["creation in two hunks", "create", "@@ -0,0 +1 @@\n+a\n@@ -0,0 +2 @@\n+b\n", "diff_malformed"],
    ["deletion with a new line", "delete", "@@ -1 +1 @@\n-a\n+b\n", "diff_malformed"],
    ["deletion in two hunks", "delete", "@@ -1 +0,0 @@\n-a\n@@ -2 +0,0 @@\n-b\n", "diff_malformed"],
    ["deletion from the middle", "delete", "@@ -3 +2,0 @@\n-a\n", "diff_malformed"],
    [
      "no line feed in the middle of the new side",
      "modify",
      `@@ -1 +1,2 @@\n-a\n+b\n${NO}+c\n`,
      "diff_malformed",
    ],
    [
      "no line feed in the middle of the old side",
      "modify",
      `@@ -1,2 +1 @@\n-a\n${NO}-b\n+c\n`,
      "diff_malformed",
    ],
    ["no line feed on context before a line", "modify", `@@ -1 +1,2 @@\n a\n${NO}+c\n`, "diff_malformed"],
    [
      "the marker in another language",
      "modify",
      "@@ -1 +1 @@\n-a\n+b\n\\ Kein Zeilenumbruch am Dateiende.\n",
      "diff_phantom",
    ],
    ["the marker twice", "modify", `@@ -1 +1 @@\n-a\n+b\n${NO}${NO}`, "diff_phantom"],
    ["the marker in front", "modify", `@@ -1 +1 @@\n${NO}-a\n+b\n`, "diff_malformed"],
    ["NUL", "modify", "@@ -1 +1 @@\n-a\0\n+b\n", "diff_binary"],
  ])("%s", (_, kind, hunks, wanted) => {
    expect(outcome(kind, hunks)).toBe(wanted);
  });
});

describe("acceptance", () => {
  test.each<[string, keyof typeof HEADS, string]>([
    ["function context", "modify", "@@ -1 +1 @@ def f(): @@ x\n-a\n+b\n"],
    ["hunks that touch", "modify", "@@ -1 +1 @@\n-a\n+b\n@@ -2 +2 @@\n-a\n+b\n"],
    [
      "hunks that grow and shrink",
      "modify",
      "@@ -1 +1,2 @@\n-a\n+b\n+c\n@@ -5,2 +6 @@\n-a\n-b\n+c\n@@ -9 +9 @@\n-a\n+b\n",
    ],
    ["both last lines without line feed", "modify", `@@ -1 +1 @@\n-a\n${NO}+b\n${NO}`],
    ["last context line without line feed", "modify", `@@ -1,2 +1,2 @@\n-a\n+b\n c\n${NO}`],
    ["everything removed", "modify", "@@ -1 +0,0 @@\n-a\n"],
    ["into an empty file", "modify", "@@ -0,0 +1 @@\n+a\n"],
    ["creation", "create", `@@ -0,0 +1,2 @@\n+a\n+b\n${NO}`],
    ["deletion", "delete", "@@ -1,2 +0,0 @@\n-a\n-b\n"],
  ])("%s", (_, kind, hunks) => {
    expect(outcome(kind, hunks)).toBe("accepted");
  });
});

test("the refusal names the line", () => {
  const result = parseDiff(bytesOf(`${HEADS.modify}@@ -1 +1 @@\n-a\n?b\n`), 16);
  expect(result).toMatchObject({ ok: false, refusal: { where: "diff line 6" } });
});
