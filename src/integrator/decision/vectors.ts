// Runs files of gate vectors: what a gate must answer, one JSON line a case, for this program and for others.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { checkVector } from "../../core/gate/vectors.ts";
import { readBounded } from "../../io/file/read.ts";

const MAX_FILE_BYTES = 67_108_864;
const MAX_FILES = 10_000;
/** How often progress is told, in cases; telling decides itself whether it is time. */
const TELL_EVERY = 500;

export interface Mismatch {
  readonly file: string;
  readonly line: number;
  readonly id: string;
  readonly expected: string;
  readonly got: string;
}

export interface VectorReport {
  readonly files: number;
  readonly cases: number;
  readonly mismatches: readonly Mismatch[];
}

/** Files as they are, folders with every `.jsonl` below them. Throws `usage` on what cannot be read as cases. */
export function runVectors(places: readonly string[], tell: (cases: number) => void): VectorReport {
  const files = places.flatMap((place) => filesAt(place));
  const mismatches: Mismatch[] = [];
  let cases = 0;
  for (const file of files) {
    for (const [index, line] of linesOf(file).entries()) {
      if (line.trim() === "") continue;
      cases += 1;
      if (cases % TELL_EVERY === 0) tell(cases);
      const { id, ok, expected, got } = check(line, `${file}:${index + 1}`);
      if (!ok) mismatches.push({ file, line: index + 1, id, expected, got });
    }
  }
  return { files: files.length, cases, mismatches };
}

function check(line: string, place: string): ReturnType<typeof checkVector> {
  try {
    return checkVector(JSON.parse(line));
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    throw unusable(place, `is no vector: ${printable(why)}`, cause);
  }
}

function filesAt(place: string, depth = 0): readonly string[] {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) throw unusable(place, "is not there");
  if (!stat.isDirectory()) return [place];
  if (depth > 8) throw unusable(place, "is nested too deeply");
  const found = readdirSync(place, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(place, entry.name);
      if (entry.isDirectory()) return filesAt(path, depth + 1);
      return entry.isFile() && entry.name.endsWith(".jsonl") ? [path] : [];
    });
  if (found.length > MAX_FILES) throw unusable(place, `holds more than ${MAX_FILES} files`);
  return found;
}

function linesOf(file: string): readonly string[] {
  const read = readBounded(file, MAX_FILE_BYTES);
  if (read.kind !== "found") throw unusable(file, read.kind === "absent" ? "is not there" : read.why);
  const text = fromUtf8(read.bytes);
  if (text === undefined) throw unusable(file, "is not UTF-8");
  return text.split("\n");
}

function unusable(place: string, what: string, cause?: unknown): CountersignError {
  return new CountersignError("usage", `${place} ${what}`, {
    fix: "Name files of JSON lines, or folders of .jsonl files; docs/gates.md describes a line.",
    cause,
  });
}
