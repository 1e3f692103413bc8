// What the doctor says of signing keys: nothing bad of fresh ones, and each end in time.
import { describe, expect, test } from "vitest";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord } from "../../../src/core/attestation/key-record.ts";
import { instant } from "../../../src/core/base/time.ts";
import { type KeyFact, keyLifeFindings, type KeysFact } from "../../../src/integrator/doctor/keys.ts";
import { DAY } from "../../support/doctor.ts";
import { NOON } from "../../support/proposals.ts";

const key = (role: "attestation" | "sealer", change: Partial<KeyRecord> = {}): KeyFact => ({
  role,
  keyid: `SHA256:${role}`,
  life: { ...newRecord(role, NOON, 90), ...change },
  recorded: true,
});
const healthy: KeysFact = {
  now: NOON,
  warnDays: 7,
  keys: [key("attestation"), key("sealer")],
  unfinished: [],
};
const bad = (change: Partial<KeysFact>): readonly string[] =>
  keyLifeFindings({ ...healthy, ...change })
    .filter(({ level }) => level !== "ok")
    .map(({ id, level }) => `${level} ${id}`);

describe("the doctor", () => {
  test.each<[string, Partial<KeysFact>, readonly string[]]>([
    ["fresh keys", {}, []],
    ["seven days before the end", { now: NOON + 83 * DAY }, []],
    ["a moment later", { now: NOON + 83 * DAY + 1 }, ["warn key-attestation", "warn key-sealer"]],
    ["91 days later", { now: NOON + 91 * DAY }, ["fail key-attestation", "fail key-sealer"]],
    ["a revoked key in use", { keys: [key("sealer", { revoked: instant(NOON) })] }, ["fail key-sealer"]],
    [
      "a key that was rotated out",
      { keys: [key("sealer", { retired: instant(NOON) })] },
      ["fail key-sealer"],
    ],
    ["no sealer key", { keys: [{ role: "sealer", why: "is not there" }] }, ["fail key-sealer"]],
    ["no attestation key, which trust-key tells", { keys: [{ role: "attestation", why: "no" }] }, []],
    ["an interrupted rotation", { unfinished: ["sealer"] }, ["warn key-rotation-sealer"]],
  ])("%s", (_, change, expected) => {
    expect(bad(change)).toEqual(expected);
  });

  test("says how many days are left, and what to run", () => {
    expect(keyLifeFindings({ ...healthy, now: NOON + 85 * DAY, keys: [key("sealer")] })).toEqual([
      {
        id: "key-sealer",
        level: "warn",
        message: `the sealer key SHA256:sealer expires in 5 days, at ${instant(NOON + 90 * DAY)}`,
        fix: "Run: countersign keys rotate --role sealer",
      },
    ]);
  });
});
