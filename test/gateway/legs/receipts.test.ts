// Receipts: written once an entry is sealed, found missing by any restart, never touched while they are good.
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord } from "../../../src/core/attestation/key-record.ts";
import type { AuditEntry } from "../../../src/core/audit/entry.ts";
import type { IncidentId } from "../../../src/core/audit/incident.ts";
import { originOf } from "../../../src/core/audit/checkpoint.ts";
import { openProof } from "../../../src/core/audit/tlog-proof.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { openSealing } from "../../../src/gateway/legs/sealing.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { openLog } from "../../../src/io/log/log.ts";
import type { Sealer } from "../../../src/validator/sealing/sealer.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { deploymentIn, sealerOf } from "../../support/gateway-sealing.ts";
import { signer } from "../../support/published.ts";

const DAY = 86_400_000;
let lab: GatewayLab;
let base: string;
let sealer: Sealer;
beforeEach(async () => {
  lab = await gatewayLab();
  base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  sealer = await sealerOf(lab);
});
afterEach(() => lab.stop());

async function judged(id?: PatchId): Promise<PatchId> {
  if (id !== undefined) return id;
  const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }];
  const answer = await lab.output("propose-patch", proposalArgs(base, { edits }));
  const patch = answer["patch_id"] as PatchId;
  await lab.judge(lab.store.proposal(patch)!.order);
  return patch;
}
async function rounds(): Promise<void> {
  await lab.rounds.once();
  await sealer.look(true);
  await lab.rounds.once();
  expect(lab.fatal).toEqual([]);
}
/** The entry that the receipt under `id` proves, or why it proves nothing. */
async function proven(id: PatchId | IncidentId): Promise<AuditEntry | string> {
  const found = await lab.gatewayExchange.receipts.read(id);
  if (found.kind !== "found") return found.kind;
  const shard = new Date().toISOString().slice(0, 7);
  const opened = openProof(found.bytes, originOf(deploymentIn(lab), shard), [lab.sealer.trusted.publicKey]);
  return opened.ok ? (JSON.parse(opened.line) as AuditEntry) : opened.why;
}
const fileOf = (id: string): string => join(lab.layout.exchange, "receipts", `${id}.tlog-proof`);

describe("verdicts", () => {
  test("without a seal there is no receipt, and somebody waits", async () => {
    const patch = await judged();
    await lab.rounds.once();
    expect(await proven(patch)).toBe("absent");
    const [shard = ""] = await lab.gatewayExchange.headRequests.list();
    expect(await lab.gatewayExchange.headRequests.read(shard)).toMatchObject({ value: { urgent: true } });
  });

  test("what is sealed has its receipt; it is written once", async () => {
    const patch = await judged();
    await rounds();
    expect(await proven(patch)).toMatchObject({
      event: "verdict.received",
      data: { patch_id: patch, outcome: "APPROVED" },
    });
    const { ino } = statSync(fileOf(patch));
    await lab.call("read-manifest", {});
    await rounds();
    const other = await gatewayLab({ beside: lab });
    await other.rounds.once();
    await other.stop();
    expect(statSync(fileOf(patch)).ino).toBe(ino);
  });

  test.each([
    ["cut", (bytes: Buffer) => bytes.subarray(0, 100)],
    ["of another line", (bytes: Buffer) => Buffer.from(bytes.toString().replace("index ", "index 1"))],
    ["empty", () => Buffer.alloc(0)],
  ])("one that is %s is written anew by the next gateway", async (_, bend) => {
    const patch = await judged();
    await rounds();
    writeFileSync(fileOf(patch), bend(readFileSync(fileOf(patch))));
    expect(typeof (await proven(patch))).toBe("string");
    const other = await gatewayLab({ beside: lab });
    await other.rounds.once();
    await other.stop();
    expect(await proven(patch)).toMatchObject({ data: { patch_id: patch } });
  });

  test("seven days behind its end the receipt goes, and does not come back", async () => {
    const patch = await judged();
    await rounds();
    await lab.output("withdraw-patch", { patch_id: patch });
    await rounds();
    expect(await proven(patch)).toMatchObject({ event: "verdict.received" });
    lab.later(8 * 86_400_000);
    await rounds();
    expect(await proven(patch)).toBe("absent");
    await rounds();
    expect(await proven(patch)).toBe("absent");
  });

  test("a verdict that was refused has none, and nobody waits for it", async () => {
    const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }];
    const answer = await lab.output("propose-patch", proposalArgs(base, { edits }));
    const patch = answer["patch_id"] as PatchId;
    await lab.judge(lab.store.proposal(patch)!.order, { patch: sha256("another patch") });
    await rounds();
    expect(await proven(patch)).toBe("absent");
    await lab.call("read-manifest", {});
    await lab.rounds.once();
    const [shard = ""] = await lab.gatewayExchange.headRequests.list();
    expect(await lab.gatewayExchange.headRequests.read(shard)).toMatchObject({ value: { urgent: false } });
  });
});

