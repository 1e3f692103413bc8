// From two texts to hunks with three lines of context: the canonical hunks of a change, however it was described.
import { diffArrays } from "diff";
import { splitLines } from "./apply.ts";
import type { DiffLine, Hunk } from "./diff-model.ts";

const CONTEXT = 3;

/** Numbers of old lines, from 1, that no hunk may quote. */
export type Barred = ReadonlySet<number>;

/**
 * Hunks that turn `oldText` into `newText` (byte texts), or undefined when they are more than `maxEdits` changed lines
 * apart: the search is cut there, so that two unrelated large texts cannot keep the process busy.
 * Context ends before a line of `barred`; a change of such a line is not prevented here.
 */
export function hunksBetween(
  oldText: string,
  newText: string,
  maxEdits: number,
  barred: Barred = new Set(),
): readonly Hunk[] | undefined {
  const parts = diffArrays([...splitLines(oldText)], [...splitLines(newText)], { maxEditLength: maxEdits });
  if (parts === undefined) return undefined;
  const lines = parts.flatMap((part) =>
    part.value.map((text): DiffLine => ({ kind: part.added ? "+" : part.removed ? "-" : " ", text })),
  );
  // Within a run of changes removals come first, as git writes them; diffArrays sees to that.
  return group(lines, fences(lines, barred));
}

/** Whether the line at an index must not become context. */
type Fence = (index: number) => boolean;

function fences(lines: readonly DiffLine[], barred: Barred): Fence {
  if (barred.size === 0) return () => false;
  const shut = new Set<number>();
  let old = 0;
  for (const [index, { kind }] of lines.entries()) {
    if (kind !== "+") old += 1;
    if (kind === " " && barred.has(old)) shut.add(index);
  }
  return (index) => shut.has(index);
}

/** How far context reaches from a change at `index` in one direction. */
function reach(index: number, step: 1 | -1, length: number, fence: Fence): number {
  let at = index;
  for (let count = 0; count < CONTEXT; count += 1) {
    const next = at + step;
    if (next < 0 || next >= length || fence(next)) break;
    at = next;
  }
  return at;
}

function group(lines: readonly DiffLine[], fence: Fence): readonly Hunk[] {
  const changed = lines.flatMap((line, index) => (line.kind === " " ? [] : [index]));
  const spans: [number, number][] = [];
  for (const index of changed) {
    const from = reach(index, -1, lines.length, fence);
    const to = reach(index, 1, lines.length, fence) + 1;
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
