// DSSE v1 envelopes: the pre-authentication encoding and the strict reader of exactly one signature.
import { z } from "zod";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../base/bytes.ts";

export const PAYLOAD_TYPE = "application/vnd.in-toto+json";
/** An envelope larger than this is refused unread. */
export const MAX_ENVELOPE_BYTES = 1_048_576;

const envelopeSchema = z.strictObject({
  payload: z.string().min(4).max(MAX_ENVELOPE_BYTES),
  payloadType: z.literal(PAYLOAD_TYPE),
  // Exactly one: sigstore-go refuses more, and a second signature would raise the question which one counts.
  signatures: z.tuple([z.strictObject({ keyid: z.string().max(100), sig: z.string().max(100) })]),
});

export interface Envelope {
  readonly payload: Uint8Array;
  readonly keyid: string;
  readonly signature: Uint8Array;
}

/** "DSSEv1" SP len(type) SP type SP len(body) SP body, lengths in bytes (DSSE protocol.md). */
export function preAuthEncoding(payload: Uint8Array): Uint8Array {
  const head = utf8(`DSSEv1 ${utf8(PAYLOAD_TYPE).length} ${PAYLOAD_TYPE} ${payload.length} `);
  const whole = new Uint8Array(head.length + payload.length);
  whole.set(head);
  whole.set(payload, head.length);
  return whole;
}

/** The file's bytes: one line of JSON. The payload, not this wrapping, is what digests name. */
export function renderEnvelope(envelope: Envelope): Uint8Array {
  const json = {
    payload: toBase64(envelope.payload),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid: envelope.keyid, sig: toBase64(envelope.signature) }],
  };
  return utf8(`${JSON.stringify(json)}\n`);
}

/** Reads an envelope, or undefined when it is not one in every particular. Nothing is verified here. */
export function parseEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length > MAX_ENVELOPE_BYTES) return undefined;
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = envelopeSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const [only] = parsed.data.signatures;
  const payload = fromBase64(parsed.data.payload);
  const signature = fromBase64(only.sig);
  if (payload === undefined || signature?.length !== 64) return undefined;
  return { payload, keyid: only.keyid, signature };
}
