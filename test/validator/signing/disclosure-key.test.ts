// The disclosure key: made once, by one of many, for its owner only, and never inside the repository.
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { openDisclosureKey } from "../../../src/validator/signing/disclosure-key.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let root: string;
let repo: string;
let keys: string;
let count = 0;

beforeAll(() => {
  root = scratch("disclosure-key");
  repo = join(root, "repo");
  mkdirSync(repo);
});
beforeEach(() => {
  count += 1;
  keys = join(root, `keys-${count}`);
  mkdirSync(keys);
});
afterAll(() => removeScratch(root));

const file = (): string => join(keys, "disclosure.key");

function refused(work: () => unknown): CountersignError {
  try {
    work();
  } catch (cause) {
    if (cause instanceof CountersignError) return cause;
    throw cause;
  }
  throw new Error("was not refused");
}

test("is made when it is missing, for its owner only, and stays the same", () => {
  const key = openDisclosureKey(keys, [repo]);
  expect(key).toHaveLength(32);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(openDisclosureKey(keys, [repo])).toEqual(key);
  expect(readdirSync(keys)).toEqual(["disclosure.key"]);
  expect(Buffer.from(key).equals(Buffer.alloc(32))).toBe(false);
});

test("two folders have two keys", () => {
  const other = `${keys}-other`;
  mkdirSync(other);
  expect(openDisclosureKey(keys, [])).not.toEqual(openDisclosureKey(other, []));
});

// Crash story: two validators start at once on a new state; each must use the key that the other one finds, too.
test("of many processes that start at once all have one key, and nothing is left beside it", async () => {
  const source = join(import.meta.dirname, "../../../src/validator/signing/disclosure-key.ts");
  const program = `import { openDisclosureKey } from ${JSON.stringify(source)};
    process.stdout.write(Buffer.from(openDisclosureKey(${JSON.stringify(keys)}, [])).toString("hex"));`;
  const runs = Array.from({ length: 6 }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.on("error", reject).on("close", () => resolve(said));
    return promise;
  });
  const seen = new Set(await Promise.all(runs));
  expect([...seen]).toEqual([readFileSync(file()).toString("hex")]);
  expect(readdirSync(keys)).toEqual(["disclosure.key"]);
});

test.each([0o640, 0o604, 0o660, 0o644])("is refused with mode %o", (mode) => {
  openDisclosureKey(keys, []);
  chmodSync(file(), mode);
  expect(refused(() => openDisclosureKey(keys, []))).toMatchObject({ code: "key_unusable", exitCode: 2 });
});

test.each([0, 31, 33, 5000])("is refused with %i bytes, and not made anew", (size) => {
  writeFileSync(file(), Buffer.alloc(size, 7), { mode: 0o600 });
  expect(refused(() => openDisclosureKey(keys, [])).code).toBe("key_unusable");
  expect(statSync(file()).size).toBe(size);
});

test("is neither made nor read inside the repository, however it gets there", () => {
  const inside = join(repo, "keys");
  mkdirSync(inside);
  expect(refused(() => openDisclosureKey(inside, [repo])).message).toContain("inside the repository");
  expect(readdirSync(inside)).toEqual([]);
  writeFileSync(join(inside, "k"), Buffer.alloc(32, 7), { mode: 0o600 });
  symlinkSync(join(inside, "k"), file());
  expect(refused(() => openDisclosureKey(keys, [repo])).message).toContain("inside the repository");
});

test("does not follow a link that leads nowhere", () => {
  const target = join(root, `target-${count}`);
  symlinkSync(target, file());
  expect(refused(() => openDisclosureKey(keys, [])).code).toBe("key_unusable");
  expect(existsSync(target)).toBe(false);
});

test("a folder that is not there says what to do", () => {
  expect(refused(() => openDisclosureKey(join(keys, "none"), [])).fix).toContain("writable");
});
