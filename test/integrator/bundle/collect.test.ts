// Which records a bundle takes: those that keys of today prove, the others not at all; and none where one cannot be read.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord, KeyRole } from "../../../src/core/attestation/key-record.ts";
import type { IncidentId } from "../../../src/core/audit/incident.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { incidentMembers, patchMembers } from "../../../src/integrator/bundle/collect.ts";
import type { Members } from "../../../src/integrator/bundle/file.ts";
import { openContext } from "../../../src/integrator/context.ts";
import { gatewayExchange, integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { attempt } from "../../support/attempt.ts";
import { bundleLab } from "../../support/bundle-lab.ts";
import { receiptOf } from "../../support/sealing.ts";
import { type Desk, openDesk, propose, type ThrowAwayKey, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

const DAY = 86_400_000;
let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

async function members(id: PatchId): Promise<Members> {
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const found = await patchMembers(world, await openContext(world, { state: desk.places.root }), id, "");
  return found!;
}

/** As `keys rotate --revoke` leaves it. */
function revoke(role: KeyRole): ThrowAwayKey {
  const at = instant(desk.now + 1000);
  return replace(role, {
    ...newRecord(role, desk.now - DAY, 90),
    retired: at,
    accepted_until: at,
    revoked: at,
  });
}

function replace(role: KeyRole, life: KeyRecord): ThrowAwayKey {
  const [old, next] = [role === "sealer" ? desk.sealer : desk.key, throwAwayKey()];
  writeFileSync(join(desk.places.trust, `${role}-aaaaaaaa.pub.pem`), old.pem);
  writeFileSync(join(desk.places.trust, `${role}.pub.pem`), next.pem);
  writeFileSync(join(desk.places.trust, "keys.json"), renderKeyBook({ [old.keyid]: life }));
  return next;
}

const RECEIPT = "receipt.tlog-proof";

describe("the receipt of a patch that has landed", () => {
  test("is the one under which it landed, until its sealer's key is revoked; then one of the next key, or none", async () => {
    let entry: Parameters<typeof receiptOf> | undefined;
    const { id } = await propose(desk, {
      sealed: (...of) => {
        entry = of;
        return receiptOf(...of);
      },
    });
    expect((await attempt(desk, id)).answer).toBe("landed");
    const [said, options] = entry!;
    const { receipts } = await gatewayExchange(desk.places.exchange);
    const newer = receiptOf(said, { ...options, index: 4 });
    await receipts.put(id, newer);
    expect((await members(id)).get(RECEIPT)).toEqual(Buffer.from(receiptOf(said, options)));

    // A key that has ended long ago lands nothing more, and what it sealed stays evidence.
    const ended = { retired: instant(desk.now - 300 * DAY), accepted_until: instant(desk.now - 290 * DAY) };
    replace("sealer", { ...newRecord("sealer", desk.now - 380 * DAY, 90), ...ended });
    expect((await members(id)).get(RECEIPT)).toEqual(Buffer.from(receiptOf(said, options)));

    const key = revoke("sealer");
    expect((await members(id)).has(RECEIPT)).toBe(false);
    const next = receiptOf(said, { ...options, key });
    await receipts.put(id, next);
    expect(Buffer.from((await members(id)).get(RECEIPT)!)).toEqual(Buffer.from(next));
    // Genuine, and about another verdict.
    const other = { ...said, data: { ...said.data, statement_sha256: "0".repeat(64) } };
    await receipts.put(id, receiptOf(other, { ...options, key }));
    expect((await members(id)).has(RECEIPT)).toBe(false);
  });

  test("is left out once the log has another name", async () => {
    const { id } = await propose(desk);
    expect((await members(id)).has(RECEIPT)).toBe(true);
    writeFileSync(desk.places.config, `preset = "quickstart"\n[repository]\nname = "other"\n`);
    expect((await members(id)).has(RECEIPT)).toBe(false);
  });
});

test("a verdict under a revoked key is handed on, with its receipt; what else that key published is not", async () => {
  desk.remove();
  const lab = await bundleLab();
  desk = lab.desk;
  const before = await members(lab.id);
  expect(before.has("publication.dsse.json")).toBe(true);
  revoke("attestation");
  const found = await members(lab.id);
  expect(found.has("publication.dsse.json")).toBe(false);
  for (const name of ["verdict.dsse.json", RECEIPT]) {
    expect(found.has(name)).toBe(true);
    expect(found.get(name)).toEqual(before.get(name));
  }
});

describe("a record that cannot be read stops the export", () => {
  test.each(["orders/ID.closed.json", "landings/ID.UUID.json"])("%s", async (place) => {
    const { id } = await propose(desk);
    const name = place.replace("ID", id).replace("UUID", randomUUID());
    writeFileSync(join(desk.places.exchange, name), "{");
    await expect(members(id)).rejects.toMatchObject({
      code: "state_unusable",
      message: expect.stringContaining(name) as unknown,
    });
  });

  test.each([
    ["an incident that nobody closed", ".json", false],
    ["how an incident ended", ".closed.json", false],
    ["an incident that a person closed since: the log says whether it is missed", ".json", true],
  ])("%s", async (_, ending, isPassed) => {
    const { incidents } = await integratorExchange(desk.places.exchange);
    const id = randomUUID() as IncidentId;
    const words = { version: 1, incident_id: id, person: "tester", reason: "it looks odd" } as const;
    const at = instant(desk.now);
    if (ending !== ".json") await incidents.put({ ...words, opened: at, freezes: "changes", patch_id: null });
    writeFileSync(join(desk.places.exchange, "incidents", `${id}${ending}`), "{");
    if (isPassed) await incidents.close({ ...words, closed: at });
    const all = await incidents.all();
    expect(all).toHaveLength(1);
    if (isPassed) expect(incidentMembers(all).size).toBe(0);
    else expect(() => incidentMembers(all)).toThrow(`${id}${ending}`);
  });
});
