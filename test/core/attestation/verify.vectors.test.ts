// Strict Ed25519 against vectors that verifiers disagree about, and against two other implementations.
import { spawnSync } from "node:child_process";
import {
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isSignature } from "../../../src/core/attestation/verify.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { files, read } from "../../house/files.ts";

interface Case {
  readonly name: string;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean | "cofactor";
}
const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/ed25519/edge-cases.json"), "utf8"),
) as readonly Case[];

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const SPKI = bytes("302a300506032b6570032100");
const folder = scratch("ed25519");
afterAll(() => removeScratch(folder));

function nodeKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, raw]), format: "der", type: "spki" });
}

function byNode(signature: Uint8Array, message: Uint8Array, raw: Uint8Array): boolean {
  try {
    return verify(null, message, nodeKey(raw), signature);
  } catch {
    return false;
  }
}

function byOpenssl(signature: Uint8Array, message: Uint8Array, raw: Uint8Array): boolean {
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("key"), Buffer.concat([SPKI, raw]));
  writeFileSync(at("message"), message);
  writeFileSync(at("signature"), signature);
  const key = ["-verify", "-pubin", "-inkey", at("key"), "-keyform", "DER", "-rawin"];
  const { status, error } = spawnSync("openssl", [
    "pkeyutl",
    ...key,
    "-in",
    at("message"),
    "-sigfile",
    at("signature"),
  ]);
  if (error !== undefined) throw error;
  return status === 0;
}

const openssl = needs("openssl");

describe("signatures at the edge", () => {
  test.each(cases)("$name: $valid", ({ name, key, message, signature, valid }) => {
    const args = [bytes(signature), bytes(message), bytes(key)] as const;
    expect(isSignature(...args)).toBe(valid !== false);
    expect(byNode(...args)).toBe(valid === true);
    // openssl 3.0 takes keys under which anybody can sign, and no empty file: neither says anything about ours.
    if (openssl && message !== "" && !name.startsWith("a key of small order"))
      expect(byOpenssl(...args)).toBe(valid === true);
  });

  test("there are those of every kind", () => {
    const count = (valid: Case["valid"]): number => cases.filter((one) => one.valid === valid).length;
    expect([count(true), count("cofactor"), count(false)]).toEqual([3, 2, 25]);
  });
});

/** The same random case from a seed, so that a failure can be looked at. */
function drawn(at: number): { message: Buffer; bit: number } {
  const size = hash("sha256", `size ${at}`, "buffer").readUInt16BE() % 400;
  const bit = hash("sha256", `bit ${at}`, "buffer").readUInt16BE() % 512;
  return { message: randomBytes(size + 1), bit };
}

test("200 random messages: ours, node:crypto and openssl say the same of each signature and of each changed one", () => {
  const pairs = Array.from({ length: 8 }, () => generateKeyPairSync("ed25519"));
  for (let at = 0; at < 200; at++) {
    const { publicKey, privateKey } = pairs[at % 8]!;
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(12);
    const { message, bit } = drawn(at);
    const good = sign(null, message, privateKey);
    const bent = Buffer.from(good);
    bent[bit >> 3]! ^= 1 << (bit & 7);
    const other = Buffer.from(message);
    other[bit % other.length]! ^= 1;
    const said = (signature: Buffer, text: Buffer): readonly boolean[] => [
      isSignature(signature, text, raw),
      byNode(signature, text, raw),
      // A process each: for every tenth message all three, for the others the good one.
      ...(openssl && (at % 10 === 0 || signature === good) ? [byOpenssl(signature, text, raw)] : []),
    ];
    expect(new Set(said(good, message)), `message ${at}`).toEqual(new Set([true]));
    for (const [signature, text] of [
      [bent, message],
      [good, other],
    ] as const)
      expect(new Set(said(signature, text)), `message ${at}, changed`).toEqual(new Set([false]));
  }
}, 120_000);

test("nothing verifies Ed25519 but the one strict function", () => {
  const asked = files
    .filter((path) => path.startsWith("src/"))
    .flatMap((path) =>
      /\bed\.verify\w*\(|\bcreateVerify\b|from "node:crypto".*\bverify\b|\bverify\b[^;]*from "node:crypto"/.test(
        read(path),
      )
        ? [path]
        : [],
    );
  expect(asked).toEqual(["src/core/attestation/verify.ts"]);
  const calls = read("src/core/attestation/verify.ts").match(/ed\.verify\w*\([^)]*\)/g);
  expect(calls).toEqual(["ed.verify(signature, message, publicKey, { zip215: false })"]);
});
