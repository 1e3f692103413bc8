// Signs evidence and evidence schemas, for the operator's own keys: in a CI job there is no state folder and no validator.
import * as ed from "@noble/ed25519";
import { hash } from "node:crypto";
import { preAuthEncoding, renderEnvelope } from "../../core/attestation/envelope.ts";
import {
  type EvidenceContext,
  evidenceStatement,
  hashOf,
  MAX_EVIDENCE_BYTES,
  renderResult,
  resultMessage,
} from "../../core/attestation/evidence.ts";
import { readProof } from "../../core/attestation/read-evidence.ts";
import { keyId } from "../../core/attestation/key.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { Proof } from "../../core/gate/evidence.ts";
import { type EvidenceSchema, MAX_SCHEMA_BYTES, schemaStatement } from "../../core/gate/schema.ts";
import type { Value } from "../../core/gate/value.ts";
import type { PrivateKey } from "./key-file.ts";

ed.hashes.sha512 = (message) => new Uint8Array(hash("sha512", message, "buffer"));

/**
 * The proof that `value` is the answer to what `context` asks, as bytes of one line. Throws `usage` when no reader would
 * take it: what is signed is read back first.
 */
export function signEvidence(
  context: EvidenceContext,
  value: Value,
  form: Proof["form"],
  key: PrivateKey,
): Uint8Array {
  const bytes =
    form === "dsse" ? envelope(evidenceStatement(context, value), key) : result(context, value, key);
  const read = readProof({ form, bytes });
  if (read.ok) return bytes;
  const why =
    bytes.length > MAX_EVIDENCE_BYTES
      ? `of more than ${MAX_EVIDENCE_BYTES} bytes`
      : `at fault (${read.fault})`;
  throw new CountersignError("usage", `the evidence would be ${why}`, {
    fix: "Sign a smaller value: a number, a word or a digest.",
  });
}

/** The envelope of an evidence schema. Throws `usage` when no reader would take it. */
export function signSchema(schema: EvidenceSchema, key: PrivateKey): Uint8Array {
  const bytes = envelope(schemaStatement(schema), key);
  if (bytes.length <= MAX_SCHEMA_BYTES) return bytes;
  throw new CountersignError("usage", `the signed schema would be of more than ${MAX_SCHEMA_BYTES} bytes`);
}

function envelope(payload: Uint8Array, { seed, publicKey }: PrivateKey): Uint8Array {
  const signature = ed.sign(preAuthEncoding(payload), seed);
  return renderEnvelope({ payload, keyid: keyId(publicKey), signature });
}

function result(context: EvidenceContext, value: Value, { seed, publicKey }: PrivateKey): Uint8Array {
  const signature = ed.sign(resultMessage(context, hashOf(value)), seed);
  return renderResult(context, value, keyId(publicKey), signature);
}
