// Whole logs as arrays of rows, to be bent and written into real store files, and seals over them by a throw-away key.
import Database from "better-sqlite3";
import { rmSync } from "node:fs";
import { aboutOf } from "../../src/core/audit/about.ts";
import { originOf } from "../../src/core/audit/checkpoint.ts";
import { type AuditEntry, auditLine, type AuditNote, GENESIS, leafHash } from "../../src/core/audit/entry.ts";
import { closeNote, firstNote, openNote } from "../../src/core/audit/shard.ts";
import { Frontier } from "../../src/core/audit/tree.ts";
import type { Digest } from "../../src/core/base/digest.ts";
import type { SealedWriter } from "../../src/io/exchange/exchange.ts";
import { createSchema } from "../../src/io/store/sqlite/schema.ts";
import { at, patchId } from "./proposals.ts";
import { type SealingKey, signedCheckpoint } from "./sealing.ts";
import { treeOf } from "./tree.ts";

export interface LabRow {
  readonly position: number;
  readonly line: string;
  readonly leaf: Digest;
  readonly about: string | null;
}

export interface LabShard {
  readonly shard: string;
  readonly first: number;
  readonly rows: readonly LabRow[];
}

/** A sound log: months with their numbers of entries, all but the last one closed. `text` makes another, equally sound one. */
export function soundLog(plan: readonly (readonly [shard: string, entries: number])[], text = ""): LabRow[] {
  const rows: LabRow[] = [];
  let before: { shard: string; nextSeq: number; tree: Frontier } | undefined;
  for (const [index, [shard, entries]] of plan.entries()) {
    const tree = new Frontier();
    for (let seq = 0; seq < entries; seq++) {
      const head = rows.at(-1)?.leaf ?? GENESIS;
      const isLast = seq === entries - 1 && index < plan.length - 1;
      const opening = before === undefined ? firstNote() : openNote({ ...before, head, closed: true });
      const note = seq === 0 ? opening : isLast ? closeNote({ nextSeq: seq }) : anyNote(rows.length, text);
      const row = rowOf(rows.length, { shard, seq, prev: head, ...note });
      rows.push(row);
      tree.append(row.leaf);
    }
    before = { shard, nextSeq: entries, tree };
  }
  return rows;
}

function anyNote(n: number, text: string): AuditNote {
  if (n % 7 === 3)
    return {
      event: "verdict.received",
      actor: { principal: "gateway" },
      data: { patch_id: patchId(n), text },
    };
  return {
    event: "call.allowed",
    actor: { principal: `agent-${n % 3}`, session: "s1" },
    data: { n, text, tool: "read-file" },
  };
}

export function rowOf(position: number, entry: Omit<AuditEntry, "v" | "ts">): LabRow {
  const whole: AuditEntry = { v: 1, ts: at(position), ...entry };
  const line = auditLine(whole);
  return { position, line, leaf: leafHash(line), about: aboutOf(whole) };
}

/** Rows from `from` on made anew: each links to the one before, and what opens a shard says how the one before ends. */
export function relinked(rows: readonly LabRow[], from: number): LabRow[] {
  const made = rows.slice(0, from);
  let tree = new Frontier();
  for (const row of made) {
    if (entryIn(row).event === "shard.open") tree = new Frontier();
    tree.append(row.leaf);
  }
  for (const row of rows.slice(from)) {
    const before = made.at(-1);
    const head = before?.leaf ?? GENESIS;
    const entry = entryIn(row);
    const { shard = "", seq = 0 } = before === undefined ? {} : entryIn(before);
    const isOpening = entry.event === "shard.open";
    const opens = isOpening && before !== undefined;
    const data = opens ? openNote({ shard, nextSeq: seq + 1, head, closed: true, tree }).data : entry.data;
    if (isOpening) tree = new Frontier();
    const fresh = rowOf(row.position, { ...entry, data, prev: head });
    // Times stay as they were.
    const line = auditLine({ ...entry, data, prev: head });
    made.push({ ...fresh, line, leaf: leafHash(line) });
    tree.append(leafHash(line));
  }
  return made;
}

export function entryIn({ line }: Pick<LabRow, "line">): AuditEntry {
  return JSON.parse(line) as AuditEntry;
}

/** Positions counted from 0 again, as a log has them into which somebody put a row, or from which one was taken. */
export function renumbered(rows: readonly LabRow[]): LabRow[] {
  return rows.map((row, position) => ({ ...row, position }));
}

export function shardsOf(rows: readonly LabRow[]): readonly LabShard[] {
  const groups = Map.groupBy(rows, (row) => entryIn(row).shard);
  return [...groups].map(([shard, some]) => ({ shard, first: some[0]?.position ?? 0, rows: some }));
}

/** A store file that holds these rows and nothing else, with the schema to the letter. */
export function writeLog(path: string, rows: readonly LabRow[]): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  const db = new Database(path);
  db.pragma("synchronous = OFF");
  // As whoever owns the file can.
  db.pragma("ignore_check_constraints = ON");
  createSchema(db);
  const insert = db.prepare("INSERT INTO audit(seq, body, leaf, about) VALUES (?, ?, unhex(?), ?)");
  db.transaction(() => {
    for (const { position, line, leaf, about } of rows) insert.run(position, line, leaf, about);
  })();
  db.close();
}

export function rootAt(rows: readonly LabRow[], size: number): Digest {
  return treeOf(rows.slice(0, size).map(({ leaf }) => leaf)).root();
}

/** What the sealer signs when it has seen `size` entries of a shard. */
export function sealOf(
  deployment: string,
  { shard, rows }: LabShard,
  size: number,
  key: SealingKey,
): Uint8Array {
  return signedCheckpoint({ origin: originOf(deployment, shard), size, root: rootAt(rows, size) }, key);
}

/** Tiles and checkpoint of a shard, as the sealer leaves them beside the log. */
export async function sealBeside(
  sealed: SealedWriter,
  deployment: string,
  shard: LabShard,
  size: number,
  key: SealingKey,
): Promise<void> {
  const leaves = Buffer.from(
    shard.rows
      .slice(0, size)
      .map(({ leaf }) => leaf)
      .join(""),
    "hex",
  );
  for (let at = 0; at * 8192 < leaves.length; at++)
    await sealed.putTile(shard.shard, at, leaves.subarray(at * 8192, at * 8192 + 8192));
  await sealed.putCheckpoint(shard.shard, sealOf(deployment, shard, size, key));
}
