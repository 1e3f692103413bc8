// The one hand that signs: statements of ours, wrapped in DSSE, and nothing else.
import * as ed from "@noble/ed25519";
import { preAuthEncoding, renderEnvelope } from "../../core/attestation/envelope.ts";
import { keyId, type TrustedKey } from "../../core/attestation/key.ts";
import { parsePublication, parseVerdict } from "../../core/attestation/statement.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PrivateKey } from "./key-file.ts";

export interface Signer {
  /** The public half, to recognise our own signatures. */
  readonly key: TrustedKey;
  /** Envelope bytes over the canonical bytes of a verdict or a publication. Throws `key_unusable` for anything else. */
  sign(statement: Uint8Array): Uint8Array;
}

/** Ed25519 (RFC 8032, not prehashed) over the DSSE pre-authentication encoding. */
export function openSigner({ seed, publicKey }: PrivateKey): Signer {
  const key: TrustedKey = { keyid: keyId(publicKey), publicKey };
  return {
    key,
    sign: (payload) => {
      // A key that signs whatever it is handed signs for whoever can hand it something.
      if (!parseVerdict(payload).ok && !parsePublication(payload).ok)
        throw new CountersignError("key_unusable", "asked to sign what is not a statement of ours");
      return renderEnvelope({
        payload,
        keyid: key.keyid,
        signature: ed.sign(preAuthEncoding(payload), seed),
      });
    },
  };
}
