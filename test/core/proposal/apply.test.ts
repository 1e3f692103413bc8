// Application in memory: exact or not at all.
import { describe, expect, test } from "vitest";
import { applyHunks, splitLines } from "../../../src/core/proposal/apply.ts";
import type { DiffLine, Hunk } from "../../../src/core/proposal/diff-model.ts";

/** A hunk at an old line from `-a`, `+b` and ` c` strings; a trailing `$` means no line feed. */
function hunk(oldStart: number, ...texts: readonly string[]): Hunk {
  const lines = texts.map((text): DiffLine => {
    const body = text.slice(1);
    return {
      kind: text.charAt(0) as DiffLine["kind"],
      text: body.endsWith("$") ? body.slice(0, -1) : `${body}\n`,
    };
  });
  const oldLines = lines.filter(({ kind }) => kind !== "+").length;
  const newLines = lines.filter(({ kind }) => kind !== "-").length;
  return { oldStart, oldLines, newStart: oldStart, newLines, lines };
}

const FILE = "a\nb\nc\nd\ne\n";

describe("refusals", () => {
  test.each<[string, string, readonly Hunk[], string, RegExp]>([
    ["another line", FILE, [hunk(1, "-x", "+y", " b")], "f:1", /does not match/],
    [
      "the right line one further down: no offset",
      FILE,
      [hunk(1, "-b", "+y", " c")],
      "f:1",
      /does not match/,
    ],
    ["another context line: no fuzz", FILE, [hunk(1, "-a", "+y", " x")], "f:2", /does not match/],
    ["behind the end", FILE, [hunk(5, "-e", "-f")], "f:6", /behind the end/],
    ["begins behind the end", FILE, [hunk(9, "-a")], "f:9", /only 5 lines/],
    [
      "insertion behind the end",
      FILE,
      [hunk(6, "+a")].map((h) => ({ ...h, oldStart: 6 })),
      "f:7",
      /only 5 lines/,
    ],
    ["line ends", "a\r\nb\r\n", [hunk(1, "-a", "+x", " b")], "f:1", /CRLF/],
    ["white space", "a \nb\n", [hunk(1, "-a", "+x", " b")], "f:1", /white space/],
    ["a line feed that is not there", "a", [hunk(1, "-a", "+x")], "f:1", /no line feed/],
    ["a line feed that is there", "a\n", [hunk(1, "-a$", "+x")], "f:1", /no line feed/],
    [
      "a line behind one without line feed",
      "a\nb",
      [hunk(3, "+c")].map((h) => ({ ...h, oldStart: 2 })),
      "f:2",
      /No newline/,
    ],
    ["a new last line that is not last", FILE, [hunk(1, "-a", "+x$", " b")], "f:1", /No newline/],
    ["overlap", FILE, [hunk(1, "-a", " b"), hunk(2, "-b", " c")], "f", /overlap/],
    ["out of order", FILE, [hunk(3, "-c", " d"), hunk(1, "-a", " b")], "f", /overlap/],
    // git would move these to the end of the file, where the same lines may stand again.
    ["ends with an insertion before the end", FILE, [hunk(2, " b", "+x")], "f:3", /ends with a change/],
    ["ends with a removal before the end", FILE, [hunk(2, " b", "-c")], "f:4", /ends with a change/],
    ["has no old line at all", FILE, [{ ...hunk(2, "+x"), oldStart: 2 }], "f:3", /ends with a change/],
  ])("%s", (_, text, hunks, where, message) => {
    const result = applyHunks(text, hunks, "f");
    expect(result).toMatchObject({
      ok: false,
      refusal: {
        code: message.source === "overlap" ? "diff_overlap" : "diff_context",
        where,
        message: expect.stringMatching(message) as string,
      },
    });
  });
});

describe("application", () => {
  test.each<[string, string, readonly Hunk[], string]>([
    ["nothing", FILE, [], FILE],
    ["replacement", FILE, [hunk(2, " b", "-c", "+x", " d")], "a\nb\nx\nd\ne\n"],
    ["two hunks", FILE, [hunk(1, "-a", " b"), hunk(4, " d", "-e", "+x")], "b\nc\nd\nx\n"],
    ["hunks that touch", FILE, [hunk(1, "-a", " b"), hunk(3, "-c", " d")], "b\nd\ne\n"],
    ["into an empty file", "", [{ ...hunk(0, "+a"), oldStart: 0 }], "a\n"],
    ["everything removed", "a\n", [hunk(1, "-a")], ""],
    ["append", "a\n", [hunk(1, " a", "+b$")], "a\nb"],
    ["line feed added at the end", "a", [hunk(1, "-a$", "+a")], "a\n"],
    ["line feed removed at the end", "a\n", [hunk(1, "-a", "+a$")], "a"],
    ["last line without line feed kept", "a\nb", [hunk(1, "-a", "+x", " b$")], "x\nb"],
    ["separators that are no line ends", "a\rb\x85\n\f\n", [hunk(1, "-a\rb\x85", "+\v", " \f")], "\v\n\f\n"],
  ])("%s", (_, text, hunks, wanted) => {
    expect(applyHunks(text, hunks, "f")).toEqual({ ok: true, value: wanted });
  });
});

test.each([
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a\n"]],
  ["\n\na", ["\n", "\n", "a"]],
  ["a\r\nb\rc\u2028\n", ["a\r\n", "b\rc\u2028\n"]],
])("lines of %j", (text, lines) => {
  expect(splitLines(text)).toEqual(lines);
});
