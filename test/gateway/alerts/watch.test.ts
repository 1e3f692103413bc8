// The watch over a real folder: each turn is told once, in the log, to the operator and to the outbox, by one of two gateways.
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Seen } from "../../../src/core/alert/signs.ts";
import type { AuditData, AuditEvent } from "../../../src/core/audit/entry.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { startWatch, type Watch } from "../../../src/gateway/alerts/watch.ts";
import { type ActiveAlerts, activeAlerts } from "../../../src/io/alerts/active.ts";
import { type AlertOutbox, alertOutbox } from "../../../src/io/alerts/outbox.ts";
import { packageRoot, presetConfig } from "../../../src/io/file/config.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

interface Gateway {
  readonly watch: Watch;
  seen: Seen;
  calls: NonNullable<Seen["calls"]>;
  readonly recorded: { readonly event: AuditEvent; readonly data: AuditData }[];
  readonly said: string[];
  readonly failures: unknown[];
}

let folder: string;
let outbox: AlertOutbox;
let config: Config;
let ids = 0;
beforeEach(() => {
  folder = scratch("watch");
  outbox = alertOutbox(join(folder, "outbox"));
  const base = presetConfig(packageRoot(), "default");
  config = { ...base, alerts: { ...base.alerts, webhook_url: "https://hook.example/" } };
});
afterEach(() => removeScratch(folder));

const activeOf = (n: number): ActiveAlerts =>
  activeAlerts(join(folder, "active"), `00000000-0000-4000-8000-00000000000${n}`, () => Date.now());

function gateway(n = 1, active = activeOf(n)): Gateway {
  const own: Omit<Gateway, "watch"> = {
    seen: {},
    calls: { total: 0, refused: 0 },
    recorded: [],
    said: [],
    failures: [],
  };
  const watch = startWatch({
    shared: {
      record: (event, data) => void own.recorded.push({ event, data }),
      log: openLog("info", { write: (line) => void own.said.push(line) }),
      clock: () => NOON,
      newId: () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, "0")}`,
      every: () => () => undefined,
    },
    config: () => config,
    look: () => Promise.resolve({ seen: own.seen, heartbeat: undefined, numbers: undefined }),
    calls: () => own.calls,
    active,
    outbox,
    failed: (error) => void own.failures.push(error),
  });
  return Object.assign(own, { watch });
}

const silent: Seen = { silentSeconds: 31 };
const lively: Seen = { silentSeconds: 1 };

test("raised once and cleared once, however often it is looked", async () => {
  const one = gateway();
  for (const seen of [lively, silent, silent, {}, silent, lively, lively]) {
    one.seen = seen;
    await one.watch.look();
  }
  expect(one.recorded).toEqual([
    { event: "alert.raised", data: { alert: "validator_silent", seconds: 31, limit: 30 } },
    { event: "alert.cleared", data: { alert: "validator_silent", seconds: 1, limit: 30 } },
  ]);
  expect(one.said.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
    "the validator shows no sign of life",
    "cleared: the validator shows no sign of life",
  ]);
  expect(await outbox.waiting()).toBe(2);
  expect(JSON.parse((await outbox.next())?.body ?? "")).toMatchObject({
    alert: "validator_silent",
    state: "raised",
    deployment: "countersign/default/repository",
  });
  expect(one.failures).toEqual([]);
});

test("of two gateways of one state one tells, and the other one knows", async () => {
  const both = [gateway(1), gateway(2)];
  for (const seen of [silent, lively]) {
    for (const one of both) one.seen = seen;
    await Promise.all(both.map(({ watch }) => watch.look()));
    await Promise.all(both.map(({ watch }) => watch.look()));
  }
  expect(both.flatMap(({ recorded }) => recorded.map(({ event }) => event)).toSorted()).toEqual([
    "alert.cleared",
    "alert.raised",
  ]);
  expect(await outbox.waiting()).toBe(2);
});

test("a gateway that comes after one that was killed clears what that one raised", async () => {
  const dead = gateway(1);
  dead.seen = silent;
  await dead.watch.look();
  const next = gateway(2);
  next.seen = silent;
  await next.watch.look();
  expect(next.watch.latest().active).toEqual(new Set(["validator_silent"]));
  expect(next.recorded).toEqual([]);
  next.seen = lively;
  await next.watch.look();
  expect(next.recorded.map(({ event }) => event)).toEqual(["alert.cleared"]);
});

test("killed in the middle of telling: the webhook hears that it is over, rather twice than never", async () => {
  const dead = gateway(1);
  dead.seen = silent;
  await dead.watch.look();
  // Whatever of the folder it gets to: the message was put by before.
  const told: number[] = [];
  const stopped = gateway(1, {
    ...activeOf(1),
    clear: async () => {
      told.push(await outbox.waiting());
      throw new Error("killed");
    },
  });
  stopped.seen = lively;
  await stopped.watch.look();
  expect(told).toEqual([2]);
  const next = gateway(2);
  next.seen = lively;
  await next.watch.look();
  expect(next.recorded.map(({ event }) => event)).toEqual(["alert.cleared"]);
  expect(await outbox.waiting()).toBe(3);
});

test("refused calls of one process are its own matter, which ends with it", async () => {
  const [one, other] = [gateway(1), gateway(2)];
  one.calls = { total: 100, refused: 90 };
  await one.watch.look();
  await other.watch.look();
  expect(one.watch.latest().active).toEqual(new Set(["refusal_rate"]));
  expect(other.recorded).toEqual([]);
  await one.watch.stop();
  expect(one.recorded.map(({ event }) => event)).toEqual(["alert.raised", "alert.cleared"]);
});

test("a gateway that had to stop says so without its log; the next start clears it", async () => {
  const one = gateway(1);
  await one.watch.look();
  await one.watch.halted();
  expect(one.recorded).toEqual([]);
  expect((await outbox.next())?.body).toContain("storage_halted");
  const running = gateway(2);
  await running.watch.look();
  expect(running.recorded).toMatchObject([{ event: "alert.cleared", data: { alert: "storage_halted" } }]);
  // One that runs already clears nothing: that its log works was known before.
  await one.watch.halted();
  await running.watch.look();
  expect(running.watch.latest().active).toEqual(new Set(["storage_halted"]));
});

test("without a webhook nothing is put by, and an open incident is told more quietly", async () => {
  config = { ...config, alerts: { ...config.alerts, webhook_url: "" } };
  const one = gateway();
  one.seen = { incidents: 1 };
  await one.watch.look();
  expect(await outbox.waiting()).toBe(0);
  expect(one.recorded).toEqual([{ event: "alert.raised", data: { alert: "incident_open", incidents: 1 } }]);
  expect(JSON.parse(one.said[0] ?? "")).toMatchObject({ level: 40 });
});
