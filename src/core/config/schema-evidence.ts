// The part of the configuration schema about evidence: providers, keys, anchors, and the registry of schemas.
import { z } from "zod";
import { bindings } from "../gate/evidence.ts";
import { providerNames } from "../gate/providers.ts";

const count = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);
const providers = z.array(z.enum(providerNames)).max(providerNames.length);

const instantText = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/);

const evidenceKey = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .describe("Name of the key, for messages."),
  key: z
    .string()
    .regex(
      /^(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{58}[A-Za-z0-9+/=]{2})$/,
      "must be base64 of an Ed25519 public key",
    )
    .describe("Ed25519 public key: the base64 line of its PEM (SPKI), or base64 of its 32 bytes."),
  checks: z
    .array(z.string().regex(/^(?:\*|[a-z][a-z0-9_.-]{0,63})$/))
    .min(1)
    .max(64)
    .describe("Checks that this key may speak about; * is every check."),
  expires: instantText.optional().describe("From then on the key proves nothing."),
  not_before: instantText.optional().describe("What it issued earlier proves nothing."),
  not_after: instantText
    .optional()
    .describe("What it issues from then on proves nothing; what it issued before still does."),
});
export type EvidenceKeyEntry = z.infer<typeof evidenceKey>;

const anchor = z.strictObject({
  provider: z.enum(providerNames).describe("Whose evidence must be anchored."),
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/)
    .describe("Type that the anchor must have."),
  required_fields: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(16)
    .describe("Fields that it must hold, each a text or a number."),
});

const env = z
  .strictObject({
    allow: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/))
      .max(64)
      .describe("Variables that may be asked for."),
  })
  .describe("Provider env.");

const json = z
  .strictObject({
    root: z.string().max(4096).describe("Folder of the files that may be asked for; empty for none."),
    root_id: z
      .string()
      .regex(/^[a-z0-9_-]{1,64}$/)
      .describe("Its name in anchors: the path is not shown."),
    max_bytes: count(1, 16_777_216).describe("Largest file."),
    allow_yaml: z.boolean().describe("Whether .yaml and .yml files are read."),
  })
  .describe("Provider json.");

const http = z
  .strictObject({
    allowed_hosts: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/))
      .max(64)
      .describe("Hosts that may be asked, over https only; an empty list is none."),
    max_bytes: count(1, 16_777_216).describe("Largest answer."),
  })
  .describe("Provider http.");

export const evidence = z
  .strictObject({
    providers: providers.describe("Providers that conditions may ask."),
    accept_claims: z
      .boolean()
      .describe("Whether proposals may carry claims; signed envelopes are none and may always be sent."),
    allow_raw_values: z
      .boolean()
      .describe(
        "Whether any value may be shown in verdicts and to callers; otherwise a keyed hash stands for it.",
      ),
    require_provider_opt_in: z
      .boolean()
      .describe("Whether a value is shown only if raw_providers names its provider."),
    raw_providers: providers.describe("Providers whose values may be shown."),
    timeout_ms: count(100, 30_000).describe("Longest wait for one provider."),
    max_age_seconds: count(60, 2_592_000).describe(
      "Longest life of a signed statement, from issue to expiry.",
    ),
    bind: z
      .enum(bindings)
      .describe(
        "What a signed statement must name: tree, the result tree wherever it is known, so that it holds for one base; or patch, the patch alone, on whatever base.",
      ),
    folder: z
      .string()
      .max(4096)
      .describe("Folder of signed envelopes (*.json) beside those that proposals carry; empty for none."),
    keys: z.array(evidenceKey).max(64).describe("Keys whose signed statements are verified evidence."),
    anchors: z
      .array(anchor)
      .max(providerNames.length)
      .describe("What evidence must be anchored in, by provider."),
    env,
    json,
    http,
  })
  .describe("Where evidence comes from.");

export const schemas = z
  .strictObject({
    require_signing: z
      .boolean()
      .describe("Whether evidence schemas (countersign schema add) must be signed by one of schemas.keys."),
    keys: z
      .array(evidenceKey.pick({ name: true, key: true }))
      .max(16)
      .describe("Keys that may sign evidence schemas."),
  })
  .describe("Registry of evidence schemas.");
