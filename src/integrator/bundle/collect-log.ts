// The log's part of a bundle: entries with their proofs, runs of lines, and checkpoints with what links them.
import { passing } from "../../core/audit/about.ts";
import type { Checkpoint } from "../../core/audit/checkpoint.ts";
import { originOf, rootText, shardOf } from "../../core/audit/checkpoint.ts";
import type { IncidentId } from "../../core/audit/incident.ts";
import { consistencyProof, type RangeHash } from "../../core/audit/tree.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { type Counts, exported, type Exported } from "../audit/export.ts";
import { openProofs, openRanges } from "../audit/proofs.ts";
import type { VerifiedState } from "../audit/verify-state.ts";
import { consistencySchema } from "./file.ts";
import { checkpointName, consistencyName, linesName, proofName, sliceName } from "./sealed-log.ts";
import { type Slice, sliceSchema } from "./slice.ts";

export interface Wanted {
  readonly patch: PatchId | null;
  /** Every line from the opening of this incident to its end. */
  readonly incident: IncidentId | null;
  /** What else names a checkpoint of this log. */
  readonly named: readonly Checkpoint[];
}

export interface CollectedLog {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The newest checkpoint, from which the seal on the bundle goes on. */
  readonly newest: Checkpoint;
  /** Calls about the patch whose entries are not among the files. */
  readonly leftOut: number;
}

/** A month that is sealed: all of it, or the newest one up to its checkpoint. */
interface Month {
  readonly shard: string;
  /** Position of its first entry. */
  readonly first: number;
  readonly checkpoint: Checkpoint;
  readonly note: Uint8Array;
  readonly range: RangeHash;
}

export function collectLog(state: VerifiedState, wanted: Wanted): CollectedLog {
  const { kept: entries, leftOut } = fewer(
    wanted.patch === null ? [] : select(state, { patch: wanted.patch }),
  );
  const span = wanted.incident === null ? undefined : incidentSpan(state, wanted.incident);
  const shards = [
    ...entries.map(({ shard }) => shard),
    ...(span === undefined ? [] : [span.opened.shard]),
    ...wanted.named.flatMap(({ origin }) => shardOf(origin, state.deployment) ?? []),
  ];
  const months = monthsFrom(state, shards.toSorted()[0] ?? "");
  const files = new Map<string, Uint8Array>();
  for (const [at, month] of months.entries()) {
    files.set(checkpointName(month.shard), month.note);
    const prove = openProofs(state.stored.log, month.first, {
      size: month.checkpoint.size,
      note: month.note,
    });
    for (const { seq, line } of singleLines(state, month, entries, at === 0))
      if (!isWithin(span, month, seq)) files.set(proofName(month.shard, seq), prove(seq, line));
    for (const [name, bytes] of consistencyFiles(month, wanted.named)) files.set(name, bytes);
    if (span !== undefined)
      for (const [name, bytes] of sliceFiles(state, month, span)) files.set(name, bytes);
  }
  const newest = months.at(-1);
  if (newest === undefined) throw unsealed("nothing of the log");
  return { files, newest: newest.checkpoint, leftOut };
}

const MAX_CALLS = 1000;

/** An agent may ask about its patch as often as it likes, and must not be able to make the bundle too large by that. */
function fewer(entries: readonly Exported[]): {
  readonly kept: readonly Exported[];
  readonly leftOut: number;
} {
  let calls = 0;
  const kept = entries.filter(({ content }) => {
    if (typeof content === "string" || !passing.includes(content.event)) return true;
    calls += 1;
    return calls <= MAX_CALLS;
  });
  return { kept, leftOut: entries.length - kept.length };
}

interface Line {
  readonly seq: number;
  readonly line: string;
}

/** What is about the patch, and at each border the entry that says how the month before ended. */
function singleLines(
  state: VerifiedState,
  { shard, first, checkpoint }: Month,
  entries: readonly Exported[],
  isFirst: boolean,
): readonly Line[] {
  const about = entries.filter((one) => one.shard === shard && one.seq < checkpoint.size);
  return isFirst ? about : [{ seq: 0, line: lineAt(state, first) }, ...about];
}

/** Lines of the run need no proof of their own. */
function isWithin(span: Span | undefined, month: Month, seq: number): boolean {
  const run = span === undefined ? undefined : runOf(span, month);
  return run !== undefined && seq >= run.from && seq < run.to;
}

/** Where an encrypted entry cannot be read, nobody can tell what it is about. */
function select(
  { stored: { log }, report, keys }: VerifiedState,
  selection: { readonly patch?: PatchId; readonly event?: string },
): readonly Exported[] {
  const counts: Counts = { entries: 0, locked: 0, unreadable: 0 };
  const found = [...exported({ log, start: 0, selection, report, keys }, counts)];
  if (counts.locked === 0) return found;
  throw new CountersignError(
    "config_invalid",
    `${counts.locked} entries of the log are encrypted, and their key is not here`,
    {
      fix: "Run it where audit.encryption_key and audit.previous_keys can be read.",
    },
  );
}

