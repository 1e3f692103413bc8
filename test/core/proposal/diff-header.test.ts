// The header of a section: every line of it must tell the same story.
import { describe, expect, test } from "vitest";
import { bytesOf, byteText } from "../../../src/core/base/bytes.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import { renderDiff } from "../../../src/core/proposal/render.ts";

const MODIFY = "@@ -1 +1 @@\n-a\n+b\n";
const CREATE = "@@ -0,0 +1 @@\n+b\n";
const DELETE = "@@ -1 +0,0 @@\n-a\n";
const GIT = "diff --git a/f b/f\n";
const SIDES = "--- a/f\n+++ b/f\n";
const NEW = "--- /dev/null\n+++ b/f\n";
const GONE = "--- a/f\n+++ /dev/null\n";

const code = (text: string): string => {
  const result = parseDiff(bytesOf(text), 16);
  return result.ok ? "accepted" : result.refusal.code;
};

describe("contradictions", () => {
  test.each([
    ["two names without a move", `diff --git a/f b/g\n--- a/f\n+++ b/g\n${MODIFY}`],
    ["names that could be split twice", "diff --git a/x b/y b/z\nrename from x b/y\nrename to z\n"],
    ["sides name another file", `${GIT}--- a/g\n+++ b/g\n${MODIFY}`],
    ["old side names another file", `${GIT}--- a/g\n+++ b/f\n${MODIFY}`],
    ["new side names another file", `${GIT}--- a/f\n+++ b/g\n${MODIFY}`],
    ["creation without saying so", `${GIT}${NEW}${CREATE}`],
    ["deletion without saying so", `${GIT}${GONE}${DELETE}`],
    ["creation of an old file", `${GIT}new file mode 100644\n${SIDES}${MODIFY}`],
    ["deletion that keeps the file", `${GIT}deleted file mode 100644\n${SIDES}${MODIFY}`],
    ["created and deleted", `${GIT}new file mode 100644\ndeleted file mode 100644\n${NEW}${CREATE}`],
    ["nothing behind the first line", GIT],
    ["an index line only", `${GIT}index 1234567..89abcde 100644\n`],
    ["move with other names", "diff --git a/f b/g\nrename from f\nrename to h\n"],
    ["move from another name", "diff --git a/f b/g\nrename from h\nrename to g\n"],
    ["move half said: from", "diff --git a/f b/g\nrename from f\n"],
    ["move half said: to", "diff --git a/f b/g\nrename to g\n"],
    ["move to itself", `${GIT}rename from f\nrename to f\n`],
    ["move and copy", "diff --git a/f b/g\nrename from f\ncopy to g\n"],
    ["move and creation", "diff --git a/f b/g\nnew file mode 100644\nrename from f\nrename to g\n"],
    ["move and deletion", "diff --git a/f b/g\ndeleted file mode 100644\nrename from f\nrename to g\n"],
    [
      "move whose sides differ",
      `diff --git a/f b/g\nrename from f\nrename to g\n--- a/f\n+++ b/f\n${MODIFY}`,
    ],
    ["move with no space before the name", "diff --git a/f b/g\nrename fromxf\nrename to g\n"],
    ["a line twice", `${GIT}new file mode 100644\nnew file mode 100644\n${NEW}${CREATE}`],
    ["two index lines", `${GIT}index 1234567..89abcde\nindex 1234567..89abcde\n${SIDES}${MODIFY}`],
    ["index that is none", `${GIT}index zzz\n${SIDES}${MODIFY}`],
    ["index glued to its value", `${GIT}index1234567..89abcde\n${SIDES}${MODIFY}`],
    ["similarity that is none", "diff --git a/f b/g\nsimilarity index 101%\nrename from f\nrename to g\n"],
    ["sides without +++", `${GIT}--- a/f\n${MODIFY}`],
    ["sides without ---", `${GIT}+++ b/f\n${MODIFY}`],
    ["both sides nothing", `${GIT}--- /dev/null\n+++ /dev/null\n${MODIFY}`],
    ["sides without a hunk", `${GIT}${SIDES}`],
    ["new mode only", `${GIT}new mode 100755\n${SIDES}${MODIFY}`],
    ["old mode only", `${GIT}old mode 100755\n${SIDES}${MODIFY}`],
    ["mode change that changes nothing", `${GIT}old mode 100644\nnew mode 100644\n${SIDES}${MODIFY}`],
    [
      "mode change of a new file",
      `${GIT}old mode 100644\nnew mode 100755\nnew file mode 100755\n${NEW}${CREATE}`,
    ],
    [
      "mode change of a deletion",
      `${GIT}old mode 100644\nnew mode 100755\ndeleted file mode 100755\n${GONE}${DELETE}`,
    ],
    [
      "mode change of a copy",
      "diff --git a/f b/g\nold mode 100644\nnew mode 100755\ncopy from f\ncopy to g\n",
    ],
    ["no prefixes", `diff --git f f\n--- f\n+++ f\n${MODIFY}`],
    ["mnemonic prefixes", `diff --git i/f w/f\n--- i/f\n+++ w/f\n${MODIFY}`],
    ["prefixes the wrong way round", `diff --git b/f a/f\n--- b/f\n+++ a/f\n${MODIFY}`],
    ["something behind the tab", `${GIT}--- a/f\t2026-11-22\n+++ b/f\n${MODIFY}`],
    ["plain sides with two names", `--- a/f\n+++ b/g\n${MODIFY}`],
    ["plain sides without prefixes", `--- f\n+++ f\n${MODIFY}`],
  ])("%s", (_, text) => {
    expect(["diff_malformed", "diff_phantom"]).toContain(code(text));
  });
});

