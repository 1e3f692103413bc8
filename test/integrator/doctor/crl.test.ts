// Revocation lists as openssl makes them: the day they end is read to the second, and rubbish is refused.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextUpdates } from "../../../src/integrator/doctor/crl.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const pem = (der: Uint8Array): string =>
  `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString("base64")}\n-----END X509 CRL-----\n`;

describe.skipIf(!needs("openssl"))("lists of openssl", () => {
  let folder: string;
  const openssl = (...args: readonly string[]): string =>
    execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  beforeAll(() => {
    folder = scratch("crl");
    mkdirSync(join(folder, "db"));
    writeFileSync(join(folder, "index.txt"), "");
    writeFileSync(join(folder, "ca.cnf"), "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\n");
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-subj",
      "/CN=CA",
      "-days",
      "2",
    );
  });
  afterAll(() => removeScratch(folder));

  const list = (last: string, next: string, ...more: readonly string[]): string => {
    openssl(
      "ca",
      "-config",
      "ca.cnf",
      "-gencrl",
      "-keyfile",
      "ca.key",
      "-cert",
      "ca.pem",
      "-md",
      "sha256",
      "-crl_lastupdate",
      last,
      "-crl_nextupdate",
      next,
      "-out",
      "crl.pem",
      ...more,
    );
    return readFileSync(join(folder, "crl.pem"), "utf8");
  };

  test.each([
    ["UTCTime", "261122100000Z", "270101123456Z", "2027-01-01T12:34:56Z"],
    ["GeneralizedTime", "20261122100000Z", "20510102030405Z", "2051-01-02T03:04:05Z"],
  ])("%s", (_kind, last, next, instant) => {
    expect(nextUpdates(list(last, next))).toEqual([Date.parse(instant)]);
  });

  test("several lists in one file, and words around them", () => {
    const one = list("261122100000Z", "270101000000Z");
    const two = list("261122100000Z", "270201000000Z");
    expect(nextUpdates(`for people\n${one}\n${two}`)).toEqual([
      Date.parse("2027-01-01T00:00:00Z"),
      Date.parse("2027-02-01T00:00:00Z"),
    ]);
  });

  test("cut anywhere, it is damaged and never something else", () => {
    const der = Buffer.from(
      list("261122100000Z", "270101000000Z").replaceAll(/-----.*-----|\s/g, ""),
      "base64",
    );
    for (let length = 0; length < der.length; length++)
      expect(() => nextUpdates(pem(der.subarray(0, length)))).toThrow(RangeError);
  });
});

/** DER of one element with a short length. */
const der = (tag: number, ...content: readonly (number | Uint8Array)[]): Buffer => {
  const body = Buffer.concat(content.map((part) => (typeof part === "number" ? Buffer.from([part]) : part)));
  return Buffer.concat([Buffer.from([tag, body.length]), body]);
};
const time = (text: string): Buffer => der(0x17, Buffer.from(text));
const listOf = (...parts: readonly Buffer[]): string => pem(der(0x30, der(0x30, ...parts)));
const EMPTY = der(0x30);

test.each([
  [
    "version 1 with an end",
    listOf(EMPTY, EMPTY, time("261122100000Z"), time("261123100000Z")),
    Date.parse("2026-11-23T10:00:00Z"),
  ],
  ["no end, and nothing behind", listOf(EMPTY, EMPTY, time("261122100000Z")), undefined],
  ["no end, but revoked certificates", listOf(EMPTY, EMPTY, time("261122100000Z"), EMPTY), undefined],
  [
    "of the last century",
    listOf(EMPTY, EMPTY, time("981122100000Z"), time("991123100000Z")),
    Date.parse("1999-11-23T10:00:00Z"),
  ],
])("%s", (_what, text, expected) => {
  expect(nextUpdates(text)).toEqual([expected]);
});

test.each([
  ["nothing", ""],
  ["a certificate", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"],
  ["an indefinite length", pem(Buffer.from([0x30, 0x80, 0, 0]))],
  ["a length of five bytes", pem(Buffer.from([0x30, 0x85, 1, 1, 1, 1, 1]))],
  ["a time that is none", listOf(EMPTY, EMPTY, time("261122100000"), time("261123100000Z"))],
  ["an end that is none", listOf(EMPTY, EMPTY, time("261122100000Z"), time("2611231000Z"))],
  ["no issuer", listOf(EMPTY, time("261122100000Z"))],
])("refused: %s", (_what, text) => {
  expect(() => nextUpdates(text)).toThrow(RangeError);
});
