// Signed evidence: what somebody with a pinned key says about one patch, as an in-toto statement or in EvidenceResult form.
import { z } from "zod";
import { toBase64, utf8 } from "../base/bytes.ts";
import { canonical } from "../base/canonical.ts";
import { type Digest, digestSchema, sha256 } from "../base/digest.ts";
import { gitOidSchema } from "../base/ids.ts";
import { instantSchema } from "../base/time.ts";
import { renderValue, type Value, valueOf } from "../gate/value.ts";

const TYPE = "https://in-toto.io/Statement/v1";
/** Predicate type of the statement, and purpose of the EvidenceResult form: a verdict's signature is never one of these. */
export const EVIDENCE = "https://countersign.dev/attestation/evidence/v1";
/** A larger proof is refused unread. */
export const MAX_EVIDENCE_BYTES = 65_536;
const MAX_PARAMS = 32;

/** Name of a check: the same words that evidence.keys[].checks may name. */
export const checkNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_.-]{0,63}$/, "must be 1 to 64 lower-case letters, digits, _ . or -, a letter first");
const paramSchema = z.union([z.string().max(200), z.int(), z.boolean()]);
export const paramsSchema = z
  .record(z.string().min(1).max(64), paramSchema)
  .refine((params) => Object.keys(params).length <= MAX_PARAMS, `at most ${MAX_PARAMS} parameters`);
export type Params = z.infer<typeof paramsSchema>;

const patchSubject = z.strictObject({
  name: z.literal("patch"),
  digest: z.strictObject({ sha256: digestSchema }),
});
const treeSubject = z.strictObject({
  name: z.literal("result-tree"),
  digest: z.strictObject({ gitTree: gitOidSchema }),
});
/** At least one of both, in this order. */
const subjectSchema = z.union([
  z.tuple([patchSubject, treeSubject]),
  z.tuple([patchSubject]),
  z.tuple([treeSubject]),
]);

/** The whole question and how long the answer holds: replayed for another one, the signature does not count. */
const question = {
  resourceUri: z.string().min(1).max(300),
  check: checkNameSchema,
  params: paramsSchema,
  issued: instantSchema,
  expires: instantSchema,
  /** Random, at least 16 bytes in hexadecimal: two statements of the same answer are two statements. */
  nonce: z.string().regex(/^[0-9a-f]{32,128}$/),
};
export const contextSchema = z.strictObject({ ...question, subject: subjectSchema });
export type EvidenceContext = z.infer<typeof contextSchema>;

export const evidenceStatementSchema = z.strictObject({
  _type: z.literal(TYPE),
  subject: subjectSchema,
  predicateType: z.literal(EVIDENCE),
  predicate: z.strictObject({
    ...question,
    /** The exact value as its canonical JSON text: parsers of statements round numbers. */
    value: z.string().min(1),
  }),
});

const hashSchema = z.strictObject({ algorithm: z.literal("sha256"), value: digestSchema });
export type EvidenceHash = z.infer<typeof hashSchema>;

/** `value` is read by itself, with every digit of its numbers. */
export const resultSchema = z.strictObject({
  value: z.unknown(),
  content_type: z.literal("application/json").optional(),
  evidence_hash: hashSchema,
  evidence_anchor: z
    .strictObject({ anchor_type: z.string().max(40), anchor_value: z.string().max(1000) })
    .optional(),
  context: contextSchema,
  signature: z.strictObject({
    scheme: z.literal("ed25519"),
    key_id: z.string().max(100),
    signature: z.string().max(100),
  }),
});

/** Canonical bytes of the statement that a DSSE envelope carries. Throws ZodError on what no reader would take. */
export function evidenceStatement(context: EvidenceContext, value: Value): Uint8Array {
  const { subject, ...said } = context;
  const predicate = { ...said, value: renderValue(value) };
  const statement = { _type: TYPE, subject, predicateType: EVIDENCE, predicate };
  return utf8(canonical(evidenceStatementSchema.parse(statement)));
}

/** SHA-256 of the value's canonical JSON text. */
export function hashOf(value: Value): EvidenceHash {
  return { algorithm: "sha256", value: sha256(renderValue(value)) };
}

/** What is signed in EvidenceResult form. It begins with `{"context":`, so it can never be read as a DSSE message. */
export function resultMessage(context: EvidenceContext, evidence_hash: EvidenceHash): Uint8Array {
  return utf8(canonical({ purpose: EVIDENCE, context, evidence_hash }));
}

/** The EvidenceResult document: canonical JSON and a line feed. Throws ZodError on what no reader would take. */
export function renderResult(
  context: EvidenceContext,
  value: Value,
  keyid: string,
  signature: Uint8Array,
): Uint8Array {
  const rest = {
    content_type: "application/json",
    evidence_hash: hashOf(value),
    evidence_anchor: { anchor_type: ANCHOR_TYPE, anchor_value: anchorText(context) },
    context,
    signature: { scheme: "ed25519", key_id: keyid, signature: toBase64(signature) },
  };
  resultSchema.parse({ ...rest, value: null });
  const members = Object.entries(rest).map(([name, json]): [string, Value] => [name, valueOf(json)]);
  return utf8(`${renderValue(new Map([...members, ["value", value]]))}\n`);
}

export const ANCHOR_TYPE = "patch_subject";

/** Where signed evidence was found is what it is about: canonical `{patch?, resource, tree?}`. */
export function anchorText({ subject, resourceUri }: EvidenceContext): string {
  return canonical({ ...subjectOf(subject), resource: resourceUri });
}

export interface SubjectDigests {
  readonly patch?: Digest;
  readonly tree?: string;
}

export function subjectOf(subject: EvidenceContext["subject"]): SubjectDigests {
  return Object.assign(
    {},
    ...subject.map((one) =>
      one.name === "patch" ? { patch: one.digest.sha256 } : { tree: one.digest.gitTree },
    ),
  ) as SubjectDigests;
}
