// Public Ed25519 keys: SPKI PEM reading with load-time checks, and the OpenSSH fingerprint that serves as keyid.
import * as ed from "@noble/ed25519";
import { createHash } from "node:crypto";
import { fromBase64, toBase64 } from "../base/bytes.ts";
import { CountersignError } from "../base/failure.ts";
import type { KeyRecord } from "./key-record.ts";

/** A key that the operator pinned. `keyid` is computed from it here, never taken from an envelope. */
export interface TrustedKey {
  readonly keyid: string;
  readonly publicKey: Uint8Array;
  /** Its record in trust/keys.json; undefined when it has none. */
  readonly life?: KeyRecord;
}

/** SPKI header of an Ed25519 public key (RFC 8410): SEQUENCE, AlgorithmIdentifier 1.3.101.112, BIT STRING of 32 bytes. */
const SPKI_HEADER = Buffer.from("302a300506032b6570032100", "hex");

/** `SHA256:<base64 without padding>` as `ssh-keygen -lf` prints: the only keyid that cosign and sigstore-go accept. */
export function keyId(publicKey: Uint8Array): string {
  const name = Buffer.from("ssh-ed25519");
  const blob = Buffer.concat([uint32(name.length), name, uint32(publicKey.length), publicKey]);
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

export function renderPublicKey(publicKey: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${toBase64(Buffer.concat([SPKI_HEADER, publicKey]))}\n-----END PUBLIC KEY-----\n`;
}

/** One line of an OpenSSH public key file, for `ssh-keygen -lf`. */
export function renderSshKey(publicKey: Uint8Array, comment: string): string {
  const name = Buffer.from("ssh-ed25519");
  const blob = Buffer.concat([uint32(name.length), name, uint32(publicKey.length), publicKey]);
  return `ssh-ed25519 ${blob.toString("base64")} ${comment}\n`;
}

/**
 * Reads an SPKI PEM. Refuses encodings that are not canonical, points off the curve and points of small order: under
 * such a key one signature is valid for many messages. Throws `key_unusable`.
 */
export function parsePublicKey(pem: string, name: string): TrustedKey {
  const body = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PUBLIC KEY-----\n?$/.exec(
    pem.replaceAll("\r\n", "\n"),
  );
  const der = body?.[1] === undefined ? undefined : fromBase64(body[1].replaceAll("\n", ""));
  if (der?.length !== 44 || !Buffer.from(der.subarray(0, 12)).equals(SPKI_HEADER))
    throw bad(name, "is not an Ed25519 public key (SPKI PEM)");
  const publicKey = der.slice(12);
  let point: ed.Point;
  try {
    point = ed.Point.fromBytes(publicKey, false);
  } catch (cause) {
    throw bad(name, "is not a point on the curve", cause);
  }
  if (point.isSmallOrder()) throw bad(name, "is a point of small order");
  // An honest key has no such part, and under one that has, verifiers disagree (with and without the cofactor).
  if (!point.isTorsionFree()) throw bad(name, "has a part of small order");
  return { keyid: keyId(publicKey), publicKey };
}

function bad(name: string, what: string, cause?: unknown): CountersignError {
  return new CountersignError("key_unusable", `public key ${name} ${what}`, {
    fix: "Replace it with the validator's public key.",
    cause,
  });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
