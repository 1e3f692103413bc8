// Does the sealed log hold this very verdict: only then can nobody who owns the gateway take it back out unseen.
import { openReceipt, type ReceiptTerms } from "../../core/audit/receipt.ts";
import type { Checkpoint } from "../../core/audit/checkpoint.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import type { FoundBytes } from "../../io/exchange/exchange.ts";

/** What the entry has to say. */
export interface Sealable {
  readonly id: PatchId;
  readonly statement: Digest;
  readonly patch: Digest;
  readonly keyid: string;
}

export interface SealTerms extends ReceiptTerms {
  /** For a landing: sealer keys that have ended. Whoever kept one signs with it a log that never was. */
  readonly ended?: readonly Uint8Array[];
}

/** Sealed once, by a key that has ended since: gateways file the same entry under the key in use. */
export function isOfEndedKey(receipt: Uint8Array, terms: SealTerms): boolean {
  return openReceipt(receipt, { ...terms, sealers: terms.ended ?? [] }).ok;
}

/**
 * The checkpoint that covers the entry of this verdict. The receipt lies where gateways write, so nothing of it is
 * believed but what the sealer signed: a gateway whose owner forges the whole log has no key for that, and a line about
 * something else is refused word by word. A checkpoint names no time: what counts is whether its key is among `terms.sealers`.
 */
export function sealedBy(
  found: FoundBytes,
  { id, statement, patch, keyid }: Sealable,
  terms: SealTerms,
): Result<Checkpoint> {
  if (found.kind === "absent") return refuse("not_sealed", "there is no receipt for the verdict yet", id);
  if (found.kind === "damaged") return refuse("seal_invalid", `the receipt ${found.why}`, id);
  const opened = openReceipt(found.bytes, terms);
  if (!opened.ok && isOfEndedKey(found.bytes, terms))
    return refuse(
      "not_sealed",
      "the receipt is of a sealer's key that has ended, and has to be made anew",
      id,
    );
  if (!opened.ok) return refuse("seal_invalid", `the receipt proves nothing here: ${opened.why}`, id);
  const { event, data } = opened.entry;
  const said: Readonly<Record<string, unknown>> = { event, ...data };
  const wanted = {
    event: "verdict.received",
    patch_id: id,
    statement_sha256: statement,
    patch_sha256: patch,
    keyid,
  };
  const other = Object.entries(wanted).find(([name, value]) => said[name] !== value);
  return other === undefined
    ? accept(opened.checkpoint)
    : refuse("seal_invalid", `the receipt is of another entry: its ${other[0]} differs`, id);
}
