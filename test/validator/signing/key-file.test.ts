// Private keys: who may read them, where they may not lie, and that none is ever overwritten.
import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { parsePublicKey } from "../../../src/core/attestation/key.ts";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { readKey } from "../../../src/validator/signing/key-file.ts";
import { newKey, type NewKey, repositoryAround } from "../../../src/validator/signing/keygen.ts";
import { removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";

const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

let state: string;
let made: NewKey;
let repo: string;

beforeEach(() => {
  [state, repo] = [scratch("keys"), scratchRepository("keys", { a: "x" })];
  folders.push(state, repo);
  made = newKey({ keys: join(state, "keys"), trust: join(state, "trust"), repositories: [repo] });
});

function refused(work: () => unknown): CountersignError {
  try {
    work();
  } catch (cause) {
    if (cause instanceof CountersignError) return cause;
    throw cause;
  }
  throw new Error("was not refused");
}

describe("a private key is refused", () => {
  test.each([0o640, 0o604, 0o644, 0o660, 0o610, 0o777])("with mode %o", (mode) => {
    chmodSync(made.privateFile, mode);
    const { code, fix, exitCode } = refused(() => readKey(made.privateFile, [repo]));
    expect([code, exitCode]).toEqual(["key_unusable", 2]);
    expect(fix).toContain(`chmod 600 ${made.privateFile}`);
  });

  test("inside the repository, however it gets there", () => {
    const inside = join(repo, "k.pem");
    writeFileSync(inside, readFileSync(made.privateFile), { mode: 0o600 });
    const [link, linkedRepo] = [join(state, "link.pem"), join(state, "repo-link")];
    symlinkSync(inside, link);
    symlinkSync(repo, linkedRepo);
    for (const [file, repository] of [
      [inside, repo],
      [link, repo],
      [join(linkedRepo, "k.pem"), repo],
      [inside, linkedRepo],
    ] as const) {
      expect(refused(() => readKey(file, [repository])).message).toContain("inside the repository");
    }
  });

  test("that is missing, no key, encrypted, of another kind, or no file", () => {
    const file = join(state, "other.pem");
    const rsa = generateKeyPairSync("ed448").privateKey.export({ type: "pkcs8", format: "pem" });
    for (const text of [
      "",
      "x",
      rsa.toString(),
      readFileSync(made.publicFile, "utf8"),
      readFileSync(made.privateFile, "utf8").replace("PRIVATE", "ENCRYPTED PRIVATE"),
      "x".repeat(5000),
    ]) {
      writeFileSync(file, text, { mode: 0o600 });
      expect(refused(() => readKey(file, [repo])).code).toBe("key_unusable");
    }
    expect(refused(() => readKey(join(state, "none.pem"), [repo])).code).toBe("key_unusable");
    expect(refused(() => readKey(state, [repo])).code).toBe("key_unusable");
  });

  test("no sibling is mistaken for the repository", () => {
    const sibling = `${repo}-keys`;
    folders.push(sibling);
    mkdirSync(sibling);
    writeFileSync(join(sibling, "k.pem"), readFileSync(made.privateFile), { mode: 0o600 });
    expect(readKey(join(sibling, "k.pem"), [repo]).publicKey).toHaveLength(32);
  });
});

describe("a new key", () => {
  test("is its owner's alone, and its halves belong together", () => {
    expect(statSync(made.privateFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(state, "keys")).mode & 0o777).toBe(0o700);
    const { publicKey } = readKey(made.privateFile, [repo]);
    const trusted = parsePublicKey(readFileSync(made.publicFile, "utf8"), "trust");
    expect([trusted.keyid, ...trusted.publicKey]).toEqual([made.keyid, ...publicKey]);
  });

  test("never overwrites either half", () => {
    const before = [made.privateFile, made.publicFile].map((file) => readFileSync(file, "utf8"));
    const again = (trust: string): unknown =>
      newKey({ keys: join(state, "keys"), trust, repositories: [repo] });
    expect(refused(() => again(join(state, "trust"))).code).toBe("key_unusable");
    expect(refused(() => again(join(state, "trust-2"))).code).toBe("key_unusable");
    expect([made.privateFile, made.publicFile].map((file) => readFileSync(file, "utf8"))).toEqual(before);
    const keys = join(state, "keys-2");
    expect(refused(() => newKey({ keys, trust: join(state, "trust"), repositories: [repo] })).code).toBe(
      "key_unusable",
    );
    expect(existsSync(join(keys, "attestation.key.pem"))).toBe(false);
  });

  test("does not follow a link that lies in its place", () => {
    const keys = join(state, "keys-3");
    mkdirSync(keys);
    symlinkSync(join(state, "target"), join(keys, "attestation.key.pem"));
    expect(refused(() => newKey({ keys, trust: join(state, "trust-3"), repositories: [] })).code).toBe(
      "key_unusable",
    );
    expect(existsSync(join(state, "target"))).toBe(false);
  });

  test("is not made inside a repository", () => {
    for (const keys of [join(repo, "keys"), join(repo, ".git", "keys")]) {
      expect(refused(() => newKey({ keys, trust: keys, repositories: [repo] })).code).toBe("key_unusable");
      expect(existsSync(join(keys, "attestation.key.pem"))).toBe(false);
    }
    expect(repositoryAround(join(repo, "deep", "below"))).toBe(repositoryAround(repo));
    expect(repositoryAround(join(repo, ".git", "refs"))).toBeDefined();
    expect(repositoryAround(state)).toBeUndefined();
  });
});
