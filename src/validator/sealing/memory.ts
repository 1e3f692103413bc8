// What the sealer remembers on its own disk: how far each shard is sealed, and every checkpoint that it ever signed.
import { join } from "node:path";
import { z } from "zod";
import { shardSchema } from "../../core/audit/heads.ts";
import { Frontier } from "../../core/audit/tree.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical, parseCanonical } from "../../core/base/canonical.ts";
import { type Digest, digestSchema } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { namesIn } from "../../io/exchange/files/record.ts";
import { makeFolder, replaceFile, storage, syncPath } from "../../io/file/durable.ts";
import { readBounded } from "../../io/file/read.ts";
import { appendLine, linesBackwards } from "./history.ts";

const sealedShardSchema = z
  .strictObject({
    shard: shardSchema,
    size: z.int().min(1),
    /** Roots of the complete subtrees, largest first: all that is needed to go on. */
    stack: z.array(digestSchema).max(53),
    /** Its last leaf is shard.close. */
    closed: z.boolean(),
    /** The signed note over exactly this tree. */
    note: z.string().max(4096),
  })
  .refine(({ size, stack }) => isTree(size, stack), "size and stack disagree");
export type SealedShard = z.infer<typeof sealedShardSchema>;

const stateSchema = z.strictObject({ v: z.literal(1), shards: z.array(sealedShardSchema) });

/** Some 8 KiB for a shard at most, and twelve of them in a year. */
const MAX_STATE_BYTES = 8_388_608;

export interface Memory {
  /** Oldest first. */
  readonly shards: readonly SealedShard[];
  /** Why the state that is there could not be read, if it could not: then nothing of it counts. */
  readonly damage: string | undefined;
  /** Whether the file is the one that this process read or wrote last. */
  isOwn(): boolean;
  /**
   * Makes `next` the state of its shard, durably. Throws `state_unusable` when the file is not our own any more: somebody
   * put another state in its place, and what is signed next could contradict that one.
   */
  put(next: SealedShard): Promise<void>;
  /** Appends a signed note to the history of its shard, durably, before it is anybody's. */
  remember(shard: string, note: string): Promise<void>;
  /** Notes of the history, newest first, as long as somebody asks. */
  history(shard: string): Iterable<string>;
  /** Shards that have a history. */
  remembered(): Promise<readonly string[]>;
}

/**
 * Only the holder of the validator's lock opens it. `state.json` is replaced whole, the history only grows: a state that
 * was restored from a backup is behind it.
 */
export async function openMemory(folder: string): Promise<Memory> {
  const histories = join(folder, "history");
  await makeFolder(folder, 0o700);
  await makeFolder(histories, 0o700);
  await storage(folder, () => syncPath(folder));
  const path = join(folder, "state.json");
  const found = readState(path);
  let { bytes, shards } = found;
  const isOwn = (): boolean => isSame(readState(path).bytes, bytes);
  return {
    get shards() {
      return shards;
    },
    damage: found.damage,
    isOwn,
    async put(next) {
      const others = shards.filter(({ shard }) => shard !== next.shard);
      const grown = [...others, next].toSorted((a, b) => (a.shard < b.shard ? -1 : 1));
      const text = utf8(canonical(stateSchema.parse({ v: 1, shards: grown })));
      if (!isOwn()) throw exchanged(path);
      await replaceFile(path, text);
      [bytes, shards] = [text, grown];
    },
    remember: (shard, note) => appendLine(histories, shard, JSON.stringify(note)),
    *history(shard) {
      for (const line of linesBackwards(join(histories, shard))) {
        const note = noteIn(line);
        if (note !== undefined) yield note;
      }
    },
    remembered: async () => (await namesIn(histories)).filter((name) => shardSchema.safeParse(name).success),
  };
}

interface StateFile {
  readonly shards: readonly SealedShard[];
  /** Undefined when there is no file. */
  readonly bytes: Uint8Array | undefined;
  readonly damage: string | undefined;
}

function readState(path: string): StateFile {
  const read = readBounded(path, MAX_STATE_BYTES);
  if (read.kind === "absent") return { shards: [], bytes: undefined, damage: undefined };
  if (read.kind === "damaged") return { shards: [], bytes: undefined, damage: read.why };
  const parsed = stateSchema.safeParse(parseCanonical(read.bytes));
  return parsed.success
    ? { shards: parsed.data.shards, bytes: read.bytes, damage: undefined }
    : { shards: [], bytes: read.bytes, damage: "is not a state that a sealer wrote" };
}

/** Compared by content: what somebody put back byte by byte is the same state. */
function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one === undefined || other === undefined ? one === other : Buffer.from(one).equals(other);
}

function isTree(size: number, stack: readonly Digest[]): boolean {
  try {
    return new Frontier(size, stack).size === size;
  } catch {
    return false;
  }
}

/** A line that a crash cut, or that is none of ours, is passed over: its checkpoint was never published. */
function noteIn(line: string): string | undefined {
  try {
    const note: unknown = JSON.parse(line);
    return typeof note === "string" ? note : undefined;
  } catch {
    return undefined;
  }
}

function exchanged(path: string): CountersignError {
  return new CountersignError("state_unusable", `${path} was exchanged while the validator ran`, {
    fix: "Leave it alone, and start the validator again: it compares what is there with all that it ever signed.",
  });
}
