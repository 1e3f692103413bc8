// What the store keeps of a person beside the log: encrypted under a key of that person alone, so that destroying it is erasure.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { canonical } from "../base/canonical.ts";
import { type AuditKeys, NONCE_BYTES } from "./sealed-line.ts";
import { type Personal, personalSchema, subjectName } from "./subject.ts";

const CIPHER = "aes-256-gcm";
const TAG_BYTES = 16;

/** `for` binds it to its place: a row that was moved to another entry or another person does not open. */
function sealBytes(text: Uint8Array, secret: KeyObject, nonce: Uint8Array, place: string): Uint8Array {
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(utf8(place));
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined for anything that was not sealed so. */
function openBytes(
  ct: Uint8Array,
  secret: KeyObject,
  nonce: Uint8Array,
  place: string,
): Uint8Array | undefined {
  try {
    const end = ct.length - TAG_BYTES;
    const cipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(utf8(place));
    cipher.setAuthTag(ct.subarray(end));
    return Buffer.concat([cipher.update(ct.subarray(0, end)), cipher.final()]);
  } catch {
    return undefined;
  }
}

/** A key as a row holds it: in the clear, or wrapped under the key that the log is encrypted with. */
export interface HeldKey {
  readonly key: Uint8Array;
  /** Names the wrapping key; null: not wrapped. */
  readonly kid: string | null;
}

export function wrapKey(
  bytes: Uint8Array,
  place: string,
  { current }: AuditKeys,
  random: (bytes: number) => Uint8Array,
): HeldKey {
  if (current === undefined) return { key: bytes, kid: null };
  const nonce = random(NONCE_BYTES);
  const ct = sealBytes(bytes, current.secret, nonce, wrapping(place));
  return { key: Buffer.concat([nonce, ct]), kid: current.kid };
}

/** Undefined when the wrapping key is not at hand, or the row is not what was wrapped. */
export function unwrapKey(
  { key, kid }: HeldKey,
  place: string,
  { current, others }: AuditKeys,
): KeyObject | undefined {
  if (kid === null) return createSecretKey(key);
  const wrapper = [current, ...others].find((one) => one?.kid === kid);
  if (wrapper === undefined) return undefined;
  const [nonce, ct] = [key.subarray(0, NONCE_BYTES), key.subarray(NONCE_BYTES)];
  const bytes = openBytes(ct, wrapper.secret, nonce, wrapping(place));
  return bytes === undefined ? undefined : createSecretKey(bytes);
}

const wrapping = (place: string): string => `countersign/subject/key/v1 ${place}`;
const placed = (place: string): string => `countersign/subject/fields/v1 ${place}`;

export function sealFields(
  fields: Personal,
  secret: KeyObject,
  nonce: Uint8Array,
  place: string,
): Uint8Array {
  return sealBytes(utf8(canonical(fields)), secret, nonce, placed(place));
}

export function openFields(
  ct: Uint8Array,
  secret: KeyObject,
  nonce: Uint8Array,
  place: string,
): Personal | undefined {
  const bytes = openBytes(ct, secret, nonce, placed(place));
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    return personalSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** By which a name is found again, and nobody who has only this can say which name it is. */
export function nameIndex(secret: KeyObject, name: string): Uint8Array {
  return createHmac("sha256", secret)
    .update(utf8(subjectName(name)))
    .digest();
}
