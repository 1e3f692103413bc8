// The one hand that signs: statements of ours, wrapped in DSSE, and nothing else.
import * as ed from "@noble/ed25519";
import { preAuthEncoding, renderEnvelope } from "../../core/attestation/envelope.ts";
import { keyId, type TrustedKey } from "../../core/attestation/key.ts";
import { parsePublication, parseVerdict } from "../../core/attestation/statement.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PrivateKey } from "./key-file.ts";
import type { LivingKey } from "./living.ts";

export interface Signer {
  /** The public half, to recognise our own signatures. */
  readonly key: TrustedKey;
  /** Why nothing may be signed now, as at the end of the key; undefined while it may. */
  readonly unfit: () => CountersignError | undefined;
  /** Envelope bytes over the canonical bytes of a verdict or a publication. Throws `key_unusable` for anything else, and when the key has ended. */
  sign(statement: Uint8Array): Uint8Array;
}

/** With a life, or in a test without one. */
type SigningKey = PrivateKey & Partial<Pick<LivingKey, "unfit">>;

/** Ed25519 (RFC 8032, not prehashed) over the DSSE pre-authentication encoding. */
export function openSigner({ seed, publicKey, unfit = () => undefined }: SigningKey): Signer {
  const key: TrustedKey = { keyid: keyId(publicKey), publicKey };
  return {
    key,
    unfit,
    sign: (payload) => {
      const ended = unfit();
      if (ended !== undefined) throw ended;
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
