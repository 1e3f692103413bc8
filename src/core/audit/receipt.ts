// A receipt of the sealed log, opened: the one entry that it proves, or why it proves nothing.
import { parseCanonical } from "../base/canonical.ts";
import { utf8 } from "../base/bytes.ts";
import { type Checkpoint, claimedCheckpoint, shardOf } from "./checkpoint.ts";
import { type AuditEntry, entrySchema } from "./entry.ts";
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

/** A line that is not encrypted. */
export function readPlainLine(line: string): EntryReading {
  const entry = entrySchema.safeParse(parseCanonical(utf8(line)));
  return entry.success
    ? { ok: true, entry: entry.data }
    : { ok: false, why: "its line is not an entry that can be read here" };
}
