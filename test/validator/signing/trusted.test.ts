// The list of keys: which is which, how long each lasts, what is wrong with it, and what should be done.
import { chmodSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import { instant } from "../../../src/core/base/time.ts";
import { record } from "../../../src/validator/signing/key-book.ts";
import { newKey, type NewKey } from "../../../src/validator/signing/keygen.ts";
import { rotateKey, rotationSteps } from "../../../src/validator/signing/rotate.ts";
import { inJson, inText, listKeys, warnings } from "../../../src/validator/signing/trusted.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";

const DAY = 86_400_000;
const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

let at: { keys: string; trust: string; repositories: string[] };
let made: NewKey;
beforeEach(() => {
  const [state, repo] = [scratch("list"), scratchRepository("list", { a: "x" })];
  folders.push(state, repo);
  at = { keys: join(state, "keys"), trust: join(state, "trust"), repositories: [repo] };
  made = newKey(at, "attestation");
  record(at.trust, { [made.keyid]: newRecord("attestation", NOON, 90) });
});

const list = (now = NOON): ReturnType<typeof listKeys> => listKeys(at, { now, maxAgeDays: 90 });
const warned = (now: number): readonly string[] => warnings(at, list(now), 7);

test("both halves of a key, with its life", () => {
  const life = newRecord("attestation", NOON, 90);
  const common = { role: "attestation", keyid: made.keyid, trusted: true, life, recorded: true };
  const lasts = { daysLeft: 90, use: "in use", problem: undefined };
  expect(list()).toEqual([
    { kind: "private", file: made.privateFile, mode: "0600", ...common, ...lasts },
    { kind: "public", file: made.publicFile, mode: "0644", ...common, ...lasts },
  ]);
  expect(
    listKeys({ ...at, keys: join(at.keys, "no"), trust: join(at.trust, "no") }, { now: 0, maxAgeDays: 1 }),
  ).toEqual([]);
});

test("what cannot be used says why, and nothing throws", () => {
  chmodSync(made.privateFile, 0o644);
  writeFileSync(join(at.trust, "junk.pub.pem"), "junk");
  cpSync(made.publicFile, join(at.trust, "ci.pub.pem"));
  const found = list();
  expect(found.map(({ keyid, trusted, role }) => [keyid === made.keyid, trusted, role])).toEqual([
    [false, false, "attestation"],
    [true, true, "attestation"],
    [true, true, undefined],
    [false, false, undefined],
  ]);
  expect(found.map(inText).join("")).toContain("can be read by others");
});

test("states: in use, overlap, retired, revoked, expired, accepted", () => {
  const rotation = { now: NOON + DAY, maxAgeDays: 90, overlapDays: 7, revoke: false };
  rotateKey(at, "attestation", rotation);
  const states = (now: number): readonly unknown[] =>
    list(now).map(({ kind, use }) => `${kind} ${use ?? "none"}`);
  expect(states(NOON + 2 * DAY)).toEqual(["private in use", "public overlap", "public in use"]);
  expect(states(NOON + 8 * DAY)).toEqual(["private in use", "public retired", "public in use"]);
  expect(states(NOON + 91 * DAY)).toEqual(["private expired", "public retired", "public expired"]);
  expect(
    list(NOON + 2 * DAY)
      .map(inText)
      .join(""),
  ).toContain(`overlap until ${instant(NOON + 8 * DAY)}`);
  record(at.trust, { [made.keyid]: { ...newRecord("attestation", NOON, 90), revoked: instant(NOON) } });
  expect(list().find(({ keyid }) => keyid === made.keyid)).toMatchObject({ use: "revoked", trusted: false });
  record(at.trust, { [made.keyid]: newRecord("attestation", NOON, 90) });
  expect(states(NOON + 2 * DAY)).toContain("public accepted");
});

test("a warning comes when fewer days are left than were asked for, and when none is", () => {
  expect(warned(NOON + 83 * DAY)).toEqual([]);
  expect(warned(NOON + 83 * DAY + 1)).toEqual([
    `the attestation key ${made.keyid} ends at ${instant(NOON + 90 * DAY)}, in 6 days; run countersign keys rotate --role attestation`,
  ]);
  expect(warned(NOON + 91 * DAY)).toEqual([expect.stringContaining("and signs nothing")]);
});

test("an old state folder has no records: that is said, and the time of the file counts", () => {
  rmSync(join(at.trust, "keys.json"));
  expect(warned(Date.now())).toEqual([expect.stringContaining("has no record in trust/keys.json")]);
  expect(list(Date.now()).map(inText).join("")).toContain("(time of its file)");
  expect(list(Date.now()).map(({ recorded, daysLeft: days }) => [recorded, days])).toEqual([
    [false, 89],
    [false, 89],
  ]);
});

test("a rotation that was interrupted is spoken of", () => {
  const terms = { now: NOON + DAY, maxAgeDays: 90, overlapDays: 7, revoke: false };
  for (const step of rotationSteps(at, "attestation", terms).slice(0, 3)) step();
  expect(warned(NOON + DAY)).toEqual([expect.stringContaining("was interrupted; countersign keys rotate")]);
});

test("as JSON every field is there, and null where nothing is known", () => {
  expect(list().map(inJson)[1]).toEqual({
    kind: "public",
    role: "attestation",
    file: made.publicFile,
    mode: "0644",
    keyid: made.keyid,
    trusted: true,
    recorded: true,
    created: instant(NOON),
    not_after: instant(NOON + 90 * DAY),
    retired: null,
    accepted_until: null,
    revoked: null,
    days_left: 90,
    state: "in use",
    problem: null,
  });
});
