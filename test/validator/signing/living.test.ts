// A key signs only what it is for, only while it lives, and only where somebody believes it.
import { cpSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { instant } from "../../../src/core/base/time.ts";
import { record } from "../../../src/validator/signing/key-book.ts";
import { newKey, type NewKey } from "../../../src/validator/signing/keygen.ts";
import { keysInUse, openLivingKey } from "../../../src/validator/signing/living.ts";
import { rotateKey } from "../../../src/validator/signing/rotate.ts";
import { openSealerHand } from "../../../src/validator/signing/sealer.ts";
import { openSigner } from "../../../src/validator/signing/signer.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const DAY = 86_400_000;
const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

let at: { keys: string; trust: string; repositories: string[] };
let attestation: NewKey;
let sealer: NewKey;
let now: number;
const terms = { clock: () => now, maxAgeDays: 90 };
beforeEach(() => {
  const state = scratch("living");
  folders.push(state);
  at = { keys: join(state, "keys"), trust: join(state, "trust"), repositories: [] };
  [attestation, sealer] = [newKey(at, "attestation"), newKey(at, "sealer")];
  record(at.trust, {
    [attestation.keyid]: newRecord("attestation", NOON, 90),
    [sealer.keyid]: newRecord("sealer", NOON, 90),
  });
  now = NOON;
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

describe("a start is refused", () => {
  test.each([
    ["91 days later", () => (now = NOON + 91 * DAY), "ended at 2027-02-20", "countersign keys rotate"],
    ["at the end itself", () => (now = NOON + 90 * DAY), "ended at", "countersign keys rotate"],
    ["before the key began", () => (now = NOON - 1), "begins at", "Set the clock right"],
    [
      "once the key was revoked",
      () =>
        record(at.trust, {
          [attestation.keyid]: { ...newRecord("attestation", NOON, 90), revoked: instant(NOON) },
        }),
      "was revoked",
      "countersign keys rotate",
    ],
    [
      "once it was rotated out",
      () =>
        record(at.trust, {
          [attestation.keyid]: { ...newRecord("attestation", NOON, 90), retired: instant(NOON) },
        }),
      "was rotated out",
      "countersign keys rotate",
    ],
    ["when nobody believes it", () => rmSync(attestation.publicFile), "is not there", "Put it there"],
    [
      "when another key is believed",
      () => cpSync(sealer.publicFile, attestation.publicFile),
      "is the sealer key",
      "Put the attestation key's public half there",
    ],
  ])("%s", (_, harm, message, fix) => {
    harm();
    const found = refused(() => openLivingKey(at, "attestation", terms));
    expect([found.code, found.exitCode, found.message, found.fix]).toEqual([
      "key_unusable",
      2,
      expect.stringContaining(message),
      expect.stringContaining(fix),
    ]);
  });

  // Threat: whoever gets one key of a validator that uses it for both writes verdicts and the log that shall bear them out.
  test("when one key is to sign both, without a record as well", () => {
    rmSync(join(at.trust, "keys.json"));
    for (const place of ["privateFile", "publicFile"] as const) cpSync(attestation[place], sealer[place]);
    expect(refused(() => openLivingKey(at, "sealer", terms)).message).toBe(
      "the sealer key is the attestation key as well",
    );
    expect(refused(() => openLivingKey(at, "attestation", terms)).message).toContain("as well");
  });

  test("91 days after its file, when it has no record; however new the file, it has begun", () => {
    rmSync(join(at.trust, "keys.json"));
    utimesSync(attestation.publicFile, NOON / 1000, NOON / 1000);
    now = NOON - DAY;
    expect(openLivingKey(at, "attestation", terms).keyid).toBe(attestation.keyid);
    now = NOON + 91 * DAY;
    expect(refused(() => openLivingKey(at, "attestation", terms)).message).toContain("ended at");
  });
});

describe("an open key signs nothing from its end on", () => {
  test("the signer of verdicts", () => {
    const signer = openSigner(openLivingKey(at, "attestation", terms));
    expect(refused(() => signer.sign(utf8("no statement"))).message).toContain("not a statement of ours");
    now = NOON + 90 * DAY;
    expect(refused(() => signer.sign(utf8("no statement"))).message).toContain("ended at");
    expect(signer.unfit()?.fix).toBe("Run: countersign keys rotate");
  });

  test("the signer of checkpoints", () => {
    const hand = openSealerHand(openLivingKey(at, "sealer", terms), "example.org");
    expect(refused(() => hand.sign("no checkpoint")).message).toContain("no checkpoint of its log");
    now = NOON + 90 * DAY;
    expect(refused(() => hand.sign("no checkpoint")).message).toContain("ended at");
  });
});

test("what is in use is another text after each rotation, and after a revocation", () => {
  const rotation = { now: NOON + DAY, maxAgeDays: 90, overlapDays: 7, revoke: false };
  const seen = [keysInUse(at), keysInUse(at)];
  expect(seen[0]).toBe(seen[1]);
  for (const role of ["attestation", "sealer"] as const) {
    rotateKey(at, role, rotation);
    seen.push(keysInUse(at));
  }
  const id = openLivingKey(at, "sealer", { ...terms, clock: () => NOON + 2 * DAY }).keyid;
  record(at.trust, { [id]: { ...newRecord("sealer", NOON, 90), revoked: instant(NOON) } });
  expect(new Set([...seen, keysInUse(at)]).size).toBe(4);
});
