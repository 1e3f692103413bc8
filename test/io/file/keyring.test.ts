// The keys of one role: those in use and those that were rotated out, with their lives, read again when the folder changes.
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../../src/core/attestation/key-life.ts";
import {
  KEY_BOOK,
  openKeyring,
  pinnedKey,
  readKeyBook,
  recordOfFile,
  roleKeys,
} from "../../../src/io/file/keyring.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { signerOf } from "../../support/signing.ts";

const [first, second, other] = ["11", "22", "33"].map((byte) => signerOf(byte.repeat(32))) as [
  ReturnType<typeof signerOf>,
  ReturnType<typeof signerOf>,
  ReturnType<typeof signerOf>,
];
const id = ({ key }: ReturnType<typeof signerOf>): string => key.keyid;
let trust: string;
const put = (name: string, text: string): void => writeFileSync(join(trust, name), text);
const ids = (): readonly string[] => roleKeys(trust, "attestation").map(({ keyid }) => keyid);

beforeEach(() => {
  trust = scratch("trust");
  put("attestation.pub.pem", first.pem);
});
afterEach(() => removeScratch(trust));

describe("a folder is refused", () => {
  test.each([
    ["without the key in use", () => rmSync(join(trust, "attestation.pub.pem"))],
    ["with a key of the past that is none", () => put("attestation-00000000.pub.pem", "junk")],
    ["with a folder in a key's place", () => mkdirSync(join(trust, "attestation-1.pub.pem"))],
    [
      "with a key of another role",
      () => put(KEY_BOOK, renderKeyBook({ [id(first)]: newRecord("sealer", NOON, 1) })),
    ],
    ["with a record that cannot be read", () => put(KEY_BOOK, "{}")],
    ["that is none", () => rmSync(trust, { recursive: true })],
  ])("%s", (_, harm) => {
    harm();
    expect(() => roleKeys(trust, "attestation")).toThrow(expect.objectContaining({ code: "key_unusable" }));
    mkdirSync(trust, { recursive: true });
  });
});

describe("the keys of a role", () => {
  test("are its own, the one in use first, each once", () => {
    put("attestation-aaaaaaaa.pub.pem", second.pem);
    put("attestation-bbbbbbbb.pub.pem", first.pem);
    put("sealer.pub.pem", other.pem);
    put("attestation.pub.pem.bak", "junk");
    expect(ids()).toEqual([id(first), id(second)]);
    expect(roleKeys(trust, "sealer").map(({ keyid }) => keyid)).toEqual([id(other)]);
  });

  test("have their lives, where there is a record", () => {
    put("attestation-aaaaaaaa.pub.pem", second.pem);
    const life = newRecord("attestation", NOON, 90);
    put(KEY_BOOK, renderKeyBook({ [id(second)]: life }));
    expect(roleKeys(trust, "attestation").map((key) => key.life)).toEqual([undefined, life]);
    expect(pinnedKey(join(trust, "attestation-aaaaaaaa.pub.pem"), "fix").life).toEqual(life);
    expect(readKeyBook(trust)).toEqual({ [id(second)]: life });
  });

  test("may be links, as mounted secrets are", () => {
    renameSync(join(trust, "attestation.pub.pem"), join(trust, "mounted"));
    symlinkSync("mounted", join(trust, "attestation.pub.pem"));
    expect(ids()).toEqual([id(first)]);
  });
});

test("without a record the time of the file counts", () => {
  const file = join(trust, "attestation.pub.pem");
  utimesSync(file, NOON / 1000, NOON / 1000);
  expect(recordOfFile(file, "attestation", 90)).toEqual(newRecord("attestation", NOON, 90));
  expect(recordOfFile(join(trust, "none"), "attestation", 90)).toBeUndefined();
});

describe("a keyring", () => {
  const now = (ring: ReturnType<typeof openKeyring>): readonly string[] => ring().map(({ keyid }) => keyid);

  test("sees a rotation and a revocation without a restart", () => {
    const ring = openKeyring(trust, "attestation");
    expect(now(ring)).toEqual([id(first)]);
    put("attestation-aaaaaaaa.pub.pem", first.pem);
    put("attestation.pub.pem", second.pem);
    expect(now(ring)).toEqual([id(second), id(first)]);
    const life = {
      ...newRecord("attestation", NOON, 90),
      revoked: newRecord("attestation", NOON, 1).created,
    };
    put(KEY_BOOK, renderKeyBook({ [id(first)]: life }));
    expect(ring().map((key) => key.life?.revoked !== undefined)).toEqual([false, true]);
    rmSync(join(trust, "attestation-aaaaaaaa.pub.pem"));
    expect(now(ring)).toEqual([id(second)]);
  });

  test("of a folder without a key fails, from the first look on", () => {
    rmSync(join(trust, "attestation.pub.pem"));
    const ring = openKeyring(trust, "attestation");
    for (let look = 0; look < 2; look++) expect(ring).toThrow(/attestation\.pub\.pem/);
  });

  test("keeps what it read while nothing changes, and no longer", () => {
    const ring = openKeyring(trust, "attestation");
    const keys = ring();
    put("sealer.pub.pem", other.pem);
    expect(ring()).toBe(keys);
    put("attestation.pub.pem", "junk");
    expect(ring).toThrow(expect.objectContaining({ code: "key_unusable" }));
    expect(ring).toThrow(expect.objectContaining({ code: "key_unusable" }));
    put("attestation.pub.pem", second.pem);
    expect(now(ring)).toEqual([id(second)]);
  });
});