describe("what may not be proposed at all", () => {
  test.each([
    ["mode change to a link", `${GIT}old mode 100644\nnew mode 120000\n`, "diff_link"],
    ["mode change to setuid", `${GIT}old mode 100644\nnew mode 104755\n`, "diff_mode"],
    ["mode change of a submodule", `${GIT}old mode 160000\nnew mode 100644\n`, "diff_link"],
    ["odd mode", `${GIT}new file mode 100664\n${NEW}${CREATE}`, "diff_mode"],
    ["setuid", `${GIT}new file mode 104755\n${NEW}${CREATE}`, "diff_mode"],
    ["folder", `${GIT}new file mode 040000\n${NEW}${CREATE}`, "diff_mode"],
    ["mode that is none", `${GIT}new file mode 644\n${NEW}${CREATE}`, "diff_mode"],
    ["mode with more behind it", `${GIT}new file mode 100644 x\n${NEW}${CREATE}`, "diff_mode"],
    ["new link", `${GIT}new file mode 120000\n${NEW}${CREATE}`, "diff_link"],
    ["deleted link", `${GIT}deleted file mode 120000\n${GONE}${DELETE}`, "diff_link"],
    ["changed link", `${GIT}index 1234567..89abcde 120000\n${SIDES}${MODIFY}`, "diff_link"],
    ["new submodule", `${GIT}new file mode 160000\n${NEW}${CREATE}`, "diff_link"],
    ["changed submodule", `${GIT}index 1234567..89abcde 160000\n${SIDES}${MODIFY}`, "diff_link"],
    [
      "binary patch",
      `${GIT}index 1234567..89abcde 100644\nGIT binary patch\nliteral 1\nIcmZP\n\n`,
      "diff_binary",
    ],
    ["binary notice", `${GIT}Binary files a/f and b/f differ\n`, "diff_binary"],
    ["path out of the tree", `diff --git a/../f b/../f\n--- a/../f\n+++ b/../f\n${MODIFY}`, "path_segment"],
    ["path into .git", "diff --git a/f b/.git/hooks/x\nrename from f\nrename to .git/hooks/x\n", "path_git"],
    ["move out of a bad path", "diff --git a/.git/x b/f\nrename from .git/x\nrename to f\n", "path_git"],
  ])("%s", (_, text, wanted) => {
    expect(code(text)).toBe(wanted);
  });
});

describe("acceptance", () => {
  test.each([
    [
      "plain sections, as models write them",
      `--- a/f\n+++ b/f\n${MODIFY}--- /dev/null\n+++ b/g\n${CREATE}--- a/h\n+++ /dev/null\n${DELETE}`,
    ],
    ["index line with a mode", `${GIT}index 1234567..89abcde 100755\n${SIDES}${MODIFY}`],
    ["executable", `${GIT}new file mode 100755\n${NEW}${CREATE}`],
    ["empty new file", `${GIT}new file mode 100644\n`],
    ["deletion of an empty file", `${GIT}deleted file mode 100644\n`],
    [
      "move with a change",
      `diff --git a/f b/g\nsimilarity index 55%\nrename from f\nrename to g\nindex 1234567..89abcde 100644\n--- a/f\n+++ b/g\n${MODIFY}`,
    ],
    [
      "the tab that git writes behind names with spaces",
      `diff --git a/f g b/f g\n--- a/f g\t\n+++ b/f g\t\n${MODIFY}`,
    ],
  ])("%s", (_, text) => {
    expect(code(text)).toBe("accepted");
  });
});

describe("header lines that are longer than two paths can be", () => {
  const long = "x".repeat(16_385);
  test.each([
    ["first line", `diff --git a/${long} b/${long}\n${SIDES}${MODIFY}`],
    ["old side", `--- a/${long}\n+++ b/${long}\n${MODIFY}`],
    ["new side", `--- a/f\n+++ b/${long}\n${MODIFY}`],
    ["move", `diff --git a/f b/g\nrename from ${long}\nrename to g\n`],
  ])("%s", (_, text) => {
    const result = parseDiff(bytesOf(text), 16);
    expect(result).toMatchObject({
      ok: false,
      refusal: { code: "diff_malformed", message: expect.stringContaining("longer") as string },
    });
  });

  test("the longest name, every byte of it escaped, is read", () => {
    const name = Array.from({ length: 8 }, () => "\\343\\201\\202".repeat(60)).join("/");
    const quoted = (prefix: string): string => `"${prefix}/${name}"`;
    const text = `diff --git ${quoted("a")} ${quoted("b")}\n--- ${quoted("a")}\n+++ ${quoted("b")}\n${MODIFY}`;
    expect(code(text)).toBe("accepted");
  });
});

/** What becomes of them is the configuration's to say ([patch]), and no longer the reader's. */
describe("a mode change is read, and written back byte for byte", () => {
  test.each([
    ["alone", `${GIT}old mode 100644\nnew mode 100755\n`],
    ["beside a change", `${GIT}old mode 100755\nnew mode 100644\n${SIDES}${MODIFY}`],
    ["of a rename", "diff --git a/f b/g\nold mode 100644\nnew mode 100755\nrename from f\nrename to g\n"],
  ])("%s", (_, text) => {
    const parsed = parseDiff(bytesOf(text), 16);
    expect(parsed).toMatchObject({ ok: true });
    if (parsed.ok) expect(byteText(renderDiff(parsed.value))).toBe(text);
  });
});
