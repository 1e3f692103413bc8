// One conversation with a witness about one shard: what it knows, the proof from there on, and its cosignature.
import { type Checkpoint, openCheckpoint } from "../../core/audit/checkpoint.ts";
import {
  cosignedAt,
  knownSize,
  signedAlsoBy,
  withCosignatures,
  witnessRequest,
} from "../../core/audit/cosignature.ts";
import type { NoteKey } from "../../core/audit/note.ts";
import { consistencyProof, type RangeHash } from "../../core/audit/tree.ts";
import type { Answered, Outbound } from "../../io/http/outbound.ts";

export interface Question {
  readonly outbound: Pick<Outbound, "send">;
  /** `<prefix>/add-checkpoint`. */
  readonly url: string;
  readonly key: NoteKey;
  readonly checkpoint: Checkpoint;
  /** The sealer's signed note of that checkpoint. */
  readonly note: Uint8Array;
  readonly ranges: RangeHash;
  /** Size that this witness vouched for last, as far as we know. */
  readonly old: number;
  /** Seconds since 1970 beyond which no cosignature is believed. */
  readonly notAfter: number;
}

export type Witnessed =
  | { readonly kind: "cosigned"; readonly note: Uint8Array; readonly at: number }
  /** It holds more of this log than we do, or another history: somebody's log was set back or forked. */
  | { readonly kind: "contradicted"; readonly code: "ROLLBACK" | "CKPT_ROOT"; readonly why: string }
  /** It does not do this for us: it does not know the log, or not the key that signed. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };

/** Throws OutboundError when it cannot be asked. */
export async function askWitness(question: Question): Promise<Witnessed> {
  const first = await send(question, question.old);
  if (first.status !== 409) return heard(question, first);
  // Its memory decides: ours may be of before a backup, or somebody else asked meanwhile.
  const known = first.body === undefined ? undefined : knownSize(first.body);
  const { size } = question.checkpoint;
  if (known === undefined) return { kind: "failed", why: "it answered with 409 and no size" };
  if (known > size)
    return {
      kind: "contradicted",
      code: "ROLLBACK",
      why: `it has vouched for ${known} entries, and the sealed log has ${size}`,
    };
  if (known === question.old)
    return { kind: "contradicted", code: "CKPT_ROOT", why: `it knows another tree of ${known} entries` };
  return heard(question, await send(question, known));
}

type Answer = Pick<Answered, "status" | "body">;

async function send({ outbound, url, ranges, checkpoint, note }: Question, old: number): Promise<Answer> {
  const proof = consistencyProof(ranges, old, checkpoint.size);
  const body = witnessRequest(old, proof, note);
  return outbound.send(url, { body, type: "text/plain; charset=utf-8" });
}

const refusals: Readonly<Record<number, string>> = {
  403: "it does not trust the key that signed the checkpoint (403)",
  404: "it does not know this log (404)",
};

function heard({ note, key, notAfter }: Question, { status, body }: Answer): Witnessed {
  const refusal = refusals[status];
  if (refusal !== undefined) return { kind: "refused", why: refusal };
  if (status === 422 || status === 409)
    return {
      kind: "contradicted",
      code: "CKPT_ROOT",
      why: `what it knows of this log is not the beginning of ours (${status})`,
    };
  if (status !== 200) return { kind: "failed", why: `it answered with ${status}` };
  if (body === undefined) return { kind: "failed", why: "its answer is too long, or breaks off" };
  const answered = withCosignatures(note, body);
  // Beside its own it may have put any line, also one that would make the note worthless; only its own is kept.
  const cosigned = answered === undefined ? undefined : signedAlsoBy(note, answered, key);
  const at = cosigned === undefined ? undefined : cosignedAt(cosigned, key, notAfter);
  return cosigned === undefined || at === undefined
    ? { kind: "failed", why: "its answer holds no cosignature of the key that was named" }
    : { kind: "cosigned", note: cosigned, at };
}

export type Remembered =
  | { readonly ok: true; readonly checkpoint: Checkpoint | undefined }
  | { readonly ok: false; readonly why: string };

/** What a kept cosigned checkpoint says; it is believed only under the sealer's keys and the witness's. */
export function rememberedCheckpoint(
  bytes: Uint8Array | undefined,
  origin: string,
  sealers: readonly Uint8Array[],
  key: NoteKey,
): Remembered {
  if (bytes === undefined) return { ok: true, checkpoint: undefined };
  const opened = openCheckpoint(bytes, origin, sealers);
  if (!opened.ok) return opened;
  return cosignedAt(bytes, key, Number.MAX_SAFE_INTEGER) === undefined
    ? { ok: false, why: "the witness did not sign it" }
    : { ok: true, checkpoint: opened.checkpoint };
}
