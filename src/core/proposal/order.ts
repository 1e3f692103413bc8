// The order: one proposal as the gateway hands it to the validator, and the note that closes it.
import { z } from "zod";
import { digestSchema } from "../base/digest.ts";
import { correlationSchema, patchIdSchema } from "../base/ids.ts";
import { instantSchema } from "../base/time.ts";

/** An order file is refused unread beyond this size; the patch in it is at most half of that. */
export const MAX_ORDER_BYTES = 1_048_576;

export const changeTypes = ["code_modification", "test_addition", "refactor", "config_change"] as const;
/** There is no `high`: what its own proposer calls high risk is not proposed through this door. */
export const riskLevels = ["low", "medium"] as const;

/**
 * Evidence that the agent claims. It is always asserted, never verified; the gates decide what that is worth. Fractions
 * are sent as text: canonical JSON of this project knows integers only.
 */
const claimSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/),
  value: z.union([z.string().max(2000), z.int(), z.boolean(), z.null()]),
});
export type Claim = z.infer<typeof claimSchema>;

/**
 * A signed statement that the agent only carries, as text: a DSSE envelope or the EvidenceResult form. It counts for
 * what a pinned key signed, and for nothing else.
 */
const carriedSchema = z.strictObject({ envelope: z.string().min(1).max(16_384) });

export const evidenceSchema = z.union([claimSchema, carriedSchema]);
export type OrderEvidence = z.infer<typeof evidenceSchema>;

export function claimsOf(evidence: readonly OrderEvidence[]): readonly Claim[] {
  return evidence.filter((one) => "name" in one);
}

/** The envelopes' texts, in their order. */
export function carriedOf(evidence: readonly OrderEvidence[]): readonly string[] {
  return evidence.flatMap((one) => ("envelope" in one ? [one.envelope] : []));
}

/** `orders/<patch_id>.json`, canonical JSON. The validator believes nothing in it and recomputes everything. */
export const orderSchema = z.strictObject({
  version: z.literal(1),
  patch_id: patchIdSchema,
  created: instantSchema,
  expires: instantSchema,
  principal: z.string().min(1).max(200),
  session: z.string().min(1).max(64),
  /** The id that the client gave the request, when it gave one. */
  correlation: correlationSchema.optional(),
  /** Digest of the manifest the proposal was made against. */
  base: digestSchema,
  title: z.string().min(1).max(200),
  rationale: z.string().min(1).max(4000),
  change_type: z.enum(changeTypes),
  risk_level: z.enum(riskLevels),
  /** The canonical git-format diff, UTF-8. */
  patch: z.string().min(1).max(MAX_ORDER_BYTES),
  patch_sha256: digestSchema,
  /** SHA-256 of the canonical arguments of the call that proposed it: evaluated equals executed. */
  arguments_sha256: digestSchema,
  evidence: z.array(evidenceSchema).max(32),
  supersedes: patchIdSchema.nullable(),
});
export type Order = z.infer<typeof orderSchema>;

const PUT_ASIDE = "[quarantined]";

/** What is kept in the store of an order with a secret in it: who, when, against what, and the digests. The id of a request is a word of its writer. */
export function withoutWords({ correlation: _correlation, ...order }: Order): Order {
  return { ...order, title: PUT_ASIDE, rationale: PUT_ASIDE, patch: PUT_ASIDE, evidence: [] };
}

/** `orders/<patch_id>.closed.json`: written when a proposal ends without landing, so that nobody lands it later. */
export const closureSchema = z.strictObject({
  version: z.literal(1),
  patch_id: patchIdSchema,
  state: z.enum(["withdrawn", "expired", "superseded"]),
  at: instantSchema,
});
export type Closure = z.infer<typeof closureSchema>;
