// Verification of envelopes against pinned keys. Nothing in this folder can sign.
import * as ed from "@noble/ed25519";
import { hash } from "node:crypto";
import { z } from "zod";
import { parseCanonical } from "../base/canonical.ts";
import { refuse, type Result, accept } from "../base/refusal.ts";
import { instantSchema, millisOf } from "../base/time.ts";
import { parseEnvelope, preAuthEncoding } from "./envelope.ts";
import { countsAt } from "./key-life.ts";
import type { TrustedKey } from "./key.ts";

ed.hashes.sha512 = (message) => new Uint8Array(hash("sha512", message, "buffer"));

/** The bytes that were signed, and the pinned key that signed them. */
export interface Verified {
  readonly payload: Uint8Array;
  readonly keyid: string;
}

/**
 * Verify one DSSE envelope. The key is chosen among `keys` by trying; the envelope's keyid is an unauthenticated hint
 * and must merely agree. Strict Ed25519 (RFC 8032 §5.1.7, `zip215: false`): the lenient default accepts signatures
 * that openssl refuses. Callers parse the returned bytes and never look into the envelope again.
 */
export function verifyEnvelope(bytes: Uint8Array, keys: readonly TrustedKey[]): Result<Verified> {
  const envelope = parseEnvelope(bytes);
  if (envelope === undefined)
    return refuse("verdict_invalid", "not a DSSE envelope with exactly one signature");
  const message = preAuthEncoding(envelope.payload);
  for (const key of keys) {
    if (key.keyid !== envelope.keyid) continue;
    if (isSignature(envelope.signature, message, key.publicKey))
      return accept({ payload: envelope.payload, keyid: key.keyid });
  }
  const known = keys.some((key) => key.keyid === envelope.keyid);
  return refuse(
    "verdict_signature",
    known ? "the signature does not verify" : "the key is not a trusted one",
    envelope.keyid,
  );
}

/** Strict Ed25519 over `message`; false for a key that is none. */
export function isSignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** Of a verdict `timeVerified`, of a publication `created`. */
const timedSchema = z.looseObject({
  predicate: z.looseObject({ timeVerified: instantSchema.optional(), created: instantSchema.optional() }),
});

/**
 * Verify the envelope of a verdict or a publication, by a key that was good at the time that the statement names. Such a
 * statement without a time is none, which whoever parses it says.
 */
export function verifyAttestation(bytes: Uint8Array, keys: readonly TrustedKey[]): Result<Verified> {
  const verified = verifyEnvelope(bytes, keys);
  if (!verified.ok) return verified;
  const key = keys.find(({ keyid }) => keyid === verified.value.keyid);
  const signed = key?.life === undefined ? undefined : signedAt(verified.value.payload);
  if (key === undefined || signed === undefined) return verified;
  const counts = countsAt(key, signed);
  return counts.ok ? verified : counts;
}

/** Milliseconds since 1970; undefined when the statement names no time. */
function signedAt(payload: Uint8Array): number | undefined {
  const parsed = timedSchema.safeParse(parseCanonical(payload));
  const time = parsed.data?.predicate.timeVerified ?? parsed.data?.predicate.created;
  return time === undefined ? undefined : millisOf(time);
}
