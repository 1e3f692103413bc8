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
  const counts = await countsBefore([...untouched], files, before, analyse);
  const isNew = (spot: Spot): boolean => {
    if (isAdded(spot)) return true;
    const known = counts.get(spot.path)?.get(spot.sign) ?? 0;
    if (known > 0) counts.get(spot.path)?.set(spot.sign, known - 1);
    return known === 0;
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

/** How often each was there before, by path afterwards; what stood on lines that the patch takes away is gone. */
async function countsBefore(
  paths: readonly string[],
  files: readonly PatchedFile[],
  before: Formers,
  analyse: (files: readonly Inspected[]) => Promise<Analysis>,
): Promise<ReadonlyMap<string, Map<string, number>>> {
  const counts = new Map<string, Map<string, number>>();
  const asked: Inspected[] = [];
  for (const path of paths) {
    const former = before.get(path);
    const text = await former?.text();
    const now = files.find((file) => file.path === path)?.text ?? "";
    if (former === undefined || text === undefined) continue;
    // In another language the same text is something else.
    if (languageOf(former.path, text) !== languageOf(path, now)) continue;
    counts.set(path, new Map());
    asked.push({ path: former.path, text });
  }
  const { found, imports } = await analyse(asked);
  const names = new Map(paths.map((path) => [before.get(path)?.path, path]));
  for (const spot of [...found.map(ofHit), ...imports.map(ofImport)]) {
    const path = names.get(spot.path) ?? "";
    const [former, own] = [before.get(path), counts.get(path)];
    if (former === undefined || own === undefined || touches(spot, former.removed)) continue;
    own.set(spot.sign, (own.get(spot.sign) ?? 0) + 1);
  }
  return counts;
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
