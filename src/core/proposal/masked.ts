// Patches and masked lines: whoever is not shown a line can neither change it, nor quote it, nor learn of it by trying.
import { type Refusal, refusal } from "../base/refusal.ts";
import { holdsMask, masksIn } from "../secrets/mask.ts";
import type { Hunk } from "./diff-model.ts";

/**
 * `line_masked` when a hunk as the agent wrote it lies on a masked line, as context too: whatever it says there is a guess
 * or a mask, and neither may be told from the other.
 */
export function coveredFault(
  hunks: readonly Hunk[],
  masked: ReadonlySet<number>,
  path: string,
): Refusal | undefined {
  if (masked.size === 0) return undefined;
  for (const { oldStart, oldLines } of hunks) {
    // The longest hunk is that of the file's deletion; a header may promise more lines than there are numbers for.
    const line = [...masked].find((at) => at >= oldStart && at < oldStart + oldLines);
    if (line !== undefined)
      return refusal(
        "line_masked",
        "the diff lies on a masked line, which is not compared with",
        at(path, line),
      );
  }
  return undefined;
}

/**
 * `line_masked` for what is left when the context was cut at masked lines: one is taken out, or the change stands so right
 * before one that no line is left by which git could tell its place from the end of the file.
 */
export function touchedFault(
  hunks: readonly Hunk[],
  masked: ReadonlySet<number>,
  path: string,
): Refusal | undefined {
  if (masked.size === 0) return undefined;
  for (const hunk of hunks) {
    let line = hunk.oldLines === 0 ? hunk.oldStart + 1 : hunk.oldStart;
    for (const { kind } of hunk.lines) {
      if (kind === "+") continue;
      if (masked.has(line))
        return refusal("line_masked", "the change takes out a masked line", at(path, line));
      line += 1;
    }
    if (hunk.lines.at(-1)?.kind !== " " && masked.has(line))
      return refusal("line_masked", "the change ends right before a masked line", at(path, line));
  }
  return undefined;
}

/**
 * `line_masked` when a line that is added holds a mask that some file is served with: it would stand in the repository in
 * place of a value. `masks` gives the rules that mask anything; `[REDACTED:x]` in a text about masks is a text.
 */
export function writtenFault(
  hunks: readonly Hunk[],
  path: string,
  masks: () => readonly string[],
): Refusal | undefined {
  for (const hunk of hunks) {
    let line = hunk.newLines === 0 ? hunk.newStart + 1 : hunk.newStart;
    for (const { kind, text } of hunk.lines) {
      if (kind === "-") continue;
      if (kind === "+" && holdsMask(text) && masksIn(text, masks()).length > 0)
        return refusal("line_masked", "the patch would write a mask into the file", at(path, line));
      line += 1;
    }
  }
  return undefined;
}

/** A file with masked lines stays where it is: its new place may be one where no rule masks them. */
export function movedFault(
  from: string | undefined,
  path: string | undefined,
  masked: ReadonlySet<number>,
): Refusal | undefined {
  const [line] = masked;
  if (line === undefined || from === undefined || from === path) return undefined;
  const what = path === undefined ? "deleted" : "renamed";
  return refusal(
    "line_masked",
    `a file with masked lines is not ${what} by a patch; a person does that`,
    at(from, line),
  );
}

function at(path: string, line: number): string {
  return `${path}:${line}`;
}
