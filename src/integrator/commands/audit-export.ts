// `countersign audit export`: entries for others, with checkpoints and proofs, from a log that is verified first.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { printable } from "../../core/base/refusal.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { jsonText } from "../terminal/print.ts";
import type { Anchor } from "../audit/anchors.ts";
import {
  type Counts,
  exported,
  type Exported,
  type Exporting,
  type Files,
  folderFiles,
  type Format,
  formats,
  headOf,
  singleFile,
  textOf,
} from "../audit/export.ts";
import { openNames } from "../../io/store/sqlite/subject-names.ts";
import { openProofs } from "../audit/proofs.ts";
import type { Report } from "../audit/report.ts";
import { isByContent, type Selection, selectionFields, selectionOptions } from "../audit/selection.ts";
import type { StoredLog } from "../audit/stored-log.ts";
import { withVerified } from "../audit/verify-state.ts";
import type { World } from "../world.ts";
import { command, namesField, namesOption, placeFields, placeOptions } from "./command.ts";

export const auditExport = command({
  usage: "audit export",
  about: "entries of the audit log as exact lines, CSV or OCSF, with what is needed to verify them elsewhere",
  options: [
    ...placeOptions,
    ...selectionOptions,
    { flags: "--format <format>", about: `${formats.join(", ")} (default: ndjson, the exact lines)` },
    {
      flags: "--out <path>",
      about: "a new file, or a folder (with --proof, or when it ends with a slash); default: standard output",
    },
    namesOption,
    { flags: "--proof", about: "beside each sealed entry a .tlog-proof (C2SP); needs --out" },
  ],
  schema: z.strictObject({
    ...placeFields,
    ...selectionFields,
    format: z.enum(formats).optional(),
    out: z.string().min(1).max(4096).optional(),
    proof: z.boolean().optional(),
    ...namesField,
  }),
  run: (world, _args, options) => exportLog(world, options),
});

interface Options extends Selection {
  readonly repo?: string | undefined;
  readonly state?: string | undefined;
  readonly format?: Format | undefined;
  readonly out?: string | undefined;
  readonly proof?: boolean | undefined;
  readonly names?: boolean | undefined;
}

function exportLog(world: World, options: Options): Promise<number> {
  const { format = "ndjson", out, shard, proof = false } = options;
  if (proof && out === undefined)
    throw new CountersignError("usage", "--proof needs --out: each entry gets a file of its own");
  if (world.terminal.screen && out === undefined && format === "ndjson")
    throw new CountersignError(
      "usage",
      "exact lines hold what agents wrote, as they wrote it, and a terminal would obey it",
      { fix: "Use --out, a pipe, --format csv or ocsf, or countersign audit tail." },
    );
  if (options.names === true && format === "ndjson" && options.actor === undefined)
    throw new CountersignError("usage", "--names needs --format csv or ocsf: exact lines say what they say", {
      fix: "With exact lines, --names is for --actor NAME.",
    });
  return withVerified(world, options, ({ report, stored, anchors, keys, deployment, database }) => {
    const counts: Counts = { entries: 0, locked: 0, unreadable: 0 };
    const { log, rows } = stored;
    if (rows !== undefined) {
      const start = shard === undefined ? 0 : (rows.span(shard)?.first ?? 0);
      const files = out === undefined ? undefined : filesAt(world, out, format, proof);
      const writing = { format, deployment, files, proof, anchors, first: firstOf(rows, report) };
      const names = options.names === true ? openNames(database, keys) : undefined;
      try {
        writeAll(world, { log, start, selection: options, report, keys, names }, counts, writing);
      } finally {
        names?.close();
      }
    }
    tell(world, options, report, counts);
    return report.ok ? 0 : report.verdict === "damaged" ? 1 : 2;
  });
}

/** Positions at which shards begin. */
function firstOf(rows: NonNullable<StoredLog["rows"]>, { shards }: Report): ReadonlyMap<string, number> {
  return new Map(shards.map(({ shard }) => [shard, rows.span(shard)?.first ?? 0]));
}

