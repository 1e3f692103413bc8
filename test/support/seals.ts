// Every checkpoint that the sealer of a state folder ever signed, against the log as it stands there in the end.
import Database from "better-sqlite3";
import { createPublicKey } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, claimedCheckpoint, openCheckpoint } from "../../src/core/audit/checkpoint.ts";
import { Frontier } from "../../src/core/audit/tree.ts";
import type { Digest } from "../../src/core/base/digest.ts";

/** What does not hold: a checkpoint that is no part of the log, or not signed, or a newest one that is not published. */
export function sealFaults(state: string): readonly string[] {
  const pem = readFileSync(join(state, "trust", "sealer.pub.pem"), "utf8");
  const key = createPublicKey(pem).export({ type: "spki", format: "der" }).subarray(-32);
  const history = join(state, "validator", "sealer", "history");
  const shards = existsSync(history) ? readdirSync(history) : [];
  if (shards.length === 0) return ["nothing was ever sealed"];
  const leaves = leavesOf(state);
  return shards.flatMap((shard) => {
    const notes = notesIn(join(history, shard));
    const path = join(state, "exchange", "heads", "sealed", shard, "checkpoint");
    const published = existsSync(path) ? [readFileSync(path)] : [];
    const signed = [...notes, ...published].map((note) => opened(note, key));
    const unsigned = signed
      .filter((one) => one === undefined)
      .map(() => `${shard}: a note that is not signed`);
    const checkpoints = signed.filter((one) => one !== undefined);
    const last = signed.at(-1);
    const largest = Math.max(...checkpoints.map(({ size }) => size));
    const stale =
      published.length === 1 && last?.size === largest
        ? []
        : [`${shard}: ${largest} leaves are sealed, and not published`];
    return [...unsigned, ...stale, ...foreign(shard, checkpoints, leaves.get(shard) ?? [])];
  });
}

/** Checkpoints that are not over the first leaves of this log. */
function foreign(
  shard: string,
  checkpoints: readonly Checkpoint[],
  leaves: readonly Digest[],
): readonly string[] {
  const bySize = checkpoints.toSorted((a, b) => a.size - b.size);
  const tree = new Frontier();
  return bySize.flatMap(({ size, root }) => {
    for (const leaf of leaves.slice(tree.size, size)) tree.append(leaf);
    return tree.size === size && tree.root() === root
      ? []
      : [`${shard}: another tree of ${size} leaves was signed`];
  });
}

function opened(note: Uint8Array, key: Uint8Array): Checkpoint | undefined {
  const origin = claimedCheckpoint(note)?.origin;
  const read = origin === undefined ? undefined : openCheckpoint(note, origin, [key]);
  return read?.ok === true ? read.checkpoint : undefined;
}

/** A sealer that is killed leaves at most its last line torn, which is then of nothing that was published. */
function notesIn(file: string): readonly Buffer[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.flatMap((line) =>
    line.startsWith('"') && line.endsWith('"') ? [Buffer.from(JSON.parse(line) as string)] : [],
  );
}

function leavesOf(state: string): ReadonlyMap<string, readonly Digest[]> {
  const db = new Database(join(state, "gateway", "store.db"), { readonly: true });
  const rows = db
    .prepare<[], { shard: string; leaf: Digest }>(
      "SELECT body ->> '$.shard' AS shard, lower(hex(leaf)) AS leaf FROM audit ORDER BY seq",
    )
    .all();
  db.close();
  return new Map(
    [...Map.groupBy(rows, ({ shard }) => shard)].map(([shard, some]) => [
      shard,
      some.map(({ leaf }) => leaf),
    ]),
  );
}
