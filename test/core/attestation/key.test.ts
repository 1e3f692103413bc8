// Public keys: weak and doubly spelt ones are refused when they are loaded, and the keyid is OpenSSH's.
import * as ed from "@noble/ed25519";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keyId, parsePublicKey, renderPublicKey, renderSshKey } from "../../../src/core/attestation/key.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

interface Vector {
  readonly name: string;
  readonly public: string;
  readonly keyid: string;
  readonly pem: string;
}
const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/ed25519/rfc8032.json"), "utf8"),
) as readonly Vector[];
const weak = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/ed25519/weak-keys.json"), "utf8"),
) as Readonly<Record<string, string>>;

const SSH_KEYGEN = "ssh-keygen";
const first = vectors[0]!;
const unusable = expect.objectContaining({ code: "key_unusable", exitCode: 2 }) as Error;

describe("refusals", () => {
  test.each(Object.entries(weak))("%s", (_, hex) => {
    expect(() => parsePublicKey(renderPublicKey(Buffer.from(hex, "hex")), "weak.pem")).toThrow(unusable);
  });

  test("an honest key with a part of small order added", () => {
    const torsion = ed.Point.fromHex(weak["order 8"]!, false);
    const mixed = ed.Point.fromHex(first.public, false).add(torsion);
    expect(() => parsePublicKey(renderPublicKey(mixed.toBytes()), "mixed.pem")).toThrow(unusable);
  });

  const der = Buffer.from(first.pem.split("\n")[1]!, "base64");
  const pem = (bytes: Uint8Array): string =>
    `-----BEGIN PUBLIC KEY-----\n${Buffer.from(bytes).toString("base64")}\n-----END PUBLIC KEY-----\n`;
  test.each([
    ["nothing", ""],
    ["no PEM", first.public],
    ["a private key", first.pem.replaceAll("PUBLIC", "PRIVATE")],
    ["a certificate", first.pem.replaceAll("PUBLIC KEY", "CERTIFICATE")],
    ["text in front", `key:\n${first.pem}`],
    ["text behind", `${first.pem}key\n`],
    ["two keys", first.pem + first.pem],
    ["a byte more", pem(Buffer.concat([der, Buffer.of(0)]))],
    ["a byte less", pem(der.subarray(0, 43))],
    [
      "another algorithm (X25519)",
      pem(Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), der.subarray(12)])),
    ],
    ["raw 32 bytes", pem(der.subarray(12))],
    ["base64 with trailing bits", first.pem.replace("oBo=", "oBp=").replace("URo=", "URp=")],
  ])("%s", (_, text) => {
    expect(() => parsePublicKey(text, "bad.pem")).toThrow(unusable);
  });

  test("the message names the key", () => {
    expect(() => parsePublicKey("", "trust/x.pub.pem")).toThrow(/trust\/x\.pub\.pem/);
  });
});

describe.each(vectors)("RFC 8032 $name", (vector) => {
  const bytes = Buffer.from(vector.public, "hex");

  test("has the PEM of openssl and the fingerprint of ssh-keygen", () => {
    expect(renderPublicKey(bytes)).toBe(vector.pem);
    expect(keyId(bytes)).toBe(vector.keyid);
    const read = parsePublicKey(vector.pem, "rfc");
    expect(read.keyid).toBe(vector.keyid);
    expect(Buffer.from(read.publicKey).toString("hex")).toBe(vector.public);
  });

  test("is read with Windows line ends and without the last one", () => {
    expect(parsePublicKey(vector.pem.replaceAll("\n", "\r\n"), "rfc").keyid).toBe(vector.keyid);
    expect(parsePublicKey(vector.pem.trimEnd(), "rfc").keyid).toBe(vector.keyid);
  });

  test.skipIf(!needs(SSH_KEYGEN))("is the same to ssh-keygen itself", () => {
    const dir = scratch("key");
    try {
      writeFileSync(join(dir, "key.pub"), renderSshKey(bytes, "countersign"));
      expect(execFileSync(SSH_KEYGEN, ["-lf", join(dir, "key.pub")], { encoding: "utf8" })).toBe(
        `256 ${vector.keyid} countersign (ED25519)\n`,
      );
    } finally {
      removeScratch(dir);
    }
  });
});
