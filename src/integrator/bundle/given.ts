// What an attestation key signed before somebody revoked it: nobody's word any more, and still evidence that is handed on as such.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { originOf } from "../../core/audit/checkpoint.ts";
import { accept, type Result } from "../../core/base/refusal.ts";
import { type Attested, openVerdict } from "../git/attested.ts";

export interface Given extends Attested {
  /** When its key was revoked. Whoever has such a key signs what they like. */
  readonly revoked: string | undefined;
}

export function openGiven(envelope: Uint8Array, keys: readonly TrustedKey[]): Result<Given> {
  const opened = openVerdict(envelope, asBefore(keys));
  return opened.ok ? accept({ ...opened.value, revoked: revokedAt(keys, opened.value.keyid) }) : opened;
}

/** The keys within the bounds of their lives, as if none had been revoked. */
export function asBefore(keys: readonly TrustedKey[]): readonly TrustedKey[] {
  return keys.map((key) => {
    if (key.life === undefined) return key;
    const { revoked: _, ...life } = key.life;
    return { ...key, life };
  });
}

export function revokedAt(keys: readonly TrustedKey[], keyid: string): string | undefined {
  return keys.find((key) => key.keyid === keyid && key.life?.revoked !== undefined)?.life?.revoked;
}

/**
 * The log may have got another name (audit.origin) since a verdict named a checkpoint of it. The trees are the same, which the
 * root has to show.
 */
export function asNamed(origin: string, deployment: string): string {
  const [, shard] = /\/audit\/(\d{4}-\d{2})$/.exec(origin) ?? [];
  return shard === undefined ? origin : originOf(deployment, shard);
}
