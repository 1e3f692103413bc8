// What of an analysis is new: it reaches an added line, or the file before the patch does not have the same.
import { fromUtf8 } from "../../core/base/bytes.ts";
import { languageOf } from "../../core/analysis/rules.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import type { BlobReader } from "../../io/exec/blob-reader.ts";
import type { TreeChange } from "../../io/exec/tree-diff.ts";
import type { Import, Inspected, Sighted } from "../scanners/finding.ts";
import type { Analysis } from "../scanners/inspector.ts";
import type { PatchedFile } from "./contents.ts";

export interface Former {
  /** Its path in the base. */
  readonly path: string;
  /** Lines of it that the patch takes away. */
  readonly removed: ReadonlySet<number>;
  /** Undefined where it was no UTF-8 text. */
  readonly text: () => Promise<string | undefined>;
}

/** By the path afterwards. New files and copies have none: all their lines are added. */
export type Formers = ReadonlyMap<string, Former>;

export function formerOf(
  files: readonly FilePatch[],
  changes: readonly TreeChange[],
  blobs: BlobReader,
): Formers {
  const oids = new Map(changes.map(({ path, oldOid }) => [path, oldOid]));
  const before = new Map<string, Former>();
  for (const file of files) {
    if (file.kind !== "modify" && file.kind !== "rename") continue;
    const path = file.kind === "rename" ? file.from : file.path;
    const oid = oids.get(path);
    // Where git lists no such change, nothing is known of the time before, and everything counts as new.
    if (oid === undefined) continue;
    const text = async (): Promise<string | undefined> => fromUtf8(await blobs.blob(oid));
    before.set(file.path, { path, removed: removedLines(file), text });
  }
  return before;
}

function removedLines({ hunks }: FilePatch): ReadonlySet<number> {
  const removed = new Set<number>();
  for (const { oldStart, lines } of hunks) {
    let number = oldStart;
    for (const { kind } of lines) {
      if (kind === "-") removed.add(number);
      if (kind !== "+") number += 1;
    }
  }
  return removed;
}

export function everyLine(text: string): ReadonlySet<number> {
  return new Set(text.split("\n").map((_, at) => at + 1));
}

/**
 * Threat: a patch that leaves the dangerous line alone and changes what it means: where its value comes from, which module
 * its name stands for, whether it is a comment. Such a hit reaches no added line, but the file before does not have it.
 */
export async function newIn(
  files: readonly PatchedFile[],
  before: Formers,
  analyse: (files: readonly Inspected[]) => Promise<Analysis>,
): Promise<Analysis> {
  const after = await analyse(files);
  const added = new Map(files.map((file) => [file.path, file.added]));
  const isAdded = (spot: Spot): boolean => touches(spot, added.get(spot.path) ?? new Set());
  const all = [...after.found.map(ofHit), ...after.imports.map(ofImport)];
  const untouched = new Set(all.filter((spot) => !isAdded(spot)).map(({ path }) => path));
  const kept = new Map(files.map((file) => [file.path, keptUpTo(file.added)]));
  const known = await knownBefore([...untouched], files, before, analyse);
  const isNew = (spot: Spot): boolean => {
    if (isAdded(spot)) return true;
    const counts = known.get(spot.path);
    const place = placed(kept.get(spot.path)?.(spot.line) ?? 0, spot);
    const left = counts?.get(place) ?? 0;
    counts?.set(place, left - 1);
    return left <= 0;
  };
  return {
    found: after.found.filter((hit) => isNew(ofHit(hit))),
    imports: after.imports.filter((one) => isNew(ofImport(one))),
  };
}

interface Spot {
  readonly path: string;
  readonly line: number;
  readonly end: number;
  readonly sign: string;
  /** Places that made it what it is, from line to line. */
  readonly from: readonly (readonly [number, number])[];
}

function ofHit({ path, line, end, sign, from = [] }: Sighted): Spot {
  return { path, line, end, sign, from };
}

function ofImport({ path, line, module }: Import): Spot {
  return { path, line, end: line, sign: `import ${module}`, from: [] };
}

/**
 * Threat: a patch that makes one place safe and another like it dangerous. What was there before counts for its own line only:
 * the lines that a patch leaves are the same ones before and after, in the same order.
 */
function placed(kept: number, { sign }: Spot): string {
  return `${kept} ${sign}`;
}

/** How many of the lines up to one are kept, where some are added or taken away; each answer in logarithmic time. */
function keptUpTo(changed: ReadonlySet<number>): (line: number) => number {
  const sorted = [...changed].toSorted((a, b) => a - b);
  return (line) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) <= line) low = middle + 1;
      else high = middle;
    }
    return line - low;
  };
}

/** How often each was there before, by path afterwards and place; what stood on lines that the patch takes away is gone. */
async function knownBefore(
  paths: readonly string[],
  files: readonly PatchedFile[],
  before: Formers,
  analyse: (files: readonly Inspected[]) => Promise<Analysis>,
): Promise<ReadonlyMap<string, Map<string, number>>> {
  const asked = await comparable(paths, files, before);
  const { found, imports } = await analyse(
    [...asked.values()].map(({ text, was }) => ({ path: was.path, text })),
  );
  const spots = Map.groupBy([...found.map(ofHit), ...imports.map(ofImport)], ({ path }) => path);
  const known = new Map<string, Map<string, number>>();
  for (const [path, { was }] of asked) {
    const kept = keptUpTo(was.removed);
    const counts = new Map<string, number>();
    for (const spot of spots.get(was.path) ?? []) {
      const place = placed(kept(spot.line), spot);
      if (!touches(spot, was.removed)) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    known.set(path, counts);
  }
  return known;
}

/** Files of the base, by their paths afterwards. In another language the same text is something else. */
async function comparable(
  paths: readonly string[],
  files: readonly PatchedFile[],
  before: Formers,
): Promise<ReadonlyMap<string, { readonly was: Former; readonly text: string }>> {
  const asked = new Map<string, { readonly was: Former; readonly text: string }>();
  for (const path of paths) {
    const was = before.get(path);
    const text = await was?.text();
    const now = files.find((file) => file.path === path)?.text ?? "";
    if (was === undefined || text === undefined) continue;
    if (languageOf(was.path, text) === languageOf(path, now)) asked.set(path, { was, text });
  }
  return asked;
}

/**
 * Threat: two functions that use the same name; the one takes it from a request, and the patch lets the other do so, too. By
 * names alone both were hits before, so what a changed line makes of a place counts as that line does.
 */
function touches({ line, end, from }: Spot, lines: ReadonlySet<number>): boolean {
  return reaches(line, end, lines) || from.some(([start, last]) => reaches(start, last, lines));
}

function reaches(line: number, end: number, lines: ReadonlySet<number>): boolean {
  if (end - line > lines.size) return [...lines].some((number) => line <= number && number <= end);
  for (let at = line; at <= end; at++) if (lines.has(at)) return true;
  return false;
}
