// Offline proof that one line is in the sealed log (C2SP tlog-proof): index, path, checkpoint, and the line as extra data.
import { fromBase64, fromUtf8, toBase64, utf8 } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { type Checkpoint, openCheckpoint, rootFrom, rootText } from "./checkpoint.ts";
import { leafHash } from "./entry.ts";
import { MAX_NOTE_BYTES } from "./note.ts";
import { isIncluded } from "./tree.ts";

const HEADER = "c2sp.org/tlog-proof@v1";
const EXTRA = "extra ";
const MAX_PATH = 63;
/** A line of 64 KiB in base64, a path, and a note. */
export const MAX_PROOF_BYTES = 262_144;

export interface TlogProof {
  /** The exact line of the entry. Unauthenticated by itself: its leaf hash is what the path proves. */
  readonly line: string;
  readonly index: number;
  readonly path: readonly Digest[];
  /** The signed note, as the sealer wrote it. */
  readonly checkpoint: Uint8Array;
}

export function renderProof({ line, index, path, checkpoint }: TlogProof): Uint8Array {
  const head = [HEADER, `extra ${toBase64(utf8(line))}`, `index ${index}`, ...path.map(rootText), ""];
  return Buffer.concat([utf8(`${head.join("\n")}\n`), checkpoint]);
}

/** Unverified parts; undefined when it is no such proof. */
export function parseProof(bytes: Uint8Array): TlogProof | undefined {
  const text = bytes.length > MAX_PROOF_BYTES ? undefined : fromUtf8(bytes);
  const end = text?.indexOf("\n\n") ?? -1;
  if (text === undefined || end < 0) return undefined;
  const [header, extra = "", place = "", ...coded] = text.slice(0, end).split("\n");
  const [line, index] = [lineIn(extra), indexIn(place)];
  const path = coded.flatMap((hash) => rootFrom(hash) ?? []);
  const checkpoint = utf8(text.slice(end + 2));
  if (header !== HEADER || line === undefined || index === undefined) return undefined;
  if (path.length !== coded.length || path.length > MAX_PATH) return undefined;
  return checkpoint.length > MAX_NOTE_BYTES ? undefined : { line, index, path, checkpoint };
}

function lineIn(extra: string): string | undefined {
  const bytes = extra.startsWith(EXTRA) ? fromBase64(extra.slice(EXTRA.length)) : undefined;
  return bytes === undefined ? undefined : fromUtf8(bytes);
}

function indexIn(place: string): number | undefined {
  const [, digits] = /^index (0|[1-9]\d{0,15})$/.exec(place) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export type ProvenLine =
  | { readonly ok: true; readonly line: string; readonly index: number; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly why: string };

/** The line, when a sealer's key signed a tree of the log `origin` that holds it at this index. */
export function openProof(bytes: Uint8Array, origin: string, sealers: readonly Uint8Array[]): ProvenLine {
  const proof = parseProof(bytes);
  if (proof === undefined) return { ok: false, why: "it is not a tlog-proof" };
  const opened = openCheckpoint(proof.checkpoint, origin, sealers);
  if (!opened.ok) return { ok: false, why: `its checkpoint: ${opened.why}` };
  const { checkpoint } = opened;
  const { line, index, path } = proof;
  const { size, root } = checkpoint;
  return isIncluded({ leaf: leafHash(line), index, size, proof: path, root })
    ? { ok: true, line, index, checkpoint }
    : { ok: false, why: "the checkpoint does not cover this line" };
}
