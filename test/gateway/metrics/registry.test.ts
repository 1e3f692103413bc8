// The page of numbers: what calls move, what is looked up, and a size that no agent can change.
import { beforeEach, expect, test } from "vitest";
import type { AlertName } from "../../../src/core/alert/alert.ts";
import { reasonCodes } from "../../../src/core/base/reason.ts";
import { type Refusal, refusal } from "../../../src/core/base/refusal.ts";
import { states } from "../../../src/core/proposal/state.ts";
import { toolNames } from "../../../src/core/identity/scope.ts";
import { observed, openObserver, type Observer } from "../../../src/gateway/alerts/observer.ts";
import { type Metrics, openMetrics } from "../../../src/gateway/metrics/registry.ts";
import type { OwnCorridor } from "../../../src/gateway/tools/call.ts";
import type { Caller, Tool } from "../../../src/gateway/tools/tool.ts";
import type { Looked } from "../../../src/io/alerts/look.ts";
import { TEXTS } from "../../support/hostile.ts";
import { at, NOON } from "../../support/proposals.ts";

let observer: Observer;
let metrics: Metrics;
let looked: Looked | undefined;
let active: ReadonlySet<AlertName>;
beforeEach(() => {
  observer = openObserver((error) => {
    throw error;
  });
  looked = undefined;
  active = new Set();
  metrics = openMetrics({
    observer,
    latest: () => ({ looked, active }),
    waiting: () => Promise.resolve(3),
    clock: () => NOON,
    memory: () => 4096,
  });
});

/** Lines of our own metrics, without those of node. */
const ours = async (): Promise<readonly string[]> =>
  (await metrics.page()).split("\n").filter((line) => line.startsWith("countersign_"));
const valueOf = async (name: string): Promise<string | undefined> =>
  (await ours()).find((line) => line.startsWith(`${name} `))?.split(" ")[1];

const seen = { tool: "read-file", outcome: "allowed", reason: "none", millis: 3, trace: undefined } as const;

test("calls by tool, outcome and reason, with how long they took", async () => {
  observer.call(seen);
  observer.call({ ...seen, millis: 700 });
  observer.call({ ...seen, tool: "propose-patch", outcome: "refused", reason: "rate_proposals" });
  observer.guard("flagged");
  observer.access("rate_address");
  const lines = await ours();
  for (const line of [
    'countersign_calls_total{tool="read-file",outcome="allowed",reason="none"} 2',
    'countersign_calls_total{tool="propose-patch",outcome="refused",reason="rate_proposals"} 1',
    'countersign_call_seconds_bucket{le="0.005",tool="read-file"} 1',
    'countersign_call_seconds_bucket{le="1",tool="read-file"} 2',
    'countersign_limited_total{reason="rate_proposals"} 1',
    'countersign_limited_total{reason="rate_address"} 1',
    'countersign_access_refused_total{reason="rate_address"} 1',
    'countersign_guard_total{how="flagged"} 1',
    'countersign_guard_total{how="bypassed"} 0',
  ])
    expect(lines).toContain(line);
});

test("before the first look, nothing is told that is not known", async () => {
  for (const name of [
    "validator_heartbeat_age_seconds",
    "seal_lag_seconds",
    "outbox_orders",
    "open_incidents",
  ])
    expect(await valueOf(`countersign_${name}`)).toBeUndefined();
  expect(await valueOf("countersign_alert_messages_waiting")).toBe("3");
});

test("what the watch saw", async () => {
  active = new Set(["seal_lag"]);
  looked = {
    heartbeat: { v: 1, at: at(-4000), sealed: null, trouble: null, queue: 7 },
    seen: { lag: { entries: 9, seconds: 61 }, incidents: 1 },
    numbers: {
      outbox: 2,
      states: { pending: 4 },
      used: [{ principal: "somebody", began: 0, calls: 1, bytes: 1, scanMillis: 1 }],
      commits: { transactions: 5, works: 20 },
    },
  };
  const lines = await ours();
  for (const line of [
    "countersign_validator_heartbeat_age_seconds 4",
    "countersign_validator_queue 7",
    "countersign_seal_lag_entries 9",
    "countersign_seal_lag_seconds 61",
    "countersign_outbox_orders 2",
    "countersign_open_incidents 1",
    'countersign_proposals{state="pending"} 4',
    'countersign_proposals{state="landed"} 0',
    'countersign_alert_active{alert="seal_lag"} 1',
    'countersign_alert_active{alert="budget"} 0',
    "countersign_store_commits_total 5",
    "countersign_store_committed_calls_total 20",
  ])
    expect(lines).toContain(line);
  expect(lines.join("\n")).not.toContain("somebody");
  expect(await metrics.page()).toMatch(/^process_resident_memory_bytes 4096$/m);
});

test("I26: a flood of hostile names, reasons and arguments leaves the set of labels as it is", async () => {
  const corridor = {
    call: (name: string) => Promise.resolve({ kind: "fault", refusal: refusal("tool_unknown", name, name) }),
    reject: (what: string, said: Refusal) => ({ kind: "fault", refusal: { ...said, message: what } }),
    settle: () => undefined,
  } as Partial<OwnCorridor> as OwnCorridor;
  const tools = new Map(toolNames.map((name) => [name, { name } as Tool]));
  let now = 0;
  const around = observed(corridor, { observer, tools, ticks: () => (now += 1) });
  const caller = { principal: "CANARY" } as Caller;
  const texts = [...TEXTS, ...Array.from({ length: 2000 }, (_, n) => `CANARY-${n}"} 1\ncountersign_x 1`)];
  for (const text of texts) {
    await around.call(text, { [text]: text }, caller);
    around.reject(text, refusal("input_invalid", text, text), caller);
  }
  const page = await metrics.page();
  expect(page).not.toContain("CANARY");
  const labels = (await ours()).flatMap((line) => [...line.matchAll(/(\w+)="([^"]*)"/g)]);
  const known: Readonly<Record<string, readonly string[]>> = {
    tool: [...toolNames, "unknown"],
    outcome: ["allowed", "refused", "fault", "served"],
    reason: [...reasonCodes, "none"],
    state: states,
  };
  for (const [, name = "", value = ""] of labels)
    if (known[name] !== undefined) expect(known[name]).toContain(value);
  expect(new Set(labels.map(([, name]) => name))).toEqual(
    new Set(["tool", "outcome", "reason", "le", "how", "alert"]),
  );
  expect((await ours()).filter((line) => line.startsWith("countersign_calls_total"))).toHaveLength(2);
});
