// The sealer's hand: signs checkpoints of our own log, and nothing else.
import * as ed from "@noble/ed25519";
import { keyId, type TrustedKey } from "../../core/attestation/key.ts";
import { checkpointText, parseCheckpointText, shardOf } from "../../core/audit/checkpoint.ts";
import { noteKey, renderNote } from "../../core/audit/note.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PrivateKey } from "./key-file.ts";
import type { LivingKey } from "./living.ts";

export interface SealerHand {
  readonly key: TrustedKey;
  /** Why nothing may be signed now, as at the end of the key; undefined while it may. */
  readonly unfit: () => CountersignError | undefined;
  /** A note over the text of a checkpoint of our deployment. Throws `key_unusable` for anything else, and when the key has ended. */
  sign(text: string): Uint8Array;
}

/** With a life, or in a test without one. */
type SealingKey = PrivateKey & Partial<Pick<LivingKey, "unfit">>;

/** Ed25519 (RFC 8032, not prehashed) over the note's text, as C2SP signed-note has it. The key's name is the origin. */
export function openSealerHand(
  { seed, publicKey, unfit = () => undefined }: SealingKey,
  deployment: string,
): SealerHand {
  return {
    key: { keyid: keyId(publicKey), publicKey },
    unfit,
    sign: (text) => {
      const ended = unfit();
      if (ended !== undefined) throw ended;
      const checkpoint = parseCheckpointText(text);
      const origin = checkpoint?.origin ?? "";
      // A key that signs whatever it is handed signs for whoever can hand it something: not even extension lines pass.
      if (
        checkpoint === undefined ||
        shardOf(origin, deployment) === undefined ||
        checkpointText(checkpoint) !== text
      )
        throw new CountersignError(
          "key_unusable",
          "the sealer was asked to sign what is no checkpoint of its log",
        );
      const { id } = noteKey(origin, publicKey);
      return renderNote({ text, signatures: [{ name: origin, id, signature: ed.sign(utf8(text), seed) }] });
    },
  };
}
