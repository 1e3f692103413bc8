// Rotation: whatever step a crash comes behind, somebody can sign, everybody can verify, and the next run finishes it.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { countsAt, newRecord } from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord, KeyRole } from "../../../src/core/attestation/key-record.ts";
import { instant } from "../../../src/core/base/time.ts";
import { openKeyring, readKeyBook, roleKeys } from "../../../src/io/file/keyring.ts";
import { record } from "../../../src/validator/signing/key-book.ts";
import { newKey } from "../../../src/validator/signing/keygen.ts";
import { openLivingKey } from "../../../src/validator/signing/living.ts";
import { isUnfinished, revokeKey, rotateKey, rotationSteps } from "../../../src/validator/signing/rotate.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const DAY = 86_400_000;
const LATER = NOON + 30 * DAY;
const terms = { now: LATER, maxAgeDays: 90, overlapDays: 7, revoke: false };
const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

let state: string;
let at: { keys: string; trust: string; repositories: string[] };
let old: string;
beforeEach(() => {
  state = scratch("rotate");
  folders.push(state);
  at = { keys: join(state, "keys"), trust: join(state, "trust"), repositories: [] };
  for (const role of ["attestation", "sealer"] as const)
    record(at.trust, { [newKey(at, role).keyid]: newRecord(role, NOON, 90) });
  old = inUse("attestation");
});

const life = { clock: () => LATER + 3 * DAY, maxAgeDays: 90 };
const inUse = (role: KeyRole): string => openLivingKey(at, role, life).keyid;
const privates = (): readonly string[] => readdirSync(at.keys).filter((name) => name.endsWith(".pem"));
/** Which keys a verdict of that moment counts by. */
const believedAt = (time: number): readonly string[] =>
  roleKeys(at.trust, "attestation")
    .filter((key) => countsAt(key, time).ok)
    .map(({ keyid }) => keyid);

describe.each([0, 1, 2, 3, 4, 5, 6, 7, 8])("a crash behind step %i", (count) => {
  test("leaves a key that signs and is believed; the next run finishes and begins nothing", () => {
    for (const step of rotationSteps(at, "attestation", terms).slice(0, count)) step();
    const between = inUse("attestation");
    expect(believedAt(LATER + 1)).toContain(between);
    // What was signed just before it still counts.
    expect(believedAt(LATER - 1)).toContain(old);
    expect(isUnfinished(at, "attestation")).toBe(count > 0 && count < 8);
    if (count === 8) return;
    const done = rotateKey(at, "attestation", { ...terms, now: LATER + 1000 });
    expect([done.retired, done.finished]).toEqual([old, count > 0]);
    expect([inUse("attestation"), isUnfinished(at, "attestation")]).toEqual([done.inUse, false]);
    expect(done.inUse).not.toBe(old);
    expect(privates()).toEqual(["attestation.key.pem", "sealer.key.pem"]);
    const recorded = readKeyBook(at.trust);
    expect(Object.values(recorded).filter(({ role }) => role === "attestation")).toHaveLength(2);
    expect(recorded[old]?.accepted_until).toBe(instant(Date.parse(recorded[old]?.retired ?? "") + 7 * DAY));
  });

  test("in an overwritten private half, too", () => {
    for (const step of rotationSteps(at, "attestation", terms).slice(0, count)) step();
    const left = join(at.keys, "attestation.old.key.pem");
    if (count < 7 || !existsSync(left)) return;
    writeFileSync(left, "\0".repeat(119));
    expect(rotateKey(at, "attestation", terms)).toMatchObject({ retired: old, finished: true });
    expect(existsSync(left)).toBe(false);
  });
});

test("killed with -9 wherever it is, the state works, and the next run finishes", () => {
  const script = join(state, "rotate.ts");
  const source = join(import.meta.dirname, "../../../src/validator/signing/rotate.ts");
  writeFileSync(
    script,
    `import { rotationSteps } from ${JSON.stringify(source)};
     const steps = rotationSteps(${JSON.stringify(at)}, "attestation", ${JSON.stringify(terms)});
     for (const step of steps.slice(0, Number(process.argv[2]))) step();
     process.kill(process.pid, "SIGKILL");`,
  );
  const whole = join(state, "whole");
  cpSync(at.keys, join(whole, "keys"), { recursive: true });
  cpSync(at.trust, join(whole, "trust"), { recursive: true });
  for (const count of [1, 4, 5, 6, 7]) {
    for (const place of ["keys", "trust"] as const) {
      rmSync(at[place], { recursive: true });
      cpSync(join(whole, place), at[place], { recursive: true });
    }
    expect(spawnSync(process.execPath, [script, `${count}`]).signal).toBe("SIGKILL");
    expect(believedAt(LATER + 1)).toContain(inUse("attestation"));
    expect(rotateKey(at, "attestation", terms)).toMatchObject({ retired: old, finished: true });
  }
}, 60_000);

