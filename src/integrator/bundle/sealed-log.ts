// The part of the log in a bundle, examined: checkpoints, the lines they prove, and that all of them are of one history.
import {
  type Checkpoint,
  openCheckpoint,
  originOf,
  rootFrom,
  rootText,
  shardOf,
  shardPattern,
} from "../../core/audit/checkpoint.ts";
import { type AuditEntry, leafHash } from "../../core/audit/entry.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { parseProof } from "../../core/audit/tlog-proof.ts";
import { Frontier, isConsistent, isIncluded } from "../../core/audit/tree.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { parseCanonical } from "../../core/base/canonical.ts";
import type { Digest } from "../../core/base/digest.ts";
import { contentOf } from "../audit/selection.ts";
import { type ConsistencyProof, consistencySchema, MAX_CONTENT } from "./file.ts";
import { hold, needed, type Parts, Unproven } from "./parts.ts";
import { type Slice, sliceSchema } from "./slice.ts";

export interface LogTerms {
  readonly deployment: string;
  /** Public keys of the sealer, from the operator. */
  readonly sealers: readonly Uint8Array[];
  /** Of an encrypted log. */
  readonly keys: AuditKeys;
}

export interface Proven {
  readonly shard: string;
  readonly seq: number;
  readonly line: string;
  /** Undefined: encrypted, and its key is not here. */
  readonly entry: AuditEntry | undefined;
}

export interface Month {
  readonly shard: string;
  /** Entries under its checkpoint. */
  readonly size: number;
  /** The run of lines of it that is in the bundle. */
  readonly slice: Pick<Slice, "from" | "to"> | undefined;
}

export interface SealedLog {
  /** All lines that are proved, by month and number. */
  readonly entries: readonly Proven[];
  /** By time, without a gap. */
  readonly months: readonly Month[];
  /** The checkpoint of the newest month. */
  readonly newest: Checkpoint;
  /** Entries whose content nobody could read here. */
  readonly locked: number;
  /** Whether a checkpoint that stands elsewhere in the bundle is of the same history; else the examination ends. */
  readonly fits: (checkpoint: Checkpoint, where: string) => void;
}

export const checkpointName = (shard: string): string => `log/${shard}.checkpoint`;
export const proofName = (shard: string, seq: number): string => `log/${shard}-${seq}.tlog-proof`;
export const consistencyName = (shard: string, from: number): string => `log/${shard}-${from}.consistency`;
export const sliceName = (shard: string): string => `log/${shard}.slice`;
export const linesName = (shard: string): string => `log/${shard}.ndjson`;

export function examineLog(parts: Parts, terms: LogTerms): SealedLog {
  const shards = [
    ...new Set(
      parts
        .below("log/")
        .map((path) => path.slice(4, 11))
        .filter((shard) => shardPattern.test(shard)),
    ),
  ];
  const found = new Map(shards.map((shard) => [shard, checkpointIn(parts, shard, terms)]));
  const newest = needed([...found.values()].at(-1), "log/", "there is no checkpoint");
  const runs = new Map(
    [...found].map(([shard, { checkpoint }]) => [shard, slicedLines(parts, shard, checkpoint, terms)]),
  );
  const entries = [...found].flatMap(([shard, opened]) => [
    ...provenLines(parts, shard, opened, terms),
    ...(runs.get(shard)?.lines ?? []),
  ]);
  assertLinked(found, entries);
  const fits = (checkpoint: Checkpoint, where: string): void => {
    const shard = shardOf(checkpoint.origin, terms.deployment) ?? "";
    const known = needed(
      found.get(shard)?.checkpoint,
      where,
      `it names ${checkpoint.origin}, of which the bundle has no checkpoint`,
    );
    assertOneHistory(parts, shard, checkpoint, known, where);
  };
  return {
    entries,
    months: [...found].map(([shard, { checkpoint }]) => ({
      shard,
      size: checkpoint.size,
      slice: runs.get(shard)?.slice,
    })),
    newest: newest.checkpoint,
    locked: entries.filter(({ entry }) => entry === undefined).length,
    fits,
  };
}

interface Opened {
  readonly note: Uint8Array;
  readonly checkpoint: Checkpoint;
}

function checkpointIn(parts: Parts, shard: string, { deployment, sealers }: LogTerms): Opened {
  const name = checkpointName(shard);
  const note = needed(parts.take(name), name, "it is missing");
  const opened = openCheckpoint(note, originOf(deployment, shard), sealers);
  if (!opened.ok) throw new Unproven(name, opened.why);
  return { note, checkpoint: opened.checkpoint };
}

/** Each under the checkpoint of its month that lies beside it, and no other: its signature is verified once for all of them. */
function provenLines(
  parts: Parts,
  shard: string,
  { note, checkpoint: { size, root } }: Opened,
  terms: LogTerms,
): readonly Proven[] {
  const names = parts.below(`log/${shard}-`).filter((path) => path.endsWith(".tlog-proof"));
  return names.map((name) => {
    const bytes = needed(parts.take(name), name, "it is missing");
    const { line, index, path, checkpoint } = needed(parseProof(bytes), name, "it is not a tlog-proof");
    hold(Buffer.from(checkpoint).equals(note), name, "it is under another checkpoint than its month's");
    const isProven = isIncluded({ leaf: leafHash(line), index, size, proof: path, root });
    hold(isProven, name, "the checkpoint does not cover this line");
    hold(name === proofName(shard, index), name, `it proves entry ${index}`);
    return entryAt(shard, index, line, terms, name);
  });
}