describe("receipts that are no good any more", () => {
  test("one that was lost is written again, within the hour", async () => {
    const patch = await judged();
    await rounds();
    rmSync(fileOf(patch));
    await rounds();
    expect(await proven(patch)).toBe("absent");
    lab.later(3_600_000);
    await rounds();
    expect(await proven(patch)).toMatchObject({ event: "verdict.received" });
  });

  test.each([
    ["was given up", (life: KeyRecord) => ({ ...life, revoked: instant(1) }), 0],
    ["has ended, behind the overlap", (life: KeyRecord) => ({ ...life, retired: instant(1) }), 2 * DAY],
  ])("of a key that %s: the gateway that runs files them anew under the next one", async (_, end, later) => {
    const patch = await judged();
    const next = signer();
    await lab.rounds.once();
    let sealers = [lab.sealer.trusted];
    let now = Date.now();
    const round = openSealing({
      store: lab.store,
      exchange: lab.gatewayExchange,
      deployment: deploymentIn(lab),
      sealers: () => sealers,
      clock: () => now,
      log: openLog("error", { write: () => undefined }),
      actor: { principal: "gateway" },
    });
    const seal = async (): Promise<void> => {
      for (const step of [round, () => sealer.look(true), round]) await step();
    };
    await seal();
    const of = async (key: Uint8Array): Promise<boolean> => {
      const found = await lab.gatewayExchange.receipts.read(patch);
      const origin = originOf(deploymentIn(lab), new Date().toISOString().slice(0, 7));
      return found.kind === "found" && openProof(found.bytes, origin, [key]).ok;
    };
    expect(await of(lab.sealer.trusted.publicKey)).toBe(true);
    sealers = [next.trusted, { ...lab.sealer.trusted, life: end(newRecord("sealer", now - DAY, 2)) }];
    sealer = await sealerOf({ ...lab, sealer: next });
    await seal();
    expect(await of(next.trusted.publicKey)).toBe(later === 0);
    now += later;
    await round();
    expect(await of(next.trusted.publicKey)).toBe(true);
  });
});

describe("records of a person", () => {
  const id = randomUUID() as IncidentId;
  const opened = {
    version: 1,
    incident_id: id,
    opened: instant(0),
    person: "alice",
    reason: "Something is wrong.",
    freezes: "changes",
    patch_id: null,
  } as const;

  test("an incident has the receipt of its newest entry", async () => {
    const { incidents } = await integratorExchange(lab.layout.exchange);
    await incidents.put(opened);
    await rounds();
    expect(await proven(id)).toMatchObject({ event: "incident.opened" });
    const { opened: _, freezes: __, patch_id: ___, ...closure } = opened;
    await incidents.close({ ...closure, closed: instant(1) });
    await rounds();
    expect(await proven(id)).toMatchObject({ event: "incident.closed", data: { incident_id: id } });
  });

  test("a journal record has one, and does not take the incident's", async () => {
    const { incidents, journal } = await integratorExchange(lab.layout.exchange);
    const own = randomUUID() as IncidentId;
    await incidents.put(opened);
    await journal.put({
      version: 1,
      journal_id: own,
      at: instant(0),
      person: "alice",
      kind: "bundle.exported",
      patch_id: null,
      incident_id: id,
      sha256: sha256("bundle"),
    });
    await rounds();
    expect(await proven(own)).toMatchObject({ event: "bundle.exported", data: { journal_id: own } });
    expect(await proven(id)).toMatchObject({ event: "incident.opened" });
  });
});