interface Span {
  readonly opened: Exported;
  readonly closed: Exported | undefined;
}

function incidentSpan(state: VerifiedState, id: IncidentId): Span {
  const about = select(state, { event: "incident.*" }).filter(
    ({ content }) => typeof content !== "string" && content.data["incident_id"] === id,
  );
  const entry = (event: string): Exported | undefined =>
    about.find(({ content }) => typeof content !== "string" && content.event === event);
  const opened = entry("incident.opened");
  if (opened === undefined) throw unsealed(`the opening of incident ${id}`);
  return { opened, closed: entry("incident.closed") };
}

/** All months from `shard` on. Those before the newest one have to be sealed to their end, so that they link. */
function monthsFrom(
  { stored: { log, rows }, report, anchors, deployment }: VerifiedState,
  shard: string,
): readonly Month[] {
  const sealed = anchors
    .filter(({ note, genuine }) => note !== undefined && genuine().ok)
    .toSorted((a, b) => b.checkpoint.size - a.checkpoint.size);
  const months = report.shards.filter((one) => one.shard >= shard);
  return months.map(({ shard: name, entries }, at): Month => {
    const best = sealed.find((one) => one.shard === name);
    const first = rows?.span(name)?.first;
    const isEnd = at === months.length - 1 || best?.checkpoint.size === entries;
    if (best?.note === undefined || first === undefined || !isEnd) throw unsealed(`the month ${name}`);
    const checkpoint = { ...best.checkpoint, origin: originOf(deployment, name) };
    return { shard: name, first, checkpoint, note: best.note, range: openRanges(log, first) };
  });
}

function lineAt({ stored: { log } }: VerifiedState, position: number): string {
  for (const { line } of log.rows(position)) if (line !== null) return line;
  throw unsealed(`the entry at ${position}`);
}

function* consistencyFiles(
  { shard, checkpoint: { origin, size: to }, range }: Month,
  named: readonly Checkpoint[],
): Generator<readonly [string, Uint8Array]> {
  const sizes = named.filter((one) => one.origin === origin && one.size < to).map(({ size }) => size);
  for (const from of new Set(sizes)) {
    const proof = consistencyProof(range, from, to).map(rootText);
    yield [
      consistencyName(shard, from),
      utf8(canonical(consistencySchema.parse({ shard, from, to, proof }))),
    ];
  }
}

/** Numbers of the month's lines in the time of the incident; undefined when it has none. */
function runOf(
  { opened, closed }: Span,
  { shard, checkpoint }: Pick<Month, "shard" | "checkpoint">,
): Pick<Slice, "from" | "to"> | undefined {
  if (shard < opened.shard || (closed !== undefined && shard > closed.shard)) return undefined;
  return {
    from: shard === opened.shard ? opened.seq : 0,
    to: shard === closed?.shard ? closed.seq + 1 : checkpoint.size,
  };
}

function* sliceFiles(
  { stored: { log } }: VerifiedState,
  { shard, first, checkpoint, range }: Month,
  span: Span,
): Generator<readonly [string, Uint8Array]> {
  const run = runOf(span, { shard, checkpoint });
  if (run === undefined) return;
  const { from, to } = run;
  if (to > checkpoint.size || from >= to) throw unsealed("the time of the incident");
  const lines: string[] = [];
  for (const { line } of log.rows(first + from)) {
    if (lines.length === to - from || line === null) break;
    lines.push(`${line}\n`);
  }
  const stack = complete(from).map(([start, end]) => rootText(range(start, end)));
  const proof = consistencyProof(range, to, checkpoint.size).map(rootText);
  yield [linesName(shard), utf8(lines.join(""))];
  yield [sliceName(shard), utf8(canonical(sliceSchema.parse({ from, to, stack, proof })))];
}

/** The complete subtrees over the first `size` leaves, largest first. */
function complete(size: number): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  let at = 0;
  for (let width = 2 ** 52; width >= 1; width /= 2) {
    if (size - at < width) continue;
    found.push([at, at + width]);
    at += width;
  }
  return found;
}

/** Proof from the newest checkpoint of a bundle to a later one of its month, with what the log holds now. */
export function proofBetween(
  { stored: { log, rows } }: VerifiedState,
  shard: string,
  from: number,
  to: number,
): readonly string[] {
  const first = rows?.span(shard)?.first;
  if (first === undefined) throw unsealed(`the month ${shard}`);
  return consistencyProof(openRanges(log, first), from, to).map(rootText);
}

function unsealed(what: string): CountersignError {
  return new CountersignError("state_unusable", `${what} is not sealed as far as it has to be`, {
    fix: "Let the validator run (countersign up, or countersign doctor tells what is wrong), and try again.",
  });
}
