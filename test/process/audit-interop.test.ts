// Checkpoints and proofs of ours before tools that know nothing of us: Go's sumdb/note and tlog, and openssl.
import * as ed from "@noble/ed25519";
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, hash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Checkpoint, checkpointText, originOf } from "../../src/core/audit/checkpoint.ts";
import { auditLine, entrySchema, GENESIS, leafHash } from "../../src/core/audit/entry.ts";
import { noteKey, parseNote, renderNote } from "../../src/core/audit/note.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { buildInterop, runInterop, writeMaterial } from "../support/interop.ts";
import { needs } from "../support/needs.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

ed.hashes.sha512 = (message) => Uint8Array.from(hash("sha512", message, "buffer"));

const origin = originOf("countersign/team/lab", "2026-11");
const secrets = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
const publicKeys = secrets.map((secret) => ed.getPublicKey(secret));

/** The key is rotated between 256 and 257 leaves; with both in the trust folder all of them verify. */
function note(checkpoint: Checkpoint): Uint8Array {
  const at = checkpoint.size > 256 ? 1 : 0;
  const [secret, publicKey] = [secrets[at]!, publicKeys[at]!];
  const text = checkpointText(checkpoint);
  const { name, id } = noteKey(origin, publicKey);
  return renderNote({ text, signatures: [{ name, id, signature: ed.sign(utf8(text), secret) }] });
}

function logOf(length: number): readonly string[] {
  const lines: string[] = [];
  let prev = GENESIS;
  for (let seq = 0; seq < length; seq++) {
    const line = auditLine(
      entrySchema.parse({
        v: 1,
        shard: "2026-11",
        seq,
        ts: "2026-11-22T10:00:00.000Z",
        event: seq === 0 ? "shard.open" : "call.allowed",
        actor: { principal: "local:stdio" },
        data: { text: `Grüße 😀 ${seq}` },
        prev,
      }),
    );
    lines.push(line);
    prev = leafHash(line);
  }
  return lines;
}

const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 255, 256, 257, 700, 1000];
let folder: string;
let material: string;
let program: string | undefined;

beforeAll(() => {
  folder = scratch("interop");
  material = join(folder, "material");
  writeMaterial(material, {
    lines: logOf(1000),
    keys: publicKeys,
    origin,
    note: (size, root) => note({ origin, size, root }),
    sizes,
    leaves: (size) =>
      size < 20 ? Array.from({ length: size }, (_, at) => at) : [0, 1, size >> 1, 253, size - 1],
  });
  program = buildInterop(folder);
});
afterAll(() => removeScratch(folder));

const go = needs("go");

describe.skipIf(!go)("Go's sumdb/note and tlog", () => {
  test("accept every key, checkpoint and proof, of both sealer keys, and no changed copy of any", () => {
    const { code, out, err } = runInterop(program ?? "", material);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const counts = JSON.parse(out) as Record<string, number>;
    const inclusions = sizes.reduce((sum, size) => sum + (size < 20 ? size : 5), 0);
    expect(counts).toEqual({
      keys: 2,
      leaves: 1000,
      notes: sizes.length,
      inclusion: inclusions,
      consistency: (sizes.length * (sizes.length - 1)) / 2,
      proofs: inclusions,
      rejected: expect.any(Number) as number,
    });
    console.log(`Go accepted ${JSON.stringify(counts)}`);
    expect(counts["rejected"]).toBeGreaterThan(10_000);
  });

  // The program itself could say yes to everything: each kind of file is broken once.
  test.each<[string, string, (text: string) => string]>([
    ["a line of the log", "leaves", (text) => text.replace('"seq":500,', '"seq":501,')],
    ["a checkpoint's size", "notes/700.note", (text) => text.replace("\n700\n", "\n701\n")],
    [
      "a root in an inclusion proof",
      "inclusion.jsonl",
      (text) => text.replace(/"path":\["../, '"path":["AA'),
    ],
    [
      "the place of an inclusion proof",
      "inclusion.jsonl",
      (text) => text.replace('"size":700,"index":1,', '"size":700,"index":2,'),
    ],
    [
      "a consistency proof",
      "consistency.jsonl",
      (text) => text.replace('{"from":255,"to":256', '{"from":254,"to":256'),
    ],
    ["a receipt's index", "proofs/1000-500.tlog-proof", (text) => text.replace("index 500", "index 501")],
    [
      "the verifier keys, to the older one",
      "keys/1.vkey",
      () => readFileSync(join(material, "keys/0.vkey"), "utf8"),
    ],
  ])("refuse %s that was changed", (_, file, change) => {
    const copy = join(scratch("interop-copy"), "material");
    cpSync(material, copy, { recursive: true });
    const text = readFileSync(join(copy, file), "utf8");
    expect(change(text)).not.toBe(text);
    writeFileSync(join(copy, file), change(text));
    expect(runInterop(program ?? "", copy)).toMatchObject({ code: 1, out: "" });
    removeScratch(join(copy, ".."));
  });
});

describe.skipIf(!needs("openssl"))("openssl, over the text of the note", () => {
  const verify = (size: number, change: (text: string) => string = (text) => text): boolean => {
    const parsed = parseNote(readFileSync(join(material, `notes/${size}.note`)));
    const signature = parsed?.signatures[0]?.signature ?? new Uint8Array();
    const key = createPublicKey({
      key: {
        kty: "OKP",
        crv: "Ed25519",
        x: Buffer.from(publicKeys[size > 256 ? 1 : 0]!).toString("base64url"),
      },
      format: "jwk",
    });
    const at = (name: string): string => join(folder, name);
    writeFileSync(at("pub.pem"), key.export({ type: "spki", format: "pem" }));
    writeFileSync(at("text"), change(parsed?.text ?? ""));
    writeFileSync(at("sig"), signature);
    const args = [
      "-verify",
      "-pubin",
      "-inkey",
      at("pub.pem"),
      "-rawin",
      "-in",
      at("text"),
      "-sigfile",
      at("sig"),
    ];
    return spawnSync("openssl", ["pkeyutl", ...args]).status === 0;
  };

  test.each([1, 255, 256, 257, 1000])(
    "accepts the checkpoint over %i leaves, and none with another size",
    (size) => {
      expect(verify(size)).toBe(true);
      expect(verify(size, (text) => text.replace(`\n${size}\n`, `\n${size + 1}\n`))).toBe(false);
      expect(verify(size, (text) => text.slice(0, -1))).toBe(false);
    },
  );

  test("is the program that says so", () => {
    expect(execFileSync("openssl", ["version"], { encoding: "utf8" })).toMatch(/^OpenSSL [3-9]/);
  });
});
