// Records of a patch and the log's entries about it: none without the other; and what keys signed that were revoked since.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord } from "../../../src/core/attestation/key-record.ts";
import { instant } from "../../../src/core/base/time.ts";
import { type BundleAnswer, examineBundle } from "../../../src/integrator/bundle/examine.ts";
import type { Bundle, Members } from "../../../src/integrator/bundle/file.ts";
import { type BundleLab, bundleLab, writtenBundle } from "../../support/bundle-lab.ts";

const DAY = 86_400_000;
const FORMERLY = "countersign/default/before";
let lab: BundleLab;
let made: { readonly patch: Bundle; readonly incident: Bundle };
beforeAll(async () => {
  lab = await bundleLab("", undefined, { isWithdrawn: true, formerly: FORMERLY });
  made = { patch: await lab.patch(), incident: await lab.incidents() };
});
afterAll(() => lab.remove());

const examine = (bundle: Bundle, terms = lab.terms): BundleAnswer =>
  examineBundle(writtenBundle(bundle), terms);
const without = (members: Members, part: string): Members =>
  new Map([...members].filter(([path]) => !path.includes(part)));
const kinds = ["patch", "incident"] as const;

describe.each(kinds)("%s", (kind) => {
  const mine = (): Bundle => made[kind];
  const prefix = (): string => (kind === "patch" ? "" : `patches/${lab.id}/`);

  test.each([
    ["landings/", "landing.refused"],
    [".closed.json", kind === "patch" ? "incident.closed" : "disagree"],
    ["incidents/", kind === "patch" ? "incident.opened" : "record of"],
    ["order.closed.json", "it is missing"],
  ])("what the sealed log tells, and no %s has", (part, why) => {
    const less = without(mine().members, part);
    expect(less.size).toBeLessThan(mine().members.size);
    expect(examine(lab.sealed(mine(), less))).toMatchObject({
      verdict: "failed",
      why: expect.stringContaining(why) as unknown,
    });
  });

  test("a closing note says what its entry says", () => {
    expect(examine(mine())).toMatchObject({ verdict: "verified", facts: { ended: "withdrawn" } });
    const note = { version: 1, patch_id: lab.id, state: "expired", at: instant(lab.desk.now) };
    const name = `${prefix()}order.closed.json`;
    const bent = new Map([...mine().members, [name, Buffer.from(canonical(note))]]);
    expect(examine(lab.sealed(mine(), bent))).toMatchObject({
      verdict: "failed",
      where: name,
      why: expect.stringContaining("no entry proposal.closed") as unknown,
    });
  });

  test("an attestation key that was revoked since: an answer of its own, and the rest is verified as ever", () => {
    const revoked = instant(lab.desk.now + 1000);
    const under = (change: Partial<KeyRecord>, begun = lab.desk.now - DAY): typeof lab.terms => {
      const life = { ...newRecord("attestation", begun, 90), ...change };
      return { ...lab.terms, attesters: lab.terms.attesters.map((key) => ({ ...key, life })) };
    };
    expect(examine(mine(), under({}))).toMatchObject({ verdict: "verified" });
    const given = under({ revoked, retired: revoked, accepted_until: revoked });
    expect(examine(mine(), given)).toMatchObject({
      verdict: "revoked",
      where: null,
      why: expect.stringContaining(
        `revoked at ${revoked}, and what that key signed counts for nothing`,
      ) as unknown,
      facts: { outcome: "APPROVED", attestation_key_revoked: revoked },
    });
    expect(examine(lab.sealed(mine(), without(mine().members, "landings/")), given).verdict).toBe("failed");
    // What it says about a time at which it was no key is nothing, whether it was revoked or not.
    expect(examine(mine(), under({ revoked }, lab.desk.now + DAY))).toMatchObject({
      verdict: "failed",
      why: expect.stringContaining("key_expired") as unknown,
    });
  });

  test("a verdict of before the log got its name: the trees show that it is the same log", () => {
    expect(examine(mine()).facts).toMatchObject({ log_was_named: `${FORMERLY}/audit/2026-10` });
    expect(examine(lab.sealed(mine(), without(mine().members, "2026-10-9.consistency")))).toMatchObject({
      verdict: "failed",
      why: expect.stringContaining("nothing shows that its checkpoint is older") as unknown,
    });
  });
});

test("an invented closing note of a patch that nobody closed", async () => {
  const open = await bundleLab();
  try {
    const bundle = await open.patch();
    const note = { version: 1, patch_id: open.id, state: "withdrawn", at: instant(open.desk.now) };
    const bent = new Map([...bundle.members, ["order.closed.json", Buffer.from(canonical(note))]]);
    expect(examine(open.sealed(bundle, bent), open.terms)).toMatchObject({
      verdict: "failed",
      where: "order.closed.json",
    });
  } finally {
    open.remove();
  }
});

test("an incident about a patch whose order left the exchange says that it is not there", () => {
  const less = without(without(made.incident.members, `patches/${lab.id}/`), ".consistency");
  expect(examine(lab.sealed(made.incident, less))).toMatchObject({
    verdict: "verified",
    facts: { order: "not in the bundle" },
  });
});
