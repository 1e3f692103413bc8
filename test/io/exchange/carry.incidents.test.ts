// Incidents and the journal reach the log once each, behind the landings that were made before them.
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry } from "../../../src/core/audit/entry.ts";
import { carryAll } from "../../../src/io/exchange/carry.ts";
import type { IntegratorExchange } from "../../../src/io/exchange/exchange.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { closureOf, incident, incidentId } from "../../contract/incidents.ts";
import { at, landing, NOON, patchId } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let root: string;
let store: Store;
let exchange: IntegratorExchange;
beforeEach(async () => {
  root = scratch("carry");
  exchange = await integratorExchange(join(root, "exchange"));
  store = openStore(join(root, "gateway", "store.db"), { clock: () => NOON, create: true });
});
afterEach(() => {
  store.close();
  removeScratch(root);
});

const entries = (): readonly AuditEntry[] =>
  [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);
const told = (): readonly (readonly [string, unknown])[] =>
  entries().map(({ event, data }) => [event, data["incident_id"] ?? data["journal_id"] ?? data["attempt"]]);

test("each once, whoever carries it and how often; the end of an incident by itself", async () => {
  const one = incident(1, { patch_id: patchId(3), freezes: "everything", reason: "a\u202e key leaked" });
  await exchange.incidents.put(one);
  await exchange.landings.put(landing(1, 30));
  const seen = new Set<string>();
  await carryAll(exchange, store, seen);
  await carryAll(exchange, store, seen);
  await carryAll(exchange, store);
  expect(told()).toEqual([
    ["landing.landed", landing(1, 30).attempt],
    ["incident.opened", one.incident_id],
  ]);
  expect(entries()[1]).toMatchObject({
    actor: { principal: "person:tester" },
    data: {
      category: "incident",
      patch_id: patchId(3),
      freezes: "everything",
      reason: "a\\u{202e} key leaked",
      at: one.opened,
    },
  });
  await exchange.incidents.close(closureOf(one));
  await carryAll(exchange, store, seen);
  await carryAll(exchange, store);
  expect(told().slice(2)).toEqual([["incident.closed", one.incident_id]]);
  expect(entries()[2]?.data).toEqual({
    category: "incident",
    incident_id: one.incident_id,
    patch_id: patchId(3),
    reason: "it is over",
    at: at(59),
  });
  expect(store.view.about("record", one.incident_id)).toHaveLength(2);
});

test("a landing that is filed while incidents are looked for stands before them", async () => {
  const one = incident(1);
  const late: IntegratorExchange["incidents"]["all"] = async () => {
    await exchange.landings.put(landing(2, 50));
    await exchange.incidents.put(one);
    return exchange.incidents.all();
  };
  await carryAll({ ...exchange, incidents: { all: late } }, store);
  expect(told().map(([event]) => event)).toEqual(["landing.landed", "incident.opened"]);
});

test("a journal record becomes the entry of its kind, with the digest that it is about", async () => {
  const journal_id = incidentId();
  const record = {
    version: 1,
    journal_id,
    at: at(1),
    person: "tester",
    patch_id: patchId(1),
    incident_id: null,
  } as const;
  await exchange.journal.put({ ...record, kind: "bundle.exported", sha256: "ab".repeat(32) });
  await carryAll(exchange, store);
  await carryAll(exchange, store);
  expect(entries()).toMatchObject([
    {
      event: "bundle.exported",
      data: { journal_id, patch_id: patchId(1), bundle_sha256: "ab".repeat(32), at: at(1) },
    },
  ]);
});

test("a row that claims to have carried what the log does not hold is a failure, not a silence", async () => {
  const one = incident(1);
  const note = { event: "process.start", actor: { principal: "x" }, data: {} } as const;
  store.carry(one.incident_id, note);
  await exchange.incidents.put(one);
  await expect(carryAll(exchange, store)).rejects.toMatchObject({ code: "storage" });
});
