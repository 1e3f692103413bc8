// What of our log is sealed, verified under the sealer's keys and against the log itself: they must never contradict each other.
import { setImmediate as nextTurn } from "node:timers/promises";
import { unrevoked } from "../../core/attestation/key-life.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { type Checkpoint, openCheckpoint, originOf } from "../../core/audit/checkpoint.ts";
import { subtreesOver } from "../../core/audit/subtrees.ts";
import type { RangeHash } from "../../core/audit/tree.ts";
import type { SealedReader } from "../../io/exchange/exchange.ts";
import type { Log } from "../../io/log/log.ts";
import type { LogView, ShardView } from "../../io/store/store.ts";

export interface SealedParts {
  readonly view: LogView;
  readonly sealed: SealedReader;
  readonly deployment: string;
  /** Public keys of the sealer as they are now. */
  readonly sealers: () => readonly TrustedKey[];
  readonly log: Log;
}

export interface SealedShard {
  readonly view: ShardView;
  /** The newest that is known, and part of our log; undefined before the first one. */
  readonly checkpoint: Checkpoint | undefined;
  /** Its signed note. */
  readonly note: Uint8Array;
  readonly range: RangeHash;
}

export interface Contradiction {
  readonly kind: "contradiction";
  readonly reason: "log_cut" | "log_replaced";
  readonly shard: string;
  /** Leaves that are sealed, and that we have. */
  readonly sealed: number;
  readonly entries: number;
}

export type SealedLook =
  | {
      readonly kind: "known";
      readonly shards: readonly SealedShard[];
      /** A long log is not looked through yet: look again soon. */
      readonly more: boolean;
    }
  | Contradiction;

interface Known {
  readonly range: RangeHash;
  /** Leaves whose subtrees are hashed. */
  warm: number;
  /** Bytes that were judged last. */
  judged: Uint8Array | undefined;
  /** Signed, and not compared with our log yet. */
  pending: { readonly checkpoint: Checkpoint; readonly note: Uint8Array } | undefined;
  checkpoint: Checkpoint | undefined;
  note: Uint8Array;
}

/** Leaves that are hashed in one go, and in one look: calls go on between them. */
const STRIDE = 2048;
const BUDGET = 65_536;

/**
 * Remembers what it compared. What the keys do not vouch for any more, and what is gone, is forgotten: it is compared anew,
 * or asked for again, like at a start.
 */
export function openSealedLog(parts: SealedParts): () => Promise<SealedLook> {
  const known = new Map<string, Known>();
  const of = (shard: string): Known => {
    const found = known.get(shard) ?? unknown(parts.view, shard);
    known.set(shard, found);
    return found;
  };
  let trusted = "";
  return async () => {
    let budget = BUDGET;
    const keys = unrevoked(parts.sealers());
    const ids = keys.map(({ keyid }) => keyid).join();
    for (const { shard } of parts.view.shards()) {
      if (ids !== trusted) Object.assign(of(shard), nothing);
      await read(parts, keys, shard, of(shard));
    }
    trusted = ids;
    // Behind the reading: what was sealed by then is in the log by now.
    const views = parts.view.shards();
    for (const view of views) {
      const looked = await compare(of(view.shard), view, budget);
      if (typeof looked !== "number") return looked;
      budget -= looked;
    }
    const shards = views.map((view) => {
      const { checkpoint, note, range } = of(view.shard);
      return { view, checkpoint, note, range };
    });
    return { kind: "known", shards, more: views.some(({ shard }) => of(shard).pending !== undefined) };
  };
}

/** What is pending against our log, as far as `most` leaves go: how many were hashed, or that the two contradict each other. */
async function compare(
  known: Known,
  { shard, entries }: ShardView,
  most: number,
): Promise<Contradiction | number> {
  const { pending } = known;
  if (pending === undefined) return 0;
  const { size, root } = pending.checkpoint;
  const facts = { kind: "contradiction", shard, sealed: size, entries } as const;
  if (size > entries) return { ...facts, reason: "log_cut" };
  const hashed = await warm(known, size, most);
  if (known.warm < size - (size % STRIDE)) return hashed;
  if (known.range(0, size) !== root) return { ...facts, reason: "log_replaced" };
  Object.assign(known, { ...pending, pending: undefined });
  return hashed;
}

const nothing = { judged: undefined, pending: undefined, checkpoint: undefined, note: new Uint8Array() };

function unknown(view: LogView, shard: string): Known {
  const range = subtreesOver((from, count) => view.leaves(shard, from, count));
  return { range, warm: 0, ...nothing };
}

/** A checkpoint that is not signed by a sealer's key, or older than what is known, is none. */
async function read(
  { sealed, deployment, log }: SealedParts,
  sealers: readonly TrustedKey[],
  shard: string,
  known: Known,
): Promise<void> {
  const found = await sealed.checkpoint(shard);
  if (found.kind === "absent") Object.assign(known, nothing);
  if (found.kind !== "found" || isSame(found.bytes, known.judged)) return;
  known.judged = found.bytes;
  const keys = sealers.map(({ publicKey }) => publicKey);
  const opened = openCheckpoint(found.bytes, originOf(deployment, shard), keys);
  if (!opened.ok) {
    log.warn({ shard, why: opened.why }, "the checkpoint of the log is not one of the sealer");
    return;
  }
  const { size, root } = opened.checkpoint;
  const isEqual = size === known.checkpoint?.size;
  // The same key signed two trees of one size: compared with our log like a longer one.
  if (size > (known.checkpoint?.size ?? 0) || (isEqual && root !== known.checkpoint?.root))
    known.pending = { checkpoint: opened.checkpoint, note: found.bytes };
  // The same tree, signed by the next key.
  else if (isEqual) known.note = found.bytes;
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.from(one).equals(other);
}

/** Hashes the subtrees below `size`, at most about `most` leaves of them; how many that were. */
async function warm(known: Known, size: number, most: number): Promise<number> {
  const start = known.warm;
  while (known.warm + STRIDE <= size && known.warm - start < most) {
    known.range(known.warm, known.warm + STRIDE);
    known.warm += STRIDE;
    await nextTurn();
  }
  return known.warm - start;
}
