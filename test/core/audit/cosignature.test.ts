// Cosignatures: a witness's word is a signature over the very text and a time; anything else is none.
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  cosignedAt,
  cosignedText,
  knownSize,
  withCosignatures,
  witnessRequest,
} from "../../../src/core/audit/cosignature.ts";
import { COSIGNATURE, type NoteKey, noteKey, renderNote } from "../../../src/core/audit/note.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { sha256 } from "../../../src/core/base/digest.ts";

const pair = generateKeyPairSync("ed25519");
const publicKey = pair.publicKey.export({ format: "der", type: "spki" }).subarray(12);
const key = noteKey("witness.example/w", publicKey, COSIGNATURE);
const text = "log.example\n7\nroot\n";
const own = { name: "log.example", id: "01020304", signature: new Uint8Array(64) };

function line(
  over: string,
  seconds: bigint,
  by: NoteKey = key,
): { name: string; id: string; signature: Uint8Array } {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(seconds);
  const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${over}`);
  return { name: by.name, id: by.id, signature: Buffer.concat([time, sign(null, message, pair.privateKey)]) };
}
const noteWith = (...lines: readonly ReturnType<typeof line>[]): Uint8Array =>
  renderNote({ text, signatures: [own, ...lines] });

test("what is signed has the form of C2SP, to the byte", () => {
  expect(Buffer.from(cosignedText(text, 1_700_000_000)).toString()).toBe(
    "cosignature/v1\ntime 1700000000\nlog.example\n7\nroot\n",
  );
});

describe("no cosignature", () => {
  const good = line(text, 100n);
  const change = (at: number): Uint8Array => {
    const bytes = Uint8Array.from(good.signature);
    bytes[at]! ^= 1;
    return bytes;
  };
  test.each<[string, Uint8Array, NoteKey?]>([
    ["none at all", noteWith()],
    ["over another text", noteWith(line(`${text}more\n`, 100n))],
    ["from the future", noteWith(line(text, 1001n))],
    ["time zero, which is none", noteWith(line(text, 0n))],
    ["a time beyond what numbers hold", noteWith(line(text, 2n ** 63n))],
    ["another time in front", noteWith({ ...good, signature: change(7) })],
    ["a changed signature", noteWith({ ...good, signature: change(40) })],
    ["a signature without a time", noteWith({ ...good, signature: good.signature.subarray(8) })],
    ["one good and one that is not", noteWith(good, line("another\n", 200n))],
    ["under another name", noteWith({ ...good, name: "witness.example/x" })],
    ["under another id", noteWith({ ...good, id: "00000000" })],
    ["of a key for plain signatures", noteWith(good), noteKey(key.name, publicKey)],
    ["no note", utf8("noise")],
  ])("%s", (_, note, by = key) => {
    expect(cosignedAt(note, by, 1000)).toBeUndefined();
  });
});

test("of several the newest time counts", () => {
  expect(cosignedAt(noteWith(line(text, 100n), line(text, 900n), line(text, 5n)), key, 1000)).toBe(900);
});

describe("a witness's answer", () => {
  const lineText = Buffer.from(renderNote({ text: "x\n", signatures: [line(text, 100n)] }))
    .toString()
    .slice(3);
  test("is put behind the lines that are there", () => {
    const both = withCosignatures(noteWith(), utf8(lineText));
    expect(both).toEqual(Buffer.from(noteWith(line(text, 100n))));
  });

  test.each([
    ["nothing", ""],
    ["words", "thanks\n"],
    ["no line feed at its end", lineText.trimEnd()],
    ["an empty line before it", `\n${lineText}`],
    ["an empty line behind it", `${lineText}\n`],
    ["a line that is no signature", `${lineText}— a !\n`],
    ["carriage returns", lineText.replace("\n", "\r\n")],
  ])("%s is none", (_, answer) => {
    expect(withCosignatures(noteWith(), utf8(answer))).toBeUndefined();
  });

  test.each<[string, number | undefined]>([
    ["0\n", 0],
    ["1234\n", 1234],
    ["9007199254740991\n", Number.MAX_SAFE_INTEGER],
    ["9007199254740993\n", undefined],
    ["12", undefined],
    ["012\n", undefined],
    ["-1\n", undefined],
    ["1e3\n", undefined],
    ["", undefined],
  ])("a 409 that says %j knows %s entries", (said, size) => {
    expect(knownSize(utf8(said))).toBe(size);
  });
});

test("a request is the old size, the proof, an empty line and the note", () => {
  const hash = sha256("a");
  const coded = Buffer.from(hash, "hex").toString("base64");
  expect(Buffer.from(witnessRequest(3, [hash], utf8("note"))).toString()).toBe(`old 3\n${coded}\n\nnote`);
  expect(Buffer.from(witnessRequest(0, [], utf8("note"))).toString()).toBe("old 0\n\nnote");
  expect(() =>
    witnessRequest(
      1,
      Array.from({ length: 64 }, () => hash),
      utf8("note"),
    ),
  ).toThrow(RangeError);
});
