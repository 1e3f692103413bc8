// Signed notes: what is none is refused, letter by letter; those of others open.
import { describe, expect, test } from "vitest";
import {
  COSIGNATURE,
  MAX_NOTE_BYTES,
  noteKey,
  openNote,
  parseNote,
  parseVerifierKey,
  renderNote,
  verifierKey,
} from "../../../src/core/audit/note.ts";
import { toBase64, utf8 } from "../../../src/core/base/bytes.ts";
import { signerOf } from "../../support/signing.ts";

const SIGNER = signerOf("05".repeat(32));
const STRANGER = signerOf("06".repeat(32));
const NAME = "example.com/log";
const KEY = noteKey(NAME, SIGNER.key.publicKey);
const TEXT = "one\n\ntwo\n";

const signatureOf = (text: string, signer = SIGNER, name = NAME) => ({
  name,
  id: noteKey(name, signer.key.publicKey).id,
  signature: signer.sign(utf8(text)),
});
const NOTE = renderNote({ text: TEXT, signatures: [signatureOf(TEXT)] });
const noteText = Buffer.from(NOTE).toString();
const said = (text: string): Uint8Array => utf8(text);

describe("what is no note", () => {
  test.each([
    ["nothing", ""],
    ["a text without signatures", "one\n\n"],
    ["no blank line", noteText.replace("\n\n—", "\n—").replace("\n\n", "\n")],
    ["no line feed at the end", noteText.slice(0, -1)],
    ["something behind the signatures", `${noteText}x\n`],
    ["a blank line at the end", `${noteText}\n`],
    ["a hyphen for the dash", noteText.replace("—", "-")],
    ["two spaces", noteText.replace("— ", "—  ")],
    ["no space", noteText.replace("— ", "—")],
    ["a tab in the text", noteText.replace("one", "o\tne")],
    ["a carriage return", noteText.replaceAll("\n", "\r\n")],
    ["a null byte", noteText.replace("one", "o\0ne")],
    ["base64 without padding", noteText.replace(/=+\n$/, "\n")],
    ["base64 of another alphabet", noteText.replace(/\n— (\S+) \S+\n$/, "\n— $1 ____AAAA\n")],
    ["a signature of four bytes", `${TEXT}\n— ${NAME} ${toBase64(Buffer.alloc(4))}\n`],
    ["a plus in a name", `${TEXT}\n— a+b ${toBase64(Buffer.alloc(68))}\n`],
    ["a no-break space in a name", `${TEXT}\n— a\u00a0b ${toBase64(Buffer.alloc(68))}\n`],
    ["65 signatures", `${TEXT}\n${`— ${NAME} ${toBase64(Buffer.alloc(68))}\n`.repeat(65)}`],
  ])("%s", (_, text) => {
    expect(parseNote(said(text))).toBeUndefined();
    expect(openNote(said(text), [KEY])).toEqual({ ok: false, why: "it is not a signed note" });
  });

  test("bytes that are not UTF-8, and more bytes than a note has", () => {
    expect(parseNote(Buffer.concat([Buffer.of(0xff), NOTE]))).toBeUndefined();
    expect(parseNote(utf8(`${"x".repeat(MAX_NOTE_BYTES)}${noteText}`))).toBeUndefined();
  });
});

