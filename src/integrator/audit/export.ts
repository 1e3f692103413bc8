// Writing an export: the exact lines, or a view of them, with what is needed to verify them elsewhere.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AuditEntry } from "../../core/audit/entry.ts";
import { leafHash } from "../../core/audit/entry.ts";
import { ocsfEvent } from "../../core/audit/ocsf.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { canonical } from "../../core/base/canonical.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { SubjectNames } from "../../io/store/sqlite/subject-names.ts";
import { jsonLine, unobeyed, wholeLine } from "../terminal/print.ts";
import { csvRow } from "./csv.ts";
import type { Report } from "./report.ts";
import { type Content, contentOf, isSelected, type Selection } from "./selection.ts";
import type { LogSource } from "./verify.ts";

export const formats = ["ndjson", "csv", "ocsf"] as const;
export type Format = (typeof formats)[number];

/** One entry that is exported. */
export interface Exported {
  /** Place in the whole log. */
  readonly position: number;
  readonly shard: string;
  readonly seq: number;
  readonly line: string;
  readonly content: Content;
  readonly standing: Standing;
}

/** `no`: it, or one before it, does not hold. */
type Standing = "sealed" | "unsealed" | "no";

export interface Exporting {
  readonly log: LogSource;
  /** Position of the first row that is walked. */
  readonly start: number;
  readonly selection: Selection;
  readonly report: Report;
  readonly keys: AuditKeys;
  /** Where people are to be named. */
  readonly names?: SubjectNames | undefined;
}

export interface Counts {
  entries: number;
  /** Encrypted entries that were left out, because what is asked for cannot be told without their key. */
  locked: number;
  /** Rows that are no entries; only an export of exact lines without a choice by content has them. */
  unreadable: number;
}

/** The entries that were asked for, in order. */
export function* exported(work: Exporting, counts: Counts): Generator<Exported> {
  const { log, start, selection, report, keys, names } = work;
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = selection;
  const base = selection.shard === undefined ? 0 : start;
  for (const row of log.rows(base + from)) {
    if (row.position - base > to) return;
    const read = contentOf(row.line, keys);
    const content = typeof read === "string" ? read : (names?.resolved(read, row.position) ?? read);
    const chosen = isSelected(selection, content);
    if (content === "unreadable") counts.unreadable += 1;
    else if (chosen === undefined) counts.locked += 1;
    if (row.line === null || chosen !== true) continue;
    counts.entries += 1;
    const place = placeOf(row.line);
    yield {
      position: row.position,
      ...place,
      line: row.line,
      content,
      standing: standingOf(report, { position: row.position, ...place }, start),
    };
  }
}

/** Lenient: a line that does not hold is exported as it is. */
function placeOf(line: string): { readonly shard: string; readonly seq: number } {
  const seq = /"seq":(\d{1,16})/.exec(line)?.[1];
  return {
    shard: /"shard":"(\d{4}-\d{2})"/.exec(line)?.[1] ?? "",
    seq: seq === undefined ? -1 : Number(seq),
  };
}

type Place = Pick<Exported, "position" | "shard" | "seq">;

/** A broken link is noticed one entry behind the one that was most likely changed. */
function standingOf({ verdict, ...said }: Report, { position, shard, seq }: Place, start: number): Standing {
  const { line, sealed } = said;
  const isSuspect = shard === said.shard && seq >= Math.min(...said.suspects);
  if (verdict === "damaged" && (line === null || position >= line - 1 || isSuspect)) return "no";
  return position - start < (sealed.upTo?.entries ?? 0) ? "sealed" : "unsealed";
}

const CSV_HEAD = [
  "position",
  "shard",
  "seq",
  "ts",
  "event",
  "principal",
  "session",
  "credential",
  "correlation",
  "data",
  "leaf",
  "verified",
];

/** What stands before the first entry. */
export function headOf(format: Format): string {
  return format === "csv" ? csvRow(CSV_HEAD) : "";
}

export function textOf(format: Format, one: Exported, deployment: string): string {
  const { line, shard, seq, content, standing } = one;
  if (format === "ndjson") return `${line}\n`;
  const leaf = leafHash(line);
  const entry: AuditEntry | undefined = typeof content === "string" ? undefined : content;
  if (format === "csv") return csvOf(one, leaf, entry);
  const event = ocsfEvent({ deployment, shard, seq, leaf }, entry);
  return `${jsonLine({ ...event, observables: [{ name: "verified", type_id: 99, value: standing }] })}\n`;
}

function csvOf(
  { position, shard, seq, standing }: Exported,
  leaf: string,
  entry: AuditEntry | undefined,
): string {
  const { principal = "", session = "", credential = "", correlation = "" } = entry?.actor ?? {};
  const data = entry === undefined ? "" : unobeyed(canonical(entry.data));
  const words = [entry?.ts ?? "", entry?.event ?? "", principal, session, credential, correlation];
  const said = [...words.map(wholeLine), data];
  return csvRow([String(position), shard, String(seq), ...said, leaf, standing]);
}

/** Files of an export. None is overwritten: an older export may be evidence. */
export interface Files {
  write(text: string): void;
  /** Beside the entries. */
  beside(name: string, bytes: Uint8Array | string): void;
  close(): void;
}

const MODE = 0o640;

/** A folder that holds `entries.<ending>` and what belongs to it. */
export function folderFiles(folder: string, ending: string): Files {
  usable(folder, () => mkdirSync(folder, { recursive: true, mode: 0o750 }));
  return opened(join(folder, `entries.${ending}`), (name) => join(folder, name));
}

/** One file; what belongs to it has its name in front. */
export function singleFile(path: string): Files {
  return opened(path, (name) => `${path}.${name.replaceAll("/", "-")}`);
}

function opened(path: string, besideAt: (name: string) => string): Files {
  const fd = usable(path, () => openSync(path, "wx", MODE));
  const made = new Set<string>();
  return {
    write: (text) => void usable(path, () => writeSync(fd, text)),
    beside: (name, bytes) => {
      const file = besideAt(name);
      const folder = join(file, "..");
      if (!made.has(folder)) usable(folder, () => mkdirSync(folder, { recursive: true, mode: 0o750 }));
      made.add(folder);
      usable(file, () => writeFileSync(file, bytes, { flag: "wx", mode: MODE }));
    },
    close: () => closeSync(fd),
  };
}

function usable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new CountersignError(isThere ? "usage" : "storage", `cannot write ${path}: ${why}`, {
      fix: isThere ? "Name a place where nothing is yet." : "Check free space and permissions.",
      cause,
    });
  }
}
