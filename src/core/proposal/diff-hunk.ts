// The hunks of one section: counts must hold to the line, and hunks must be in order and apart.
import type { DiffLine, Hunk } from "./diff-model.ts";
import { fault, type Lines } from "./diff-cursor.ts";

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(?: .*)?$/s;
const NO_NEWLINE = "\\ No newline at end of file";

type Kind = "modify" | "create" | "delete" | "rename" | "copy";

export function readHunks(lines: Lines, kind: Kind): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let oldEnd = 0;
  let shift = 0;
  while ((lines.all[lines.at] ?? "").startsWith("@@ ")) {
    const headerAt = lines.at;
    const hunk = readHunk(lines);
    const again = { all: lines.all, at: headerAt };
    // A count of 0 names the line *before* the gap, so its first touched line is one further down.
    const oldFirst = hunk.oldLines === 0 ? hunk.oldStart + 1 : hunk.oldStart;
    const newFirst = hunk.newLines === 0 ? hunk.newStart + 1 : hunk.newStart;
    if (oldFirst <= oldEnd)
      throw fault("diff_overlap", "the hunk overlaps the one before or is out of order", again);
    if (newFirst !== oldFirst + shift)
      throw fault("diff_malformed", `the hunk's new side must start at line ${oldFirst + shift}`, again);
    oldEnd = oldFirst + hunk.oldLines - 1;
    shift += hunk.newLines - hunk.oldLines;
    hunks.push(hunk);
  }
  checkKind(hunks, kind, lines);
  return hunks;
}

function checkKind(hunks: readonly Hunk[], kind: Kind, lines: Lines): void {
  const [first] = hunks;
  if (first === undefined) throw fault("diff_malformed", "--- and +++ must be followed by a hunk", lines);
  if (kind === "create" && (hunks.length > 1 || first.oldStart !== 0 || first.oldLines !== 0)) {
    throw fault("diff_malformed", "a new file needs one hunk that begins @@ -0,0", lines);
  }
  if (kind === "delete" && (hunks.length > 1 || first.newStart !== 0 || first.newLines !== 0)) {
    throw fault("diff_malformed", "a deletion needs one hunk that ends +0,0 @@", lines);
  }
}

function readHunk(lines: Lines): Hunk {
  const match = HUNK.exec(lines.all[lines.at] ?? "");
  if (match === null) throw fault("diff_malformed", "the @@ line is not well-formed", lines);
  const oldLines = Number(match[2] ?? "1");
  const newLines = Number(match[4] ?? "1");
  const [oldStart, newStart] = [Number(match[1]), Number(match[3])];
  if (oldLines === 0 && newLines === 0) throw fault("diff_malformed", "the hunk has no lines", lines);
  if ((oldLines > 0 && oldStart === 0) || (newLines > 0 && newStart === 0))
    throw fault("diff_malformed", "line numbers begin with 1", lines);
  lines.at++;
  const read: DiffLine[] = [];
  let [oldLeft, newLeft] = [oldLines, newLines];
  while (oldLeft > 0 || newLeft > 0) {
    const line = readLine(lines, oldLeft, newLeft);
    if (line.kind !== "+") oldLeft--;
    if (line.kind !== "-") newLeft--;
    read.push(line);
  }
  checkEnds(read, lines);
  return { oldStart, oldLines, newStart, newLines, lines: read };
}

function readLine(lines: Lines, oldLeft: number, newLeft: number): DiffLine {
  const line = lines.all[lines.at];
  const kind = line?.charAt(0);
  if (line === undefined)
    throw fault(
      "diff_malformed",
      `the hunk ends early: ${oldLeft} old and ${newLeft} new lines are missing`,
      lines,
    );
  if (kind !== " " && kind !== "+" && kind !== "-")
    throw fault("diff_malformed", "a hunk line must begin with a space, + or -", lines);
  if ((kind !== "+" && oldLeft === 0) || (kind !== "-" && newLeft === 0))
    throw fault("diff_malformed", "the hunk has more lines than its @@ line says", lines);
  if (line.includes("\0")) throw fault("diff_binary", "the line holds a NUL byte", lines);
  lines.at++;
  if (lines.all[lines.at] === NO_NEWLINE) {
    lines.at++;
    return { kind, text: line.slice(1) };
  }
  return { kind, text: `${line.slice(1)}\n` };
}

/** A line without line feed can only be the last one of its side. */
function checkEnds(read: readonly DiffLine[], lines: Lines): void {
  for (const side of ["-", "+"] as const) {
    const ofSide = read.filter((line) => line.kind === " " || line.kind === side);
    if (ofSide.slice(0, -1).some((line) => !line.text.endsWith("\n"))) {
      throw fault("diff_malformed", "only the last line of a file can lack its line feed", lines);
    }
  }
}
