// Checkpoints of the log (C2SP tlog-checkpoint): origin, size and root of the tree, signed by the sealer as a note.
import { fromBase64, toBase64 } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { type NoteKey, noteKey, openNote, parseNote } from "./note.ts";

export interface Checkpoint {
  /** `<deployment>/audit/<shard>`. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Digest;
}

/** `2026-11`: the name of a month's shard. */
export const shardPattern = /^\d{4}-(?:0[1-9]|1[0-2])$/;

/** Name of one shard of the log; it is also the name of the sealer's key there, as C2SP recommends. */
export function originOf(deployment: string, shard: string): string {
  return `${deployment}/audit/${shard}`;
}

/** The shard in an origin of this deployment; undefined for every other origin. */
export function shardOf(origin: string, deployment: string): string | undefined {
  const prefix = `${deployment}/audit/`;
  const shard = origin.startsWith(prefix) ? origin.slice(prefix.length) : "";
  return shardPattern.test(shard) ? shard : undefined;
}

/** The text that is signed, with its last line feed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${rootText(root)}\n`;
}

/** Base64 of a root, as checkpoints and statements write it. */
export function rootText(root: Digest): string {
  return Buffer.from(root, "hex").toString("base64");
}

export function rootFrom(text: string): Digest | undefined {
  const bytes = fromBase64(text);
  return bytes?.length === 32 ? (Buffer.from(bytes).toString("hex") as Digest) : undefined;
}

/** Undefined for other text. Extension lines are taken, as C2SP asks of readers, and mean nothing here. */
export function parseCheckpointText(text: string): Checkpoint | undefined {
  const [origin = "", size = "", coded = "", ...rest] = text.split("\n");
  const root = rootFrom(coded);
  if (origin === "" || !/^(?:0|[1-9]\d{0,15})$/.test(size) || root === undefined) return undefined;
  if (rest.at(-1) !== "" || rest.slice(0, -1).includes("")) return undefined;
  const leaves = Number(size);
  return Number.isSafeInteger(leaves) ? { origin, size: leaves, root } : undefined;
}

export type OpenedCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly signer: NoteKey }
  | { readonly ok: false; readonly why: string };

/**
 * A checkpoint of the log `origin` that one of the sealer's keys signed. `sealers`: public keys; their names are the
 * origin, so that a checkpoint of one shard never counts for another one.
 */
export function openCheckpoint(
  bytes: Uint8Array,
  origin: string,
  sealers: readonly Uint8Array[],
): OpenedCheckpoint {
  const opened = openNote(
    bytes,
    sealers.map((key) => noteKey(origin, key)),
  );
  if (!opened.ok) return opened;
  const checkpoint = parseCheckpointText(opened.text);
  if (checkpoint === undefined) return { ok: false, why: "it is not a checkpoint" };
  if (checkpoint.origin !== origin)
    return { ok: false, why: `it is about ${checkpoint.origin}, not ${origin}` };
  const [signer] = opened.signers;
  return signer === undefined
    ? { ok: false, why: "no trusted key signed it" }
    : { ok: true, checkpoint, signer };
}

/** What a checkpoint says of itself, unverified: to find out which log and keys it needs. */
export function claimedCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  const note = parseNote(bytes);
  return note === undefined ? undefined : parseCheckpointText(note.text);
}

/** For statements: the same three facts by the names of proof.md. */
export function checkpointFacts({ origin, size, root }: Checkpoint): {
  readonly origin: string;
  readonly size: number;
  readonly rootHash: string;
} {
  return { origin, size, rootHash: toBase64(Buffer.from(root, "hex")) };
}
