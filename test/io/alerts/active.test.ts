// Alerts that are raised: of several gateways one raises and one clears, and what a killed one left does not stay for ever.
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Active, AlertName } from "../../../src/core/alert/alert.ts";
import { type ActiveAlerts, activeAlerts, activeIn } from "../../../src/io/alerts/active.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const SESSIONS = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"] as const;
let folder: string;
let now: number;
let one: ActiveAlerts;
let other: ActiveAlerts;
beforeEach(() => {
  folder = join(scratch("active"), "active");
  now = Date.now();
  [one, other] = SESSIONS.map((session) => activeAlerts(folder, session, () => now)) as [
    ActiveAlerts,
    ActiveAlerts,
  ];
});
afterEach(() => removeScratch(join(folder, "..")));

const active = (alert: AlertName): Active => ({
  v: 1,
  alert,
  since: "2026-11-22T10:00:00.000Z" as Active["since"],
  facts: { n: 1 },
});
const names = async (): Promise<readonly AlertName[]> => (await one.all()).map(({ alert }) => alert);

test("nothing was raised yet, and nothing is there to be cleared", async () => {
  expect([...(await one.mine())]).toEqual([]);
  expect(await one.clear("seal_lag")).toBe(false);
  await one.refresh();
});

test("of two that raise one does, and of two that clear one does", async () => {
  const raised = await Promise.all([one.raise(active("seal_lag")), other.raise(active("seal_lag"))]);
  expect(raised.filter(Boolean)).toHaveLength(1);
  expect([...(await one.mine())]).toEqual(["seal_lag"]);
  expect([...(await other.mine())]).toEqual(["seal_lag"]);
  const cleared = await Promise.all([one.clear("seal_lag"), other.clear("seal_lag")]);
  expect(cleared.filter(Boolean)).toHaveLength(1);
  expect(await names()).toEqual([]);
});

test("what one process alone can know, no other clears", async () => {
  expect(await one.raise(active("refusal_rate"))).toBe(true);
  expect([...(await other.mine())]).toEqual([]);
  expect(await other.clear("refusal_rate")).toBe(false);
  expect(await other.raise(active("refusal_rate"))).toBe(true);
  expect(await names()).toEqual(["refusal_rate", "refusal_rate"]);
});

test("it ends with its process: five minutes without a word, and it is gone", async () => {
  await one.raise(active("refusal_rate"));
  await other.raise(active("refusal_rate"));
  await one.raise(active("seal_lag"));
  now += 290_000;
  await one.refresh();
  now += 20_000;
  expect(await names()).toEqual(["refusal_rate", "seal_lag"]);
  expect([...(await other.mine())]).toEqual(["seal_lag"]);
  await one.refresh();
  expect(readdirSync(folder).toSorted()).toEqual([`refusal_rate.${SESSIONS[0]}.json`, "seal_lag.json"]);
});

test.each([
  ["empty", ""],
  [
    "of another alert",
    JSON.stringify({ alert: "budget", facts: {}, since: "2026-11-22T10:00:00.000Z", v: 1 }),
  ],
])("a file that is %s is no alert that was raised: it is raised anew, and shown again", async (_, text) => {
  await one.raise(active("storage_halted"));
  writeFileSync(join(folder, "storage_halted.json"), text);
  expect([...(await one.mine())]).toEqual([]);
  expect(await one.raise(active("storage_halted"))).toBe(true);
  expect(await names()).toEqual(["storage_halted"]);
  expect(await other.raise(active("storage_halted"))).toBe(false);
});

test("what is no alert of ours is not shown", async () => {
  await one.raise(active("budget"));
  for (const name of ["other.json", "seal_lag.x.json", "refusal_rate.json", "key_expiry.json", ".tmp-1-1"])
    writeFileSync(join(folder, name), JSON.stringify(active("budget")));
  utimesSync(join(folder, "other.json"), 1, 1);
  expect((await activeIn(folder, () => now)).map(({ name }) => name)).toEqual(["budget.json"]);
  await one.refresh();
  expect(readdirSync(folder)).toContain("other.json");
});
