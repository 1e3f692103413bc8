// A receipt of the sealed log, opened: the one entry that it proves, or why it proves nothing.
import { parseCanonical } from "../base/canonical.ts";
import { utf8 } from "../base/bytes.ts";
import { type Checkpoint, claimedCheckpoint, shardOf } from "./checkpoint.ts";
import { type AuditEntry, entrySchema } from "./entry.ts";
import { type AuditKeys, openLine, sealedSchema } from "./sealed-line.ts";
import { openProof, parseProof } from "./tlog-proof.ts";

export type EntryReading =
  | { readonly ok: true; readonly entry: AuditEntry }
  | { readonly ok: false; readonly why: string };

export interface ReceiptTerms {
  /** Whose log: checkpoints of every other deployment prove nothing here. */
  readonly deployment: string;
  /** Public keys of the sealer, pinned by the operator. */
  readonly sealers: readonly Uint8Array[];
  /** The entry in a line; encrypted ones need the log's key. */
  readonly read: (line: string) => EntryReading;
}

export type OpenedReceipt =
  | {
      readonly ok: true;
      readonly entry: AuditEntry;
      /** Number of the leaf in its shard. */
      readonly index: number;
      readonly checkpoint: Checkpoint;
    }
  | { readonly ok: false; readonly why: string };

/**
 * The entry, when a sealer's key signed a tree of this deployment's log that holds its line. Which shard it is about is
 * the receipt's own word, and harmless: the key's name is the shard's origin, so only a signature for that shard counts.
 */
export function openReceipt(bytes: Uint8Array, { deployment, sealers, read }: ReceiptTerms): OpenedReceipt {
  const claimed = receiptCheckpoint(bytes);
  if (claimed === undefined) return { ok: false, why: "it is not a tlog-proof with a checkpoint" };
  const shard = shardOf(claimed.origin, deployment);
  if (shard === undefined)
    return { ok: false, why: `it is of the log ${claimed.origin}, not of ${deployment}` };
  const proven = openProof(bytes, claimed.origin, sealers);
  if (!proven.ok) return proven;
  const { line, index, checkpoint } = proven;
  const said = read(line);
  if (!said.ok) return said;
  // A gateway that writes another number into a line than the line's place is not the one that these receipts are of.
  return said.entry.shard === shard && said.entry.seq === index
    ? { ok: true, entry: said.entry, index, checkpoint }
    : { ok: false, why: "its line belongs to another place of the log" };
}

/** The checkpoint that a receipt says it has: unverified. */
export function receiptCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  const proof = parseProof(bytes);
  return proof === undefined ? undefined : claimedCheckpoint(proof.checkpoint);
}

/**
 * The entry in a line, with the keys of an encrypted log. What cannot be read proves nothing to whoever reads: `why` says
 * why a key that the configuration names is not at hand.
 */
export function readReceiptLine(line: string, keys: AuditKeys, why?: string): EntryReading {
  const json = parseCanonical(utf8(line));
  const plain = entrySchema.safeParse(json);
  if (plain.success) return { ok: true, entry: plain.data };
  const sealed = sealedSchema.safeParse(json);
  if (!sealed.success) return { ok: false, why: "its line is not an entry" };
  const opened = openLine(sealed.data, keys);
  if (opened.kind === "opened") return { ok: true, entry: opened.entry };
  return {
    ok: false,
    why:
      opened.kind === "false"
        ? "its line is encrypted, and is not what was encrypted for this place"
        : `its line is encrypted under the key ${sealed.data.kid}, which is not here (${why ?? "audit.encryption_key, audit.previous_keys"})`,
  };
}
