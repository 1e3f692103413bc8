// What the integrator did with a patch: one record for each attempt, for the audit log.
import { z } from "zod";
import { digestSchema } from "../base/digest.ts";
import { gitOidSchema, patchIdSchema } from "../base/ids.ts";
import { refusalSchema } from "../base/refusal.ts";
import { instantSchema } from "../base/time.ts";
import { decisionRecordSchema } from "../gate/record.ts";

/** `landings/<patch_id>.<attempt>.json`. A refused attempt is recorded just like a landing. */
export const landingSchema = z.strictObject({
  version: z.literal(1),
  /** Random UUID of this attempt; makes carrying the record into the log idempotent. */
  attempt: z.uuid(),
  patch_id: patchIdSchema,
  at: instantSchema,
  person: z.string().min(1).max(200),
  confirmed: z.boolean(),
  dry_run: z.boolean(),
  patch_sha256: digestSchema.nullable(),
  /** SHA-256 of the verdict's payload bytes, when a verdict was read. */
  statement_sha256: digestSchema.nullable(),
  /** How the policy's landing gate was decided; missing where it was not asked. */
  decision: decisionRecordSchema.optional(),
  result: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("landed"),
      branch: z.string().max(300),
      commit: gitOidSchema,
      tree: gitOidSchema,
    }),
    z.strictObject({ kind: z.literal("passed") }),
    z.strictObject({ kind: z.literal("refused"), refusal: refusalSchema }),
  ]),
});
export type Landing = z.infer<typeof landingSchema>;