/** Lines one behind the other: with the roots of what lies before them they have to make the tree that was signed. */
function slicedLines(parts: Parts, shard: string, checkpoint: Checkpoint, terms: LogTerms): Run | undefined {
  const [name, file] = [sliceName(shard), linesName(shard)];
  const bytes = parts.take(name);
  if (bytes === undefined) return undefined;
  const slice = needed(sliceSchema.safeParse(parseCanonical(bytes)).data, name, "it is no such proof");
  const { size } = checkpoint;
  hold(slice.to <= size, name, `it is about ${slice.to} entries, and its checkpoint covers ${size}`);
  const lines = linesIn(needed(parts.take(file, MAX_CONTENT), file, "it is missing"), file);
  hold(
    slice.to - slice.from === lines.length,
    file,
    `it has ${lines.length} lines, not ${slice.to - slice.from}`,
  );
  const tree = frontier(slice.from, slice.stack, name);
  for (const line of lines) tree.append(leafHash(line));
  hold(
    isConsistent({
      from: slice.to,
      to: checkpoint.size,
      fromRoot: tree.root(),
      toRoot: checkpoint.root,
      proof: hashes(slice.proof, name),
    }),
    file,
    `these are not the lines ${slice.from} to ${slice.to - 1} that the checkpoint covers`,
  );
  return { slice, lines: lines.map((line, at) => entryAt(shard, slice.from + at, line, terms, file)) };
}

/** Below what any entry takes: link, time and month alone are more. Empty lines would be hashed by the million. */
const LEAST_LINE = 100;

function linesIn(bytes: Uint8Array, file: string): readonly string[] {
  const text = needed(fromUtf8(bytes), file, "it is not UTF-8");
  hold(text === "" || text.endsWith("\n"), file, "it does not end with a line feed");
  const lines = text.split("\n").slice(0, -1);
  hold(text.length >= LEAST_LINE * lines.length, file, "its lines are too short for entries");
  return lines;
}

interface Run {
  readonly slice: Slice;
  readonly lines: readonly Proven[];
}

function frontier(size: number, stack: readonly string[], where: string): Frontier {
  try {
    return new Frontier(size, hashes(stack, where));
  } catch (cause) {
    if (cause instanceof RangeError) throw new Unproven(where, cause.message);
    throw cause;
  }
}

function hashes(coded: readonly string[], where: string): readonly Digest[] {
  return coded.map((one) => needed(rootFrom(one), where, "a hash of it cannot be read"));
}

function entryAt(shard: string, seq: number, line: string, { keys }: LogTerms, where: string): Proven {
  const content = contentOf(line, keys);
  hold(content !== "unreadable", where, `line ${seq} is no entry`);
  const entry = typeof content === "string" ? undefined : content;
  hold(
    entry === undefined || (entry.shard === shard && entry.seq === seq),
    where,
    `line ${seq} belongs to another place of the log`,
  );
  return { shard, seq, line, entry };
}

/** Months follow one another: the first entry of each says what the one before came to. */
function assertLinked(found: ReadonlyMap<string, Opened>, entries: readonly Proven[]): void {
  const months = [...found];
  for (const [at, [shard]] of months.entries()) {
    const [previous, before] = months[at - 1] ?? [];
    if (previous === undefined || before === undefined) continue;
    const { size, root } = before.checkpoint;
    const opening = entries.find((one) => one.shard === shard && one.seq === 0)?.entry;
    const where = proofName(shard, 0);
    const data = needed(opening, where, `nothing says how ${shard} follows ${previous}`).data;
    hold(
      data["previous"] === previous &&
        data["previous_size"] === size &&
        data["previous_root"] === rootText(root),
      where,
      `${shard} does not follow ${previous} as its checkpoint has it`,
    );
  }
}

/** An older checkpoint of the month: its tree is the beginning of the newer one. */
function assertOneHistory(
  parts: Parts,
  shard: string,
  { size, root }: Checkpoint,
  known: Checkpoint,
  where: string,
): void {
  if (size === known.size) {
    hold(root === known.root, where, `its checkpoint contradicts ${checkpointName(shard)}`);
    return;
  }
  const name = consistencyName(shard, size);
  const bytes = needed(
    parts.take(name),
    where,
    `nothing shows that its checkpoint is older than ${checkpointName(shard)}`,
  );
  const proof = needed(consistencySchema.safeParse(parseCanonical(bytes)).data, name, "it is no such proof");
  assertConsistent(proof, { shard, older: { size, root }, newer: known }, name);
}

export interface Two {
  readonly shard: string;
  readonly older: Pick<Checkpoint, "size" | "root">;
  readonly newer: Pick<Checkpoint, "size" | "root">;
}

export function assertConsistent(said: ConsistencyProof, { shard, older, newer }: Two, where: string): void {
  const [from, to] = [older.size, newer.size];
  const proof = hashes(said.proof, where);
  hold(
    said.shard === shard &&
      said.from === from &&
      said.to === to &&
      isConsistent({ from, to, fromRoot: older.root, toRoot: newer.root, proof }),
    where,
    `the checkpoints of ${from} and ${to} entries are not of one history`,
  );
}
