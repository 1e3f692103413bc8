// The arguments of propose-patch, with the limits of the configuration written into the schema.
import { z } from "zod";
import { digestSchema } from "../../core/base/digest.ts";
import { patchIdSchema } from "../../core/base/ids.ts";
import type { Config } from "../../core/config/schema.ts";
import { editSchema } from "../../core/proposal/edits.ts";
import { changeTypes, orderSchema, riskLevels } from "../../core/proposal/order.ts";
import { characters } from "./pieces.ts";

/** Longest wait for a verdict within the call, in seconds. */
const MAX_WAIT_SECONDS = 300;
const MAX_EDITS = 200;

const digest = digestSchema.describe("Digest of the manifest you read the files from.");
const edits = z
  .array(editSchema)
  .min(1)
  .max(MAX_EDITS)
  .describe(
    "Easier than a diff: exact text to replace (must occur once), files to create, delete or rename. Give this or diff.",
  );
const key = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 visible ASCII characters")
  .describe("Repeating a call with the same key and arguments answers the first proposal.");
const evidence = orderSchema.shape.evidence.describe(
  "Claims for the reviewer, {name, value}, such as tests that you ran: never taken as proof. Or {envelope} with signed evidence.",
);

export function proposalInput({ proposal }: Config) {
  const { rationale_min: shortest, rationale_max: longest, max_call_bytes: bytes } = proposal;
  return z
    .strictObject({
      base: digest,
      title: characters(1, 200).describe("One line, for the commit's subject."),
      rationale: characters(shortest, longest).describe("Why, for the person who reviews it."),
      change_type: z.enum(changeTypes),
      risk_level: z.enum(riskLevels),
      diff: z
        .string()
        .min(1)
        .max(bytes)
        .optional()
        .describe("A git-format unified diff and nothing else. Give this or edits."),
      edits: edits.optional(),
      evidence: evidence.optional(),
      idempotency_key: key.optional(),
      supersedes: patchIdSchema.optional().describe("Your earlier proposal that this one replaces."),
      dry_run: z.boolean().optional().describe("Check everything, store nothing."),
      wait_seconds: z
        .int()
        .min(0)
        .max(MAX_WAIT_SECONDS)
        .optional()
        .describe("Wait this long for the verdict."),
    })
    .refine((input) => (input.diff === undefined) !== (input.edits === undefined), {
      path: ["diff"],
      message: "give either diff or edits",
    });
}
export type ProposalInput = z.infer<ReturnType<typeof proposalInput>>;
