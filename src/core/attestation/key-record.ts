// What trust/keys.json says of one signing key.
import { z } from "zod";
import { instantSchema } from "../base/time.ts";

export const keyRoles = ["attestation", "sealer"] as const;
/** `attestation` signs verdicts and publications, `sealer` the checkpoints of the log; never one key for both. */
export type KeyRole = (typeof keyRoles)[number];

export const keyRecordSchema = z.strictObject({
  role: z.enum(keyRoles),
  created: instantSchema,
  /** From then on it signs nothing, and nothing that it signed for a later time counts. */
  not_after: instantSchema,
  /** When another key took its place and its private half was destroyed. */
  retired: instantSchema.optional(),
  /** End of the overlap: a statement of a later time does not count. */
  accepted_until: instantSchema.optional(),
  /** When it was given up: from then on nothing that it ever signed counts for landing. */
  revoked: instantSchema.optional(),
});
export type KeyRecord = z.infer<typeof keyRecordSchema>;