describe("signatures", () => {
  const why = (bytes: Uint8Array, keys = [KEY]): string => {
    const opened = openNote(bytes, keys);
    return opened.ok ? "opened" : opened.why;
  };

  test.each([
    ["nobody is known", NOTE, [], "no trusted key signed it"],
    [
      "the name of another",
      NOTE,
      [noteKey("example.com/other", SIGNER.key.publicKey)],
      "no trusted key signed it",
    ],
    ["another key of that name", NOTE, [noteKey(NAME, STRANGER.key.publicKey)], "no trusted key signed it"],
    ["a witness's key", NOTE, [noteKey(NAME, SIGNER.key.publicKey, COSIGNATURE)], "no trusted key signed it"],
    [
      "a text that was changed",
      said(noteText.replace("two", "Two")),
      [KEY],
      `the signature of ${NAME} does not verify`,
    ],
    [
      "a known key's broken signature beside a good one",
      renderNote({ text: TEXT, signatures: [signatureOf(TEXT), { ...signatureOf("x\n") }] }),
      [KEY],
      `the signature of ${NAME} does not verify`,
    ],
  ])("%s", (_, bytes, keys, expected) => {
    expect(why(bytes, keys)).toBe(expected);
  });

  test("every byte of a signature counts", () => {
    const { signature } = signatureOf(TEXT);
    for (let at = 0; at < signature.length; at++) {
      const bent = Uint8Array.from(signature);
      bent[at]! ^= 1;
      const bytes = renderNote({ text: TEXT, signatures: [{ ...signatureOf(TEXT), signature: bent }] });
      expect(why(bytes)).toBe(`the signature of ${NAME} does not verify`);
    }
  });

  test("unknown signatures beside a known one are passed over", () => {
    const signatures = [signatureOf("other\n", STRANGER, "example.com/witness"), signatureOf(TEXT)];
    expect(openNote(renderNote({ text: TEXT, signatures }), [KEY])).toEqual({
      ok: true,
      text: TEXT,
      signers: [KEY],
    });
  });

  test("the text ends at the last blank line", () => {
    expect(openNote(NOTE, [KEY])).toMatchObject({ ok: true, text: TEXT });
  });
});

describe("notes and keys of others", () => {
  // Example of C2SP signed-note.
  const poem =
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
  // Example of Go's golang.org/x/mod/sumdb/note.
  const neumann = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const problem =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const signed = `${problem}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

  test("the example of C2SP is read to the letter", () => {
    const parsed = parseNote(said(poem));
    expect(parsed?.text).toBe(poem.slice(0, poem.indexOf("\n\n—") + 1));
    expect(parsed?.signatures).toMatchObject([{ name: "quasimodo.example/salvatore", id: "367ba04b" }]);
    expect(Buffer.from(renderNote(parsed!)).toString()).toBe(poem);
  });

  test("the example of Go opens under its key", () => {
    const key = parseVerifierKey(neumann)!;
    expect(openNote(said(signed), [key])).toMatchObject({ ok: true, text: problem });
    expect(openNote(said(signed.replace("problem is", "problem was")), [key])).toMatchObject({ ok: false });
  });

  test("the verifier key of C2SP, and the other way round", () => {
    const foo = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    expect(verifierKey(parseVerifierKey(foo)!)).toBe(foo);
    expect(verifierKey(parseVerifierKey(neumann)!)).toBe(neumann);
    expect(parseVerifierKey(verifierKey(KEY))).toEqual(KEY);
  });

  test.each([
    ["another id", neumann.replace("c74f20a3", "c74f20a4")],
    ["another name", neumann.replace("Peter", "Petra")],
    ["another key", neumann.replace("ARpc", "ARpd")],
    ["another type", neumann.replace("ARpc", "BRpc")],
    ["an upper-case id", neumann.replace("c74f20a3", "C74F20A3")],
    ["too short", neumann.slice(0, -4)],
    ["no key", "PeterNeumann+c74f20a3+"],
    ["a space in the name", neumann.replace("PeterN", "Peter N")],
    ["nothing", ""],
  ])("no verifier key: %s", (_, text) => {
    expect(parseVerifierKey(text)).toBeUndefined();
  });

  test.each(["", "a b", "a+b", "a\u2003b", "a\nb", "x".repeat(201)])("no key is called %j", (name) => {
    expect(() => noteKey(name, SIGNER.key.publicKey)).toThrow(RangeError);
  });
});

test("the same line of a key again costs no second look; another one of it is looked at", () => {
  let looks = 0;
  const key = {
    ...KEY,
    get publicKey() {
      looks += 1;
      return KEY.publicKey;
    },
  };
  const own = signatureOf(TEXT);
  const again = renderNote({ text: TEXT, signatures: Array.from({ length: 64 }, () => own) });
  expect(openNote(again, [key])).toEqual({ ok: true, text: TEXT, signers: [key] });
  expect(looks).toBe(1);
  const bent = {
    ...own,
    signature: Uint8Array.from(own.signature, (byte, at) => (at === 0 ? byte ^ 1 : byte)),
  };
  expect(openNote(renderNote({ text: TEXT, signatures: [own, own, bent] }), [KEY])).toEqual({
    ok: false,
    why: `the signature of ${NAME} does not verify`,
  });
});
