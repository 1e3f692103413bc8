// `keys rotate`: under a clock that is behind no key is ended; with `--revoke KEY` the key that was named is given up and
// no other one, whatever an earlier run left behind.
import { Command } from "commander";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import { instant } from "../../../src/core/base/time.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { readKeyBook, roleKeys } from "../../../src/io/file/keyring.ts";
import { record } from "../../../src/validator/signing/key-book.ts";
import { addKeyWords } from "../../../src/validator/signing/key-words.ts";
import { newKey } from "../../../src/validator/signing/keygen.ts";
import { openLivingKey } from "../../../src/validator/signing/living.ts";
import { rotateKey, rotationSteps } from "../../../src/validator/signing/rotate.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const LATER = NOON + 86_400_000;
const terms = { now: LATER, maxAgeDays: 90, overlapDays: 7, revoke: false };
const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

let at: { keys: string; trust: string; repositories: string[] };
let root: string;
let first: string;
beforeEach(() => {
  root = scratch("key-words");
  folders.push(root);
  const { keys, trust } = layout(root);
  at = { keys, trust, repositories: [] };
  for (const role of ["attestation", "sealer"] as const)
    record(at.trust, { [newKey(at, role).keyid]: newRecord(role, NOON, 90) });
  first = inUse();
});

const inUse = (): string =>
  openLivingKey(at, "attestation", { clock: () => LATER + 2000, maxAgeDays: 90 }).keyid;
const revoked = (): readonly string[] =>
  Object.entries(readKeyBook(at.trust)).flatMap(([id, life]) => (life.revoked === undefined ? [] : [id]));

const revoke = (id: string): Promise<string> => rotate(LATER + 1000, "--revoke", id);

async function rotate(now: number, ...words: readonly string[]): Promise<string> {
  const said: string[] = [];
  const program = new Command().exitOverride();
  addKeyWords(program, {
    findState: async () => layout(root),
    foldersWithoutKeys: async () => [],
    now: () => now,
    env: {},
    out: (text) => void said.push(text),
  });
  await program.parseAsync(["keys", "rotate", ...words], { from: "user" });
  return said.join("");
}

test("what is no key of this state is revoked by nobody", async () => {
  await expect(revoke("SHA256:none")).rejects.toThrow("is no key in");
  expect(revoked()).toEqual([]);
});

describe.each([1, 2, 3, 4, 5, 6, 7])("behind step %i of a rotation that was killed", (count) => {
  test("the key in use is given up, and signs no more", async () => {
    for (const step of rotationSteps(at, "attestation", terms).slice(0, count)) step();
    const leaked = inUse();
    expect(await revoke(leaked)).toContain(`revoked ${leaked}\n`);
    expect(revoked()).toEqual([leaked]);
    expect(inUse()).not.toBe(leaked);
  });

  test("the key before it likewise, and the other one goes on", async () => {
    for (const step of rotationSteps(at, "attestation", terms).slice(0, count)) step();
    expect(await revoke(first)).toContain(`revoked ${first}\n`);
    expect(revoked()).toEqual([first]);
    expect(inUse()).not.toBe(first);
  });

  test("and the key that only became trusted, once it is", async () => {
    for (const step of rotationSteps(at, "attestation", terms).slice(0, count)) step();
    const fresh = Object.keys(readKeyBook(at.trust)).find(
      (id) => id !== first && readKeyBook(at.trust)[id]?.role === "attestation",
    );
    if (count < 4 || fresh === undefined) return;
    const said = await revoke(fresh);
    expect(revoked()).toEqual([fresh]);
    expect(inUse()).not.toBe(fresh);
    // Each key is put in the place of the one before it, and of no other.
    const replaced = [...said.matchAll(/in place of (\S+?)(?:;|\n)/g)].map(([, id]) => id);
    expect(replaced).toEqual([first, fresh]);
  });
});

test("a key of the past is revoked without another rotation", async () => {
  const second = rotateKey(at, "attestation", terms).inUse;
  expect(await revoke(first)).toBe(`revoked ${first}\n`);
  expect([revoked(), inUse()]).toEqual([[first], second]);
});

// Threat: the old key would end before what it signed, and all of that would be void for good.
describe("under a clock that is behind", () => {
  const BEHIND = NOON - 1;
  const book = (): unknown => readKeyBook(at.trust);

  test.each([[], ["--role", "attestation"], ["--role", "sealer"]])(
    "no key is exchanged: %j %j",
    async (...words) => {
      const before = book();
      await expect(rotate(BEHIND, ...words)).rejects.toMatchObject({
        code: "key_unusable",
        message: expect.stringContaining("later than this clock") as string,
        fix: expect.stringContaining("Set the clock right") as string,
      });
      expect([book(), inUse()]).toEqual([before, first]);
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7])(
    "a rotation that was killed behind step %i is not finished",
    async (count) => {
      for (const step of rotationSteps(at, "attestation", terms).slice(0, count)) step();
      const before = book();
      // From the third step on the new key is recorded, and tells more than the old one.
      await expect(rotate(count < 3 ? BEHIND : LATER - 1)).rejects.toMatchObject({ code: "key_unusable" });
      expect(book()).toEqual(before);
      expect(await rotate(LATER + 1000)).toContain(`in place of ${first}; an earlier rotation is finished`);
    },
  );

  test("one is refused for both keys when it is for either", async () => {
    record(at.trust, { [roleKeys(at.trust, "sealer")[0]?.keyid ?? ""]: newRecord("sealer", LATER, 90) });
    const before = book();
    await expect(rotate(LATER - 1)).rejects.toMatchObject({ code: "key_unusable" });
    expect(book()).toEqual(before);
  });

  test("a key is given up all the same, so that one of a clock that was ahead can be replaced", async () => {
    expect(await rotate(BEHIND, "--revoke", first)).toContain(`revoked ${first}\n`);
    expect(readKeyBook(at.trust)[first]).toMatchObject({ revoked: instant(BEHIND) });
    expect(await rotate(BEHIND, "--role", "attestation")).not.toContain(first);
  });
});
