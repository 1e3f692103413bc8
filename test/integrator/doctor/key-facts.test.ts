// What is looked at of signing keys: their records, else the times of their files, and what a rotation left.
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../../src/core/attestation/key-life.ts";
import { gatherKeys } from "../../../src/integrator/doctor/key-facts.ts";
import { NOON } from "../../support/proposals.ts";
import { type Desk, openDesk } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const gather = (): ReturnType<typeof gatherKeys> =>
  gatherKeys(desk.places, { max_age_days: 90, overlap_days: 7, warn_days: 7 }, NOON);

test("records where there are some, the time of the file otherwise", () => {
  const life = newRecord("attestation", NOON, 30);
  writeFileSync(join(desk.places.trust, "keys.json"), renderKeyBook({ [desk.key.keyid]: life }));
  utimesSync(join(desk.places.trust, "sealer.pub.pem"), NOON / 1000, NOON / 1000);
  expect(gather()).toEqual({
    now: NOON,
    warnDays: 7,
    keys: [
      { role: "attestation", keyid: desk.key.keyid, life, recorded: true },
      { role: "sealer", keyid: desk.sealer.keyid, life: newRecord("sealer", NOON, 90), recorded: false },
    ],
    unfinished: [],
  });
});

test("a missing key, and what an interrupted rotation left", () => {
  rmSync(join(desk.places.trust, "sealer.pub.pem"));
  writeFileSync(join(desk.places.keys, "attestation.old.key.pem"), "");
  const { keys, unfinished } = gather();
  expect(keys[1]).toEqual({ role: "sealer", why: expect.stringContaining("is not there") as string });
  expect(unfinished).toEqual(["attestation"]);
});
