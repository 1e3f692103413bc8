// From two texts to hunks with three lines of context: the canonical hunks of a change, however it was described.
import { diffArrays } from "diff";
import { splitLines } from "./apply.ts";
import type { DiffLine, Hunk } from "./diff-model.ts";

const CONTEXT = 3;

/**
 * Hunks that turn `oldText` into `newText` (byte texts), or undefined when they are more than `maxEdits` changed lines
 * apart: the search is cut there, so that two unrelated large texts cannot keep the process busy.
 */
export function hunksBetween(
  oldText: string,
  newText: string,
  maxEdits: number,
): readonly Hunk[] | undefined {
  const parts = diffArrays([...splitLines(oldText)], [...splitLines(newText)], { maxEditLength: maxEdits });
  if (parts === undefined) return undefined;
  const lines = parts.flatMap((part) =>
    part.value.map((text): DiffLine => ({ kind: part.added ? "+" : part.removed ? "-" : " ", text })),
  );
  // Within a run of changes removals come first, as git writes them; diffArrays sees to that.
  return group(lines);
}

function group(lines: readonly DiffLine[]): readonly Hunk[] {
  const changed = lines.flatMap((line, index) => (line.kind === " " ? [] : [index]));
  const spans: [number, number][] = [];
  for (const index of changed) {
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(lines.length, index + CONTEXT + 1);
    const last = spans.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else spans.push([from, to]);
  }
  let at = 0;
  let [oldAt, newAt] = [1, 1];
  return spans.map(([from, to]): Hunk => {
    for (; at < from; at++) {
      oldAt++;
      newAt++;
    }
    const own = lines.slice(from, to);
    at = to;
    const oldLines = own.filter((line) => line.kind !== "+").length;
    const newLines = own.filter((line) => line.kind !== "-").length;
    // A side without lines names the line before it (0 at the beginning of a file).
    const hunk = {
      oldStart: oldLines === 0 ? oldAt - 1 : oldAt,
      oldLines,
      newStart: newLines === 0 ? newAt - 1 : newAt,
      newLines,
      lines: own,
    };
    oldAt += oldLines;
    newAt += newLines;
    return hunk;
  });
}
