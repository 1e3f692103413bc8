// `keys rotate --revoke KEY`: the key that was named is given up and no other one, whatever an earlier run left behind.
import { Command } from "commander";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { readKeyBook } from "../../../src/io/file/keyring.ts";
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

async function revoke(id: string): Promise<string> {
  const said: string[] = [];
  const program = new Command().exitOverride();
  addKeyWords(program, {
    findState: async () => layout(root),
    foldersWithoutKeys: async () => [],
    now: () => LATER + 1000,
    env: {},
    out: (text) => void said.push(text),
  });
  await program.parseAsync(["keys", "rotate", "--revoke", id], { from: "user" });
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
    await revoke(fresh);
    expect(revoked()).toEqual([fresh]);
    expect(inUse()).not.toBe(fresh);
  });
});

test("a key of the past is revoked without another rotation", async () => {
  const second = rotateKey(at, "attestation", terms).inUse;
  expect(await revoke(first)).toBe(`revoked ${first}\n`);
  expect([revoked(), inUse()]).toEqual([[first], second]);
});
