// The decision record: how a gate came to its answer, for the attestation and for landings; it can be followed offline.
import { z } from "zod";
import { instantSchema } from "../base/time.ts";
import { lanes } from "../identity/scope.ts";
import { logics } from "./condition.ts";
import { providerNames } from "./providers.ts";

export const MAX_CONDITIONS = 128;
export const conditionIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, "must be 1 to 40 lower-case letters, digits, _ or -, a letter first");

const state = z.enum(["true", "false", "unknown"]);

const conditionRecordSchema = z.strictObject({
  id: conditionIdSchema,
  provider: z.enum(providerNames),
  check: z.string().max(60),
  state,
  /** The lane that the evidence came in; null where there was none. */
  lane: z.enum(lanes).nullable(),
  min_lane: z.enum(lanes),
  /** Exactly one code where the state is not true. */
  reason: z.string().max(40).nullable(),
  detail: z.string().max(80).nullable(),
  /** HMAC-SHA-256 of the exact value under the validator's disclosure key: a plain hash of `true` could be guessed. */
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** The exact value as JSON text, where policy and provider both disclose it. */
  value: z.string().max(4000).nullable(),
  /** Key that signed it. */
  keyid: z.string().max(100).nullable(),
});
export type ConditionRecord = z.infer<typeof conditionRecordSchema>;

export const decisionRecordSchema = z.strictObject({
  gate: z.string().max(40),
  state,
  logic: z.enum(logics),
  min_lane: z.enum(lanes),
  /** Until when dev.permissive lowers the minimum; null when it does not. */
  permissive_until: instantSchema.nullable(),
  /** The requirement tree as canonical JSON text: statements are read by parsers that dislike deep nesting. */
  require: z.string().max(65_536),
  conditions: z.array(conditionRecordSchema).max(MAX_CONDITIONS),
});
export type DecisionRecord = z.infer<typeof decisionRecordSchema>;