interface Writing {
  readonly format: Format;
  readonly deployment: string;
  readonly files: Files | undefined;
  readonly proof: boolean;
  readonly anchors: readonly Anchor[];
  readonly first: ReadonlyMap<string, number>;
}

const ENDINGS: Readonly<Record<Format, string>> = { ndjson: "ndjson", csv: "csv", ocsf: "ocsf.ndjson" };

function filesAt(world: World, out: string, format: Format, proof: boolean): Files {
  const path = resolve(world.cwd, out);
  const isFolder =
    proof || out.endsWith("/") || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? folderFiles(path, ENDINGS[format]) : singleFile(path);
}

const CHUNK = 65_536;

function writeAll(world: World, work: Exporting, counts: Counts, writing: Writing): void {
  const { format, deployment, files } = writing;
  const prove = writing.proof && !isBroken(work.report) ? prover(work, writing) : undefined;
  let text = headOf(format);
  const flush = (): void => {
    if (files === undefined) world.terminal.out(text);
    else files.write(text);
    text = "";
  };
  try {
    for (const one of exported(work, counts)) {
      text += textOf(format, one, deployment);
      if (text.length > CHUNK) flush();
      const proof = prove?.(one);
      if (proof !== undefined) files?.beside(`proofs/${one.shard}-${one.seq}.tlog-proof`, proof);
    }
    flush();
    if (files === undefined) return;
    for (const [shard, note] of notesOf(writing.anchors)) files.beside(`${shard}.checkpoint`, note);
    files.beside(
      "report.json",
      `${jsonText({ ...counts, selection: choiceOf(work.selection), report: work.report })}\n`,
    );
  } finally {
    files?.close();
  }
}

/** What was chosen, without where the log is. */
function choiceOf({ from, to, shard, since, until, actor, event, patch }: Selection): Selection {
  return { from, to, shard, since, until, actor, event, patch };
}

function isBroken({ verdict }: Report): boolean {
  return verdict === "damaged";
}

/** The newest checkpoint of each shard that a pinned sealer key signed. */
function notesOf(anchors: readonly Anchor[]): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const sorted = anchors.toSorted((a, b) => b.checkpoint.size - a.checkpoint.size);
  for (const { shard, note, genuine } of sorted)
    if (note !== undefined && !found.has(shard) && genuine().ok) found.set(shard, note);
  return found;
}

/** Only where the log fits its checkpoints, which the report says. */
function prover({ log }: Exporting, { anchors, first }: Writing): (one: Exported) => Uint8Array | undefined {
  const sealed = anchors.filter(({ note, genuine }) => note !== undefined && genuine().ok);
  const best = new Map<string, { size: number; prove: ReturnType<typeof openProofs> }>();
  for (const { shard, checkpoint, note } of sealed.toSorted(
    (a, b) => a.checkpoint.size - b.checkpoint.size,
  )) {
    const start = first.get(shard);
    if (start === undefined || note === undefined) continue;
    const { size } = checkpoint;
    best.set(shard, { size, prove: openProofs(log, start, { size, note }) });
  }
  return ({ shard, seq, line }) => {
    const one = best.get(shard);
    return one !== undefined && seq < one.size ? one.prove(seq, line) : undefined;
  };
}

function tell({ terminal }: World, selection: Selection, report: Report, counts: Counts): void {
  const { entries, locked, unreadable } = counts;
  const word = { holds: "exported", damaged: "DAMAGED", unknown: "not proven" }[report.verdict];
  const style = ({ holds: "green", damaged: "red", unknown: "yellow" } as const)[report.verdict];
  terminal.err(`${terminal.paintErr(style, word)} ${entries} entries; ${printable(report.message)}\n`);
  if (report.verdict === "damaged")
    terminal.err(
      `This export is of a log that does not hold: ${report.code ?? ""}. Look at it: countersign audit verify.\n`,
    );
  if (locked > 0)
    terminal.err(
      `${locked} encrypted entries were left out: without their key nobody can tell what they say.\n`,
    );
  if (unreadable > 0) terminal.err(`${unreadable} rows are no entries.\n`);
  if (isByContent(selection) && report.verdict === "holds")
    terminal.err("Entries were left out by what they say: the lines prove themselves only with --proof.\n");
}
