// The canonical text: one spelling, which the reader reads back as the same thing.
import { describe, expect, test } from "vitest";
import { byteText } from "../../../src/core/base/bytes.ts";
import type { RepoPath } from "../../../src/core/base/path.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import type { FilePatch } from "../../../src/core/proposal/diff-model.ts";
import { renderDiff } from "../../../src/core/proposal/render.ts";

const at = (path: string): RepoPath => path as RepoPath;
const line = {
  oldStart: 1,
  oldLines: 1,
  newStart: 1,
  newLines: 1,
  lines: [
    { kind: "-", text: "a\n" },
    { kind: "+", text: "b" },
  ],
} as const;
const text = (...files: readonly FilePatch[]): string => Buffer.from(renderDiff(files)).toString();

describe("spelling", () => {
  test.each<[string, FilePatch, string]>([
    [
      "modify",
      { kind: "modify", path: at("f"), hunks: [line] },
      "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n",
    ],
    [
      "empty new file",
      { kind: "create", path: at("f"), mode: "100755", hunks: [] },
      "diff --git a/f b/f\nnew file mode 100755\n",
    ],
    [
      "new file",
      {
        kind: "create",
        path: at("f"),
        mode: "100644",
        hunks: [
          {
            oldStart: 0,
            oldLines: 0,
            newStart: 1,
            newLines: 2,
            lines: [
              { kind: "+", text: "a\n" },
              { kind: "+", text: "b\n" },
            ],
          },
        ],
      },
      "diff --git a/f b/f\nnew file mode 100644\n--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n",
    ],
    [
      "deletion",
      {
        kind: "delete",
        path: at("f"),
        mode: "100644",
        hunks: [{ oldStart: 1, oldLines: 1, newStart: 0, newLines: 0, lines: [{ kind: "-", text: "a\n" }] }],
      },
      "diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
    ],
    [
      "move",
      { kind: "rename", from: at("f"), path: at("g"), hunks: [] },
      "diff --git a/f b/g\nrename from f\nrename to g\n",
    ],
    [
      "copy",
      { kind: "copy", from: at("f"), path: at("g"), hunks: [] },
      "diff --git a/f b/g\ncopy from f\ncopy to g\n",
    ],
    [
      "name with a space",
      { kind: "modify", path: at("f g"), hunks: [line] },
      "diff --git a/f g b/f g\n--- a/f g\t\n+++ b/f g\t\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n",
    ],
    [
      "name in another script",
      { kind: "rename", from: at("é"), path: at("日"), hunks: [] },
      "diff --git a/é b/日\nrename from é\nrename to 日\n",
    ],
    // Unquoted, the first line could be split in two places, and the reader refuses to guess.
    [
      "names that could be split twice",
      { kind: "rename", from: at("x b/y"), path: at("z"), hunks: [] },
      'diff --git "a/x b/y" "b/z"\nrename from x b/y\nrename to z\n',
    ],
  ])("%s", (_, file, wanted) => {
    expect(text(file)).toBe(wanted);
    const read = parseDiff(Buffer.from(wanted), 16);
    expect(read).toEqual({ ok: true, value: [file] });
  });
});

test("sections stand in byte order of their paths, whatever the order they came in", () => {
  const files = ["b", "a/b", "a", "A", "é", "a.b"].map((path): FilePatch => ({
    kind: "create",
    path: at(path),
    mode: "100644",
    hunks: [],
  }));
  expect([...text(...files).matchAll(/^diff --git a\/(\S+)/gm)].map((match) => match[1])).toEqual([
    "A",
    "a",
    "a.b",
    "a/b",
    "b",
    "é",
  ]);
  expect(text(...files.toReversed())).toBe(text(...files));
});

test("content bytes of any encoding come out as they went in", () => {
  const file: FilePatch = {
    kind: "modify",
    path: at("f"),
    hunks: [
      {
        ...line,
        lines: [
          { kind: "-", text: "caf\xe9\r\n" },
          { kind: "+", text: "\xff\n" },
        ],
      },
    ],
  };
  expect(byteText(renderDiff([file]))).toContain("-caf\xe9\r\n+\xff\n");
});

test.each([
  [
    "an index line",
    "diff --git a/f b/f\nindex 1234567..89abcde 100644\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n",
  ],
  ["function context", "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@ def f():\n-a\n+b\n"],
  ["a count of one", "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-a\n+b\n"],
  ["a leading zero", "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -01 +1 @@\n-a\n+b\n"],
  ["a quoted name", 'diff --git "a/f" "b/f"\n--- "a/f"\n+++ "b/f"\n@@ -1 +1 @@\n-a\n+b\n'],
  ["a needless tab", "diff --git a/f b/f\n--- a/f\t\n+++ b/f\t\n@@ -1 +1 @@\n-a\n+b\n"],
  ["no first line", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"],
  ["another order", "diff --git a/g b/g\nnew file mode 100644\ndiff --git a/f b/f\nnew file mode 100644\n"],
])("a diff with %s is read, but is not canonical", (_, diff) => {
  const read = parseDiff(Buffer.from(diff), 16);
  if (!read.ok) throw new Error(read.refusal.message);
  expect(text(...read.value)).not.toBe(diff);
  expect(parseDiff(renderDiff(read.value), 16).ok).toBe(true);
});
