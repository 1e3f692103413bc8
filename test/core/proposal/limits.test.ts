// Limits: exactly at the limit passes, one more is named.
import { describe, expect, test } from "vitest";
import type { RepoPath } from "../../../src/core/base/path.ts";
import type { DiffLine, FilePatch, Hunk } from "../../../src/core/proposal/diff-model.ts";
import { limitFaults } from "../../../src/core/proposal/limits.ts";
import { configOf } from "../../support/served.ts";

const { proposal } = configOf(`
[proposal]
max_files = 2
max_hunks = 2
max_hunk_lines = 5
max_changed_lines = 8
max_line_chars = 80
`);

const lines = (kinds: string, text = "x\n"): readonly DiffLine[] =>
  Array.from(kinds, (kind) => ({ kind: kind as DiffLine["kind"], text }));
const hunk = (kinds: string, text?: string): Hunk => {
  const own = lines(kinds, text);
  return {
    oldStart: 7,
    oldLines: own.filter(({ kind }) => kind !== "+").length,
    newStart: 7,
    newLines: own.filter(({ kind }) => kind !== "-").length,
    lines: own,
  };
};
const file = (path: string, ...hunks: readonly Hunk[]): FilePatch => ({
  kind: "modify",
  path: path as RepoPath,
  hunks,
});
const codes = (...files: readonly FilePatch[]): readonly string[] =>
  limitFaults(files, proposal).map(({ code }) => code);

describe("one too many", () => {
  test.each<[string, readonly FilePatch[], readonly string[]]>([
    ["files", [file("a"), file("b"), file("c")], ["too_many_files"]],
    ["hunks", [file("a", hunk("+"), hunk("+"), hunk("+"))], ["too_many_hunks"]],
    ["old lines of a hunk", [file("a", hunk("------"))], ["hunk_too_large"]],
    ["new lines of a hunk", [file("a", hunk("++++++"))], ["hunk_too_large"]],
    ["context counts for a hunk", [file("a", hunk("   +++"))], ["hunk_too_large"]],
    ["changed lines", [file("a", hunk("----+")), file("b", hunk("++++"))], ["too_many_lines"]],
    ["characters of a new line", [file("a", hunk("+", `${"x".repeat(81)}\n`))], ["line_too_long"]],
    ["characters of an old line", [file("a", hunk("-", `${"x".repeat(81)}\n`))], ["line_too_long"]],
    ["characters without line feed", [file("a", hunk("+", "x".repeat(81)))], ["line_too_long"]],
    [
      "several at once",
      [file("a", hunk("++++++++++"), hunk("+"), hunk("+"))],
      ["too_many_lines", "too_many_hunks", "hunk_too_large"],
    ],
  ])("%s", (_, files, wanted) => {
    expect(codes(...files)).toEqual(wanted);
  });

  test("the place is named", () => {
    expect(limitFaults([file("a"), file("b", hunk("++++++"))], proposal)).toMatchObject([{ where: "b:7" }]);
  });
});

describe("at the limit", () => {
  test.each<[string, readonly FilePatch[]]>([
    ["files", [file("a"), file("b")]],
    ["hunks", [file("a", hunk("+"), hunk("+"))]],
    ["lines of a hunk", [file("a", hunk("  ---"), hunk("+++  "))]],
    ["changed lines, context aside", [file("a", hunk("--++ ")), file("b", hunk("--++ "))]],
    ["characters", [file("a", hunk("+", `${"x".repeat(80)}\n`))]],
    ["characters with CRLF", [file("a", hunk("+", `${"x".repeat(80)}\r\n`))]],
    ["characters are not bytes", [file("a", hunk("+", Buffer.from("日".repeat(80)).toString("latin1")))]],
    [
      "characters are not UTF-16 units",
      [file("a", hunk("+", Buffer.from("😀".repeat(80)).toString("latin1")))],
    ],
    ["a long context line is not the patch's", [file("a", hunk(" ", "x".repeat(999)))]],
  ])("%s", (_, files) => {
    expect(codes(...files)).toEqual([]);
  });
});
