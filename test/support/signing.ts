// Signing in tests: the product's core can only verify, so tests make their envelopes with node:crypto.
import { createPrivateKey, sign } from "node:crypto";
import { preAuthEncoding, renderEnvelope } from "../../src/core/attestation/envelope.ts";
import { parsePublicKey, renderPublicKey, type TrustedKey } from "../../src/core/attestation/key.ts";
import { createPublicKey } from "node:crypto";

/** PKCS#8 header of an Ed25519 private key (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

export interface TestSigner {
  readonly key: TrustedKey;
  readonly pem: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** The bytes of an envelope over `payload`. */
  readonly envelope: (payload: Uint8Array) => Uint8Array;
}

/** A signer with a known seed of 32 bytes, in hexadecimal. */
export function signerOf(seed: string): TestSigner {
  const secret = createPrivateKey({
    key: Buffer.concat([PKCS8, Buffer.from(seed, "hex")]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  const pem = renderPublicKey(spki.subarray(12));
  const key = parsePublicKey(pem, "test key");
  const signed = (message: Uint8Array): Uint8Array => sign(null, message, secret);
  return {
    key,
    pem,
    sign: signed,
    envelope: (payload) =>
      renderEnvelope({ payload, keyid: key.keyid, signature: signed(preAuthEncoding(payload)) }),
  };
}
