// What gateway and sealer say to each other: leaf hashes to be sealed, and how the sealer is.
import { z } from "zod";
import { type Digest, digestSchema } from "../base/digest.ts";
import { instantSchema } from "../base/time.ts";
import { shardPattern } from "./checkpoint.ts";

export const shardSchema = z.string().regex(shardPattern, "must be a month like 2026-11");

/** Most leaves in one request, 64 hexadecimal characters each: a backlog takes several. */
export const MAX_REQUEST_LEAVES = 8192;

/**
 * Leaves of one shard from `from` on, as the gateway has them. Nothing but hashes passes: the sealer needs no word of the
 * log to make it impossible to rewrite. Several gateways of one log write the same file; what they say is the same.
 */
export const headRequestSchema = z.strictObject({
  v: z.literal(1),
  shard: shardSchema,
  /** Number of the first leaf here; at most what is sealed already, or nothing can be done with it. */
  from: z.int().min(0),
  /** Lower-case hexadecimal, one behind the other. */
  leaves: z
    .string()
    .regex(/^(?:[0-9a-f]{64})*$/)
    .max(MAX_REQUEST_LEAVES * 64),
  /** The last leaf here is shard.close: nothing follows in this shard. */
  closes: z.boolean(),
  /** Somebody waits for it: to be sealed at once, whatever audit.seal_seconds says. */
  urgent: z.boolean(),
});
export type HeadRequest = z.infer<typeof headRequestSchema>;

export function leavesIn({ leaves }: Pick<HeadRequest, "leaves">): readonly Digest[] {
  return (leaves.match(/.{64}/g) ?? []) as readonly string[] as readonly Digest[];
}

/** Why a sealer does not seal. LOG_REWRITTEN stays until the validator starts again; the others end when leaves prove them over. */
export const sealTroubles = [
  /** Leaves that were sealed are others now: the log was rewritten. */
  "LOG_REWRITTEN",
  /** The gateway begins behind what is sealed: leaves between are missing. */
  "LOG_GAP",
  /** A checkpoint of this sealer's key is ahead of its state: the state was set back. */
  "SEALER_ROLLED_BACK",
  /** A new shard, although the one before was not closed, or an older one. */
  "SHARD_ORDER",
] as const;
export type SealTrouble = (typeof sealTroubles)[number];

/** Written about once a second while the validator lives. A hint: nobody signs it, and alarms only come of its absence. */
export const heartbeatSchema = z.strictObject({
  v: z.literal(1),
  at: instantSchema,
  /** What is sealed; null before the first checkpoint. */
  sealed: z.strictObject({ shard: shardSchema, size: z.int().min(0), root: digestSchema }).nullable(),
  trouble: z.enum(sealTroubles).nullable(),
  /** Orders that wait for a verdict. */
  queue: z.int().min(0),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
