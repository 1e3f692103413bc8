// What passes between a log and its witness (C2SP tlog-witness, tlog-cosignature): a request, and timestamped signatures.
import { isSignature } from "../attestation/verify.ts";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import type { Digest } from "../base/digest.ts";
import { rootText } from "./checkpoint.ts";
import { COSIGNATURE, type NoteKey, parseNote, renderNote } from "./note.ts";

/** More hashes than a consistency proof of any tree has. */
const MAX_PROOF = 63;
const TIME_BYTES = 8;

/** Body of `POST add-checkpoint`: the size that the witness knows, the proof from there on, and the checkpoint. */
export function witnessRequest(old: number, proof: readonly Digest[], checkpoint: Uint8Array): Uint8Array {
  if (proof.length > MAX_PROOF) throw new RangeError("no consistency proof is that long");
  const head = [`old ${old}`, ...proof.map(rootText), "", ""].join("\n");
  return Buffer.concat([utf8(head), checkpoint]);
}

/** What a cosignature is over, besides the time: the text of the note with its last line feed. */
export function cosignedText(text: string, seconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/**
 * When `key` vouched for the note: seconds since 1970 of its newest cosignature. Undefined when there is none, and when any
 * of that key does not verify or is from a time beyond `notAfter`: a witness that errs once says nothing.
 */
export function cosignedAt(note: Uint8Array, key: NoteKey, notAfter: number): number | undefined {
  const parsed = parseNote(note);
  if (parsed === undefined || key.type !== COSIGNATURE) return undefined;
  const own = parsed.signatures.filter(({ name, id }) => name === key.name && id === key.id);
  const times = own.map(({ signature }) => {
    const seconds = timeOf(signature);
    const isGood =
      seconds !== undefined &&
      seconds <= notAfter &&
      isSignature(signature.subarray(TIME_BYTES), cosignedText(parsed.text, seconds), key.publicKey);
    return isGood ? seconds : Number.NaN;
  });
  // NaN if any of them is.
  const newest = Math.max(...times);
  return Number.isSafeInteger(newest) ? newest : undefined;
}

function timeOf(signature: Uint8Array): number | undefined {
  if (signature.length !== TIME_BYTES + 64) return undefined;
  const seconds = Buffer.from(signature).readBigUInt64BE();
  return seconds > 0n && seconds <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seconds) : undefined;
}

/**
 * `note` with the signature lines that a witness answered; undefined when they are none, or change what was signed. The
 * answer is somebody else's text: only what parses as signature lines of this very note is taken.
 */
export function withCosignatures(note: Uint8Array, answer: Uint8Array): Uint8Array | undefined {
  const lines = fromUtf8(answer);
  const before = parseNote(note);
  if (lines === undefined || before === undefined || !/^(?:— [^\n]+\n)+$/u.test(lines)) return undefined;
  const both = Buffer.concat([note, answer]);
  return parseNote(both)?.text === before.text ? both : undefined;
}

/** `note` with the signatures of `key` in `answered`, and no others that came with them. */
export function signedAlsoBy(note: Uint8Array, answered: Uint8Array, key: NoteKey): Uint8Array | undefined {
  const [before, all] = [parseNote(note), parseNote(answered)];
  if (before === undefined || all === undefined) return undefined;
  const own = all.signatures.slice(before.signatures.length);
  const added = own.filter(({ name, id }) => name === key.name && id === key.id);
  return renderNote({ text: before.text, signatures: [...before.signatures, ...added] });
}

/** The size in the body of a 409; undefined when it says none. */
export function knownSize(answer: Uint8Array): number | undefined {
  const [, digits] = /^(0|[1-9]\d{0,15})\n$/.exec(fromUtf8(answer) ?? "") ?? [];
  const size = Number(digits ?? "none");
  return Number.isSafeInteger(size) ? size : undefined;
}