describe("a rotation", () => {
  test("destroys the old private half: its bytes are overwritten before the name goes", () => {
    const witness = join(state, "witness");
    linkSync(join(at.keys, "attestation.key.pem"), witness);
    const before = readFileSync(witness);
    rotateKey(at, "attestation", terms);
    const after = readFileSync(witness);
    expect(after).toHaveLength(before.length);
    expect(after.includes("PRIVATE KEY")).toBe(false);
    expect(statSync(join(at.keys, "attestation.key.pem")).mode & 0o777).toBe(0o600);
  });

  test("of one role leaves the other alone, and a gateway sees both keys without a restart", () => {
    const ring = openKeyring(at.trust, "attestation");
    const sealer = inUse("sealer");
    expect(ring().map(({ keyid }) => keyid)).toEqual([old]);
    const done = rotateKey(at, "attestation", terms);
    expect(ring().map(({ keyid }) => keyid)).toEqual([done.inUse, old]);
    expect(inUse("sealer")).toBe(sealer);
  });

  test("ends what the old key says about later times, and nothing that it said before", () => {
    const done = rotateKey(at, "attestation", terms);
    expect(believedAt(NOON)).toEqual([old]);
    expect(believedAt(LATER + 7 * DAY - 1)).toEqual([done.inUse, old]);
    expect(believedAt(LATER + 7 * DAY)).toEqual([done.inUse]);
  });

  test("again: each key keeps its public half, of sealers too, for their checkpoints verify for ever", () => {
    const first = inUse("sealer");
    const second = rotateKey(at, "sealer", terms).inUse;
    const third = rotateKey(at, "sealer", { ...terms, now: LATER + DAY }).inUse;
    expect(
      roleKeys(at.trust, "sealer")
        .map(({ keyid }) => keyid)
        .toSorted(),
    ).toEqual([first, second, third].toSorted());
    expect(rotateKey(at, "sealer", { ...terms, now: LATER + 2 * DAY }).retired).toBe(third);
  });

  test("of a key without a record gives it one, with the time of its file", () => {
    writeFileSync(join(at.trust, "keys.json"), '{"keys":{},"version":1}');
    const done = rotateKey(at, "attestation", { ...terms, now: Date.now() + 1000 });
    expect(Object.keys(readKeyBook(at.trust)).toSorted()).toEqual([done.retired, done.inUse].toSorted());
  });

  test("with revoke, nothing that the old key ever signed counts", () => {
    const done = rotateKey(at, "attestation", { ...terms, revoke: true });
    expect([believedAt(NOON), believedAt(LATER)]).toEqual([[], [done.inUse]]);
    expect(readKeyBook(at.trust)[old]).toMatchObject({
      accepted_until: instant(LATER),
      revoked: instant(LATER),
    });
  });

  test("a key of the past can be revoked later, and the first word stands", () => {
    const done = rotateKey(at, "attestation", terms);
    const known = (): KeyRecord | undefined => readKeyBook(at.trust)[done.retired];
    for (const now of [LATER + DAY, LATER + 2 * DAY])
      revokeKey(at.trust, done.retired, known() ?? newRecord("attestation", 0, 1), now);
    expect(known()?.revoked).toBe(instant(LATER + DAY));
    expect(believedAt(NOON)).toEqual([]);
  });

  test("of a mounted key overwrites what the link leads to", () => {
    const mounted = join(state, "mounted");
    cpSync(join(at.keys, "attestation.key.pem"), mounted);
    rmSync(join(at.keys, "attestation.key.pem"));
    symlinkSync(mounted, join(at.keys, "attestation.key.pem"));
    rotateKey(at, "attestation", terms);
    expect(readFileSync(mounted).includes("PRIVATE KEY")).toBe(false);
    expect(inUse("attestation")).not.toBe(old);
  });
});

// Where the users are separate, root rotates, and the validator has to read its key all the same.
test.skipIf(process.getuid?.() !== 0)("the new private half is its owner's who had the old one", () => {
  const file = join(at.keys, "attestation.key.pem");
  chownSync(file, 4711, 4712);
  rotateKey(at, "attestation", terms);
  const { uid, gid, mode } = statSync(file);
  expect([uid, gid, mode & 0o777]).toEqual([4711, 4712, 0o600]);
});

test("openssl takes both halves of a rotated key for one pair", () => {
  rotateKey(at, "attestation", terms);
  const made = execFileSync("openssl", ["pkey", "-in", join(at.keys, "attestation.key.pem"), "-pubout"], {
    encoding: "utf8",
  });
  expect(made).toBe(readFileSync(join(at.trust, "attestation.pub.pem"), "utf8"));
});
