// What is shipped of the log to other machines: where the last entry was, whether the log still has it, and what is sent.
import { z } from "zod";
import { digestSchema } from "../base/digest.ts";
import { type ChainFault, type ChainRow, type ChainState, chainBehind, emptyChain } from "./chain.ts";
import { originOf } from "./checkpoint.ts";
import { shardSchema } from "./heads.ts";

const place = z.int().min(0);

/** The entry that was delivered last: the next one must link to it. */
export const shippedSchema = z.strictObject({
  /** Place in the whole log. */
  position: place,
  shard: shardSchema,
  /** Number within its shard. */
  seq: place,
  leaf: digestSchema,
});
export type Shipped = z.infer<typeof shippedSchema>;

export interface ShipFault {
  readonly code: ChainFault | "ROLLBACK";
  readonly position: number;
  readonly message: string;
}

export type Resumed =
  | { readonly ok: true; readonly state: ChainState }
  | { readonly ok: false; readonly fault: ShipFault };

/**
 * The chain behind the entry that was shipped last, which `row` must still be; from the beginning when there is none. A log
 * that ends before it, or has another entry there, was set back to an older state or replaced: to go on would leave the
 * receiver with two histories, and nobody would be told.
 */
export function resume(shipped: Shipped | undefined, row: ChainRow | undefined): Resumed {
  if (shipped === undefined) return { ok: true, state: emptyChain };
  const { position, leaf } = shipped;
  const no = (code: ShipFault["code"], message: string): Resumed => ({
    ok: false,
    fault: { code, position, message },
  });
  if (row?.position !== position) return no("ROLLBACK", "it was shipped, and the log ends before it");
  const state = chainBehind(row);
  if (row.leaf !== leaf) return no("ROLLBACK", "another entry was shipped from this place");
  return state === undefined
    ? no("LEAF_COLUMN_MISMATCH", "it is not the entry of its stored hash any more")
    : { ok: true, state };
}

/** The entry that `state` is behind of, as it is remembered; undefined at the beginning. */
export function shippedAt({ position, shard, nextSeq, head }: ChainState): Shipped | undefined {
  return shard === undefined ? undefined : { position: position - 1, shard, seq: nextSeq - 1, leaf: head };
}

/**
 * One line of what is sent. `leaf` is SHA-256(0x00 || line): who receives an entry twice knows it by this, and can tell that
 * the line is whole. `entry`: what an encrypted line says, where somebody asked for it and had the key.
 */
export function shippedRecord(deployment: string, shipped: Shipped, line: string, entry?: unknown): string {
  const { shard, seq, leaf } = shipped;
  const origin = originOf(deployment, shard);
  return JSON.stringify({ origin, shard, seq, leaf, line, ...(entry === undefined ? {} : { entry }) });
}
