// The diff reader as a whole: every byte belongs to a section, and no file to two.
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../src/core/base/bytes.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import type { FilePatch } from "../../../src/core/proposal/diff-model.ts";

const read = (text: string): ReturnType<typeof parseDiff> => parseDiff(bytesOf(text), 16);
const code = (text: string): string => {
  const result = read(text);
  return result.ok ? "accepted" : result.refusal.code;
};
const files = (text: string): readonly FilePatch[] => {
  const result = read(text);
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
};

const change = (path: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b\n`;
const create = (path: string): string =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+b\n`;
const erase = (path: string): string =>
  `diff --git a/${path} b/${path}\ndeleted file mode 100644\n--- a/${path}\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n`;
const move = (kind: string, from: string, to: string): string =>
  `diff --git a/${from} b/${to}\n${kind} from ${from}\n${kind} to ${to}\n`;

describe("bytes that no section owns", () => {
  test.each([
    ["empty", "", "diff_empty"],
    ["blank", "\n \n", "diff_empty"],
    ["no line feed at the end", change("a").slice(0, -1), "diff_malformed"],
    ["prose in front", `Here is the patch:\n${change("a")}`, "diff_phantom"],
    ["empty line in front", `\n${change("a")}`, "diff_phantom"],
    ["prose between", `${change("a")}and\n${change("b")}`, "diff_phantom"],
    ["prose behind", `${change("a")}Hope this helps!\n`, "diff_phantom"],
    ["mail signature", `${change("a")}-- \n2.39.5\n`, "diff_phantom"],
    [
      "mail header",
      `From 1234567890 Mon Sep 17 00:00:00 2001\nSubject: x\n\n---\n${change("a")}`,
      "diff_phantom",
    ],
    ["code fence", `\`\`\`diff\n${change("a")}\`\`\`\n`, "diff_phantom"],
    ["a hunk without a section", "@@ -1 +1 @@\n-a\n+b\n", "diff_phantom"],
    ["a hunk behind a finished one", `${change("a")}@@ -9 +8 @@\n-a\n+b\n`, "diff_malformed"],
    [
      "combined diff",
      "diff --cc a\nindex 1,2..3\n--- a/a\n+++ b/a\n@@@ -1 -1 +1 @@@\n- a\n -b\n++c\n",
      "diff_malformed",
    ],
    [
      "context diff",
      "*** a/a\n--- b/a\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n",
      "diff_malformed",
    ],
    ["Windows line ends throughout", change("a").replaceAll("\n", "\r\n"), "diff_malformed"],
    ["byte-order mark", `\xef\xbb\xbf${change("a")}`, "diff_phantom"],
    ["NUL in a line", change("a").replace("+b", "+b\0"), "diff_binary"],
    ["NUL in a name", change("a\0b"), "path_character"],
  ])("%s", (_, text, wanted) => {
    expect(code(text)).toBe(wanted);
  });
});

describe("one file in two sections", () => {
  test.each([
    ["changed twice", change("a") + change("a")],
    ["created twice", create("a") + create("a")],
    ["deleted and created: a change of its type", erase("a") + create("a")],
    ["created and changed", create("a") + change("a")],
    ["moved away and created anew", move("rename", "a", "b") + create("a")],
    ["moved away and changed", move("rename", "a", "b") + change("a")],
    ["moved onto a changed file", change("b") + move("rename", "a", "b")],
    ["moved to two places", move("rename", "a", "b") + move("rename", "a", "c")],
    ["two moved to one place", move("rename", "a", "c") + move("rename", "b", "c")],
    ["swapped", move("rename", "a", "b") + move("rename", "b", "a")],
    ["copied onto a changed file", change("b") + move("copy", "a", "b")],
    ["copied from a changed file", move("copy", "a", "b") + change("a")],
    ["copied from a file that moves", move("copy", "a", "b") + move("rename", "a", "c")],
  ])("%s", (_, text) => {
    expect(code(text)).toBe("diff_duplicate");
  });
});

test("a section that changes nothing is refused", () => {
  expect(code("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n a\n")).toBe("diff_empty");
});

describe("acceptance", () => {
  test("each kind of section", () => {
    const text =
      change("a") +
      create("b") +
      erase("c") +
      move("rename", "d", "e") +
      move("copy", "f", "g") +
      move("copy", "f", "h");
    expect(files(text).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      "modify a",
      "create b",
      "delete c",
      "rename e",
      "copy g",
      "copy h",
    ]);
  });

  test("only a line feed ends a line: what other readers split on is content", () => {
    const odd = "x\ry\vz\f\x85\x1c\x1d\x1e\xe2\x80\xa8+evil\xe2\x80\xa9";
    const [file] = files(change("a").replace("+b", `+${odd}`));
    expect(file?.hunks[0]?.lines.at(-1)).toEqual({ kind: "+", text: `${odd}\n` });
  });

  test("lines that look like headers are content while the hunk's counts say so", () => {
    const text =
      "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n--- a/x\n-diff --git a/x b/x\n @@ -1 +1 @@\n+++ b/x\n+\\ No newline at end of file\n";
    expect(
      files(text)[0]
        ?.hunks[0]?.lines.map(({ kind }) => kind)
        .join(""),
    ).toBe("-- ++");
  });

  test("the depth that is allowed is handed to the path rules", () => {
    expect(parseDiff(bytesOf(change("a/b")), 1)).toMatchObject({
      ok: false,
      refusal: { code: "path_too_deep" },
    });
    expect(parseDiff(bytesOf(change("a/b")), 2).ok).toBe(true);
  });
});
