// Kinds of change: each is told apart, and each key of [patch] does what it says.
import { describe, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { treatments } from "../../../src/core/config/schema-checks.ts";
import type { FilePatch } from "../../../src/core/proposal/diff-model.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import { treatmentFindings } from "../../../src/core/proposal/treatment.ts";
import { configOf } from "../../support/served.ts";

const NONE = "\\ No newline at end of file\n";
const change = (hunk: string, name = "f"): string =>
  `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n${hunk}`;
const made = (hunk: string, mode = "100644"): string =>
  `diff --git a/f b/f\nnew file mode ${mode}\n--- /dev/null\n+++ b/f\n${hunk}`;
const moved = (kind: string, hunk = ""): string =>
  `diff --git a/f b/g\n${kind} from f\n${kind} to g\n${hunk}`;

const KINDS: readonly (readonly [string, string, string])[] = [
  ["mode_changes", "mode-change", "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"],
  ["executables", "executable", made("@@ -0,0 +1 @@\n+x\n", "100755")],
  ["renames", "rename", moved("rename")],
  ["copies", "copy", moved("copy")],
  ["odd_names", "odd-name", change("@@ -1 +1 @@\n-a\n+b\n", "ü")],
  ["odd_names", "odd-name", "diff --git a/ü b/g\nrename from ü\nrename to g\n"],
  ["crlf", "crlf", change("@@ -1,2 +1,2 @@\n a\n-b\n+b\r\n")],
  ["crlf", "crlf", change(`@@ -1,2 +1,2 @@\n a\n-b\n+b\r\n${NONE}`)],
  ["crlf", "crlf", made("@@ -0,0 +1,2 @@\n+a\r\n+b\n")],
  ["missing_newline", "missing-newline", change(`@@ -1 +1 @@\n-a\n+a\n${NONE}`)],
  ["missing_newline", "missing-newline", made(`@@ -0,0 +1 @@\n+a\n${NONE}`)],
];

const filesOf = (diff: string): readonly FilePatch[] => {
  const parsed = parseDiff(utf8(diff), 16);
  if (!parsed.ok) throw new Error(parsed.refusal.message);
  return parsed.value;
};
const ALL = ["mode_changes", "executables", "renames", "copies", "odd_names", "crlf", "missing_newline"];
/** Every kind as accepting as it can be, but for one. */
const under = (key: string, value: string): ReturnType<typeof configOf> =>
  configOf(
    `[patch]\n${ALL.map((one) => `${one} = "${one === key ? value : one === "mode_changes" ? "manual" : "accept"}"`).join("\n")}\n`,
  );

describe.each(KINDS)("patch.%s", (key, rule, diff) => {
  const values = key === "mode_changes" ? treatments.slice(0, 2) : treatments;
  test.each(values)("%s", (value) => {
    const { blocking, manual } = treatmentFindings(filesOf(diff), under(key, value).patch);
    const own = (all: typeof blocking): readonly string[] =>
      all.filter((found) => found.rule === rule).map(({ refusal }) => refusal.fix);
    const isMode = key === "mode_changes" || key === "executables";
    for (const { refusal } of [...blocking, ...manual].filter((found) => found.rule === rule))
      expect(refusal.code).toBe(isMode ? "diff_mode" : "change_kind");
    const expected = [expect.stringContaining(`patch.${key}`)];
    expect(own(blocking)).toEqual(value === "reject" ? expected : []);
    expect(own(manual)).toEqual(value === "manual" ? expected : []);
  });
});

test.each([
  ["a change of a file that has CRLF", change("@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n")],
  ["a new file that is CRLF throughout", made("@@ -0,0 +1,2 @@\n+a\r\n+b\r\n")],
  ["a carriage return within a line", change("@@ -1,2 +1,2 @@\n a\n-b\n+b\rc\n")],
  ["a file that becomes LF", change("@@ -1,2 +1,2 @@\n-a\r\n-b\r\n+a\n+b\n")],
  ["a file that had no line feed at its end before", change(`@@ -1 +1 @@\n-a\n${NONE}+b\n${NONE}`)],
  ["a file that gets one", change(`@@ -1 +1 @@\n-a\n${NONE}+a\n`)],
  ["a plain change", change("@@ -1 +1 @@\n-a\n+b\n")],
])("%s is none of these", (_, diff) => {
  const all = ALL.map((key) => `${key} = "reject"`).join("\n");
  const { blocking, manual } = treatmentFindings(filesOf(diff), configOf(`[patch]\n${all}\n`).patch);
  expect([...blocking, ...manual]).toEqual([]);
});

test.each(["symlinks", "gitlinks", "binary"])("patch.%s has no other value than reject", (key) => {
  expect(() => configOf(`[patch]\n${key} = "manual"\n`)).toThrow();
});
