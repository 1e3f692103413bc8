// `heads/`: leaf hashes that gateways want sealed, and what the sealer made of them: checkpoints, tiles, a heartbeat.
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  headRequestSchema,
  type Heartbeat,
  heartbeatSchema,
  type HeadRequest,
} from "../../../core/audit/heads.ts";
import { shardPattern } from "../../../core/audit/checkpoint.ts";
import { MAX_NOTE_BYTES } from "../../../core/audit/note.ts";
import { TILE } from "../../../core/audit/subtrees.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { makeFolder, removeFiles, replaceFile, storage, writeTemp } from "../../file/durable.ts";
import { readBounded } from "../../file/read.ts";
import type {
  FoundBytes,
  HeadRequestReader,
  HeadRequestWriter,
  SealedReader,
  SealedWriter,
} from "../exchange.ts";
import { HEARTBEAT, MAX_HEARTBEAT_BYTES, MAX_REQUEST_BYTES } from "./names.ts";
import { namesIn, readRecord } from "./record.ts";

const HASH = 32;

const shardsAmong = (names: readonly string[]): readonly string[] =>
  names.filter((name) => shardPattern.test(name)).toSorted();

export function headRequestReader(folder: string): HeadRequestReader {
  return {
    async list() {
      const names = await namesIn(folder);
      return shardsAmong(names.flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -5)] : [])));
    },
    async read(shard) {
      if (!shardPattern.test(shard)) return { kind: "absent" };
      const path = join(folder, `${shard}.json`);
      return readRecord(path, MAX_REQUEST_BYTES, headRequestSchema, (request) => request.shard === shard);
    },
  };
}

export function headRequestWriter(folder: string): HeadRequestWriter {
  return {
    ...headRequestReader(folder),
    async put(request: HeadRequest) {
      const text = canonical(headRequestSchema.parse(request));
      await replaceFile(join(folder, `${request.shard}.json`), utf8(text));
    },
    async remove(shard) {
      if (shardPattern.test(shard)) await removeFiles(folder, [`${shard}.json`]);
    },
  };
}

const CHECKPOINT = "checkpoint";

export function sealedReader(folder: string): SealedReader {
  return {
    async shards() {
      return shardsAmong(await namesIn(folder));
    },
    async checkpoint(shard) {
      if (!shardPattern.test(shard)) return { kind: "absent" };
      return readBounded(join(folder, shard, CHECKPOINT), MAX_NOTE_BYTES);
    },
    async tile(shard, index, width) {
      return shardPattern.test(shard) && Number.isSafeInteger(index) && index >= 0
        ? readTile(tilePath(folder, shard, index), width)
        : { kind: "absent" };
    },
    async heartbeat() {
      return readRecord(join(folder, HEARTBEAT), MAX_HEARTBEAT_BYTES, heartbeatSchema, () => true);
    },
  };
}

/** Between two looks a tile grows at most a few times before the reader is through. */
const LOOKS = 5;

/** The full tile, or the narrowest partial one that is wide enough: a reader may come while the sealer goes on. */
async function readTile(path: string, width: number): Promise<FoundBytes> {
  for (let look = 0; look < LOOKS; look++) {
    const full = readBounded(path, HASH * TILE);
    if (full.kind !== "absent") return checkedTile(full, width);
    const names = (await namesIn(`${path}.p`)).filter((name) => /^[1-9]\d{0,2}$/.test(name));
    const fit = names
      .map(Number)
      .toSorted((a, b) => a - b)
      .find((one) => one >= width);
    // No partial one either, unless the tile has become full since.
    if (fit === undefined) return checkedTile(readBounded(path, HASH * TILE), width);
    const partial = readBounded(join(`${path}.p`, String(fit)), HASH * TILE);
    if (partial.kind !== "absent") return checkedTile(partial, width);
  }
  return { kind: "absent" };
}

function checkedTile(found: FoundBytes, width: number): FoundBytes {
  if (found.kind !== "found") return found;
  const { length } = found.bytes;
  return length % HASH === 0 && length >= width * HASH
    ? found
    : { kind: "damaged", why: `holds ${length} bytes, ${width * HASH} are needed` };
}

/** `…/tile/0/x001/x234/067` for tile 1234067. */
function tilePath(folder: string, shard: string, index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g) ?? [];
  const last = groups.at(-1) ?? "000";
  return join(folder, shard, "tile", "0", ...groups.slice(0, -1).map((group) => `x${group}`), last);
}

export function sealedWriter(folder: string): SealedWriter {
  return {
    ...sealedReader(folder),
    async putTile(shard, index, hashes) {
      const path = tilePath(folder, shard, index);
      const width = hashes.length / HASH;
      const isFull = width === TILE;
      const file = isFull ? path : join(`${path}.p`, String(width));
      await makeFolder(dirname(file));
      await replaceFile(file, hashes);
      // Narrower ones are part of this one. Wider ones are of a crash before their checkpoint, and may never be sealed.
      const others = (await namesIn(`${path}.p`)).filter((name) => isFull || name !== String(width));
      if (others.length > 0) await removeFiles(`${path}.p`, others);
      if (!isFull && existsSync(path)) await removeFiles(dirname(path), [basename(path)]);
    },
    async putCheckpoint(shard, note) {
      await makeFolder(join(folder, shard));
      await replaceFile(join(folder, shard, CHECKPOINT), note);
    },
    async beat(heartbeat: Heartbeat) {
      const path = join(folder, HEARTBEAT);
      const bytes = utf8(canonical(heartbeatSchema.parse(heartbeat)));
      await storage(path, async () => rename(await writeTemp(folder, bytes, false), path));
    },
  };
}
