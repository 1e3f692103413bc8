// Signed notes (C2SP signed-note): text and Ed25519 signature lines, read and verified; nothing here signs.
import { createHash } from "node:crypto";
import { isSignature } from "../attestation/verify.ts";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../base/bytes.ts";

/** Signature types of C2SP: plain Ed25519, and the timestamped one of witnesses. */
const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

/** A key that the operator pinned, under the name that its notes carry. */
export interface NoteKey {
  readonly name: string;
  /** 8 hexadecimal characters. */
  readonly id: string;
  readonly type: number;
  readonly publicKey: Uint8Array;
}

/** Bytes of a note; C2SP asks readers to take 16 signatures, some of which are large. */
export const MAX_NOTE_BYTES = 131_072;
const MAX_SIGNATURES = 64;

/** Non-empty, no space of Unicode, no plus: what a key name may be. */
const NAME = /^[^\s+\p{White_Space}\p{Cc}]{1,200}$/u;

/** The key `name` with this public key. Throws RangeError for a name that no note can carry. */
export function noteKey(name: string, publicKey: Uint8Array, type = ED25519): NoteKey {
  if (!NAME.test(name)) throw new RangeError(`${JSON.stringify(name)} cannot be the name of a key`);
  const digest = createHash("sha256")
    .update(utf8(`${name}\n`))
    .update(Uint8Array.of(type))
    .update(publicKey);
  return { name, id: digest.digest("hex").slice(0, 8), type, publicKey };
}

/** `name+hex(id)+base64(type || key)`, as Go's sumdb/note takes it. */
export function verifierKey({ name, id, type, publicKey }: NoteKey): string {
  return `${name}+${id}+${toBase64(Uint8Array.of(type, ...publicKey))}`;
}

/** Undefined for what is not the verifier key of an Ed25519 key, also when its id is not that of its parts. */
export function parseVerifierKey(text: string): NoteKey | undefined {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  const [, name = "", id = "", coded = ""] = parts ?? [];
  const bytes = fromBase64(coded);
  const type = bytes?.[0];
  if (bytes?.length !== 33 || (type !== ED25519 && type !== COSIGNATURE) || !NAME.test(name))
    return undefined;
  const key = noteKey(name, bytes.slice(1), type);
  return key.id === id ? key : undefined;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: string;
  readonly signature: Uint8Array;
}

export interface ParsedNote {
  /** What was signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Text and signature lines, unverified; undefined when it is no note. */
export function parseNote(bytes: Uint8Array): ParsedNote | undefined {
  const whole = bytes.length > MAX_NOTE_BYTES ? undefined : fromUtf8(bytes);
  // C2SP forbids exactly these.
  if (whole === undefined || /[\x00-\x09\x0b-\x1f]/.test(whole)) return undefined;
  const end = whole.lastIndexOf("\n\n");
  if (end < 0 || !whole.endsWith("\n")) return undefined;
  const lines = whole.slice(end + 2, -1).split("\n");
  const signatures = lines.map(signatureLine);
  if (signatures.length > MAX_SIGNATURES || signatures.some((one) => one === undefined)) return undefined;
  return { text: whole.slice(0, end + 1), signatures: signatures as readonly NoteSignature[] };
}

function signatureLine(line: string): NoteSignature | undefined {
  const [, name = "", coded = ""] = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
  const bytes = fromBase64(coded);
  if (bytes === undefined || bytes.length < 5 || !NAME.test(name)) return undefined;
  return { name, id: Buffer.from(bytes.subarray(0, 4)).toString("hex"), signature: bytes.slice(4) };
}

export function renderNote({ text, signatures }: ParsedNote): Uint8Array {
  const lines = signatures.map(
    ({ name, id, signature }) =>
      `— ${name} ${toBase64(Buffer.concat([Buffer.from(id, "hex"), signature]))}\n`,
  );
  return utf8(`${text}\n${lines.join("")}`);
}

export type OpenedNote =
  | { readonly ok: true; readonly text: string; readonly signers: readonly NoteKey[] }
  | { readonly ok: false; readonly why: string };

/**
 * The text, when at least one of `keys` signed it. A signature of a known key that does not verify makes the whole note
 * worthless; those of unknown keys are passed over (C2SP signed-note, "Signatures"). Strict Ed25519.
 */
export function openNote(bytes: Uint8Array, keys: readonly NoteKey[]): OpenedNote {
  const note = parseNote(bytes);
  if (note === undefined) return { ok: false, why: "it is not a signed note" };
  const message = utf8(note.text);
  const signers = new Map<NoteKey, Uint8Array>();
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((known) => known.name === name && known.id === id && known.type === ED25519);
    if (key === undefined) continue;
    // The same line many times over would make a small file dear to verify.
    const known = signers.get(key);
    if (known !== undefined && Buffer.from(known).equals(signature)) continue;
    if (!isSignature(signature, message, key.publicKey))
      return { ok: false, why: `the signature of ${name} does not verify` };
    signers.set(key, signature);
  }
  return signers.size === 0
    ? { ok: false, why: "no trusted key signed it" }
    : { ok: true, text: note.text, signers: [...signers.keys()] };
}
