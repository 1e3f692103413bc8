// Alerts as a table: facts in, signs and turns out. Raised once, cleared once, and untouched by what cannot be seen.
import { describe, expect, test } from "vitest";
import { type AlertName, alertFactsSchema, alertNames, alerts } from "../../../src/core/alert/alert.ts";
import { type Limits, type Seen, signsOf, turnsOf } from "../../../src/core/alert/signs.ts";
import { packageRoot, presetConfig } from "../../../src/io/file/config.ts";

const { alerts: defaults, keys } = presetConfig(packageRoot(), "default");
const limits: Limits = { alerts: defaults, keys };
const active = (...names: AlertName[]): ReadonlySet<AlertName> => new Set(names);
const stateOf = (name: AlertName, seen: Seen, isActive = false, given = limits) =>
  signsOf(seen, given, isActive ? active(name) : active()).get(name)?.state;

const calls = (total: number, refused: number): Seen => ({ calls: { total, refused } });
const key = (daysLeft: number): Seen => ({ key: { role: "sealer", keyid: "SHA256:x", daysLeft } });
const budget = (percent: number): Seen => ({ budget: { percent, kind: "calls", callers: 1 } });
const lag = (seconds: number): Seen => ({ lag: { seconds, entries: 3 } });

test("all alerts are on in every preset but for what has nothing to watch", () => {
  for (const name of ["quickstart", "default", "hardened", "container-prod"] as const) {
    const { webhook_url, webhook_secret, ...numbers } = presetConfig(packageRoot(), name).alerts;
    expect([webhook_url, webhook_secret]).toEqual(["", ""]);
    expect(Object.values(numbers).every((number) => number > 0)).toBe(true);
  }
});

test.each<[AlertName, string, Seen, Seen]>([
  ["validator_silent", "30 s without a sign", { silentSeconds: 29.9 }, { silentSeconds: 30 }],
  ["seal_lag", "60 s without a seal", lag(59.9), lag(60)],
  ["seal_trouble", "any trouble", { trouble: null }, { trouble: "LOG_REWRITTEN" }],
  ["refusal_rate", "half of 20 calls", calls(20, 9), calls(20, 10)],
  ["refusal_rate", "20 calls, not 19", calls(19, 19), calls(20, 20)],
  ["refusal_rate", "some of nothing", calls(0, 0), calls(100, 100)],
  ["budget", "80 per cent", budget(79.9), budget(80)],
  ["key_expiry", "fewer than 7 days", key(7), key(6)],
  ["key_expiry", "an end that is past", key(8), key(-1)],
  ["allowlist_age", "nine hours", { listSeconds: 32_399 }, { listSeconds: 32_400 }],
  ["allowlist_age", "no list that can be believed", { listSeconds: 0 }, { listSeconds: null }],
  ["storage_halted", "a gateway that stopped", { halted: false }, { halted: true }],
  ["incident_open", "one incident", { incidents: 0 }, { incidents: 1 }],
])("%s is raised at %s, and not before", (name, _, below, at) => {
  expect(stateOf(name, below)).toBe("off");
  expect(stateOf(name, at)).toBe("on");
});

test.each<[AlertName, Seen, Seen]>([
  ["validator_silent", { silentSeconds: 24 }, { silentSeconds: 23.9 }],
  ["seal_lag", lag(48), lag(47.9)],
  ["refusal_rate", calls(100, 40), calls(100, 39)],
  ["budget", budget(64), budget(63)],
  ["allowlist_age", { listSeconds: 25_920 }, { listSeconds: 25_919 }],
])("%s stays until it is well below its limit: what swings is told once", (name, still, over) => {
  expect(stateOf(name, still)).toBe("off");
  expect(stateOf(name, still, true)).toBe("on");
  expect(stateOf(name, over, true)).toBe("off");
});

test.each<[AlertName, keyof Limits["alerts"], Seen]>([
  ["validator_silent", "validator_silent_seconds", { silentSeconds: 1e9 }],
  ["seal_lag", "seal_lag_seconds", lag(1e9)],
  ["refusal_rate", "refusal_percent", calls(100, 100)],
  ["budget", "budget_percent", budget(100)],
  ["allowlist_age", "allowlist_age_seconds", { listSeconds: null }],
])("%s: 0 in alerts.%s is no alert", (name, limit, seen) => {
  const none = { ...limits, alerts: { ...limits.alerts, [limit]: 0 } };
  expect(stateOf(name, seen, false, none)).toBe("off");
  expect(stateOf(name, seen, true, none)).toBe("off");
});

describe("turns", () => {
  test("nothing that could be seen: nothing turns, whatever is active", () => {
    expect(turnsOf(signsOf({}, limits, active()), active())).toEqual([]);
    const all = active(...alertNames);
    expect(turnsOf(signsOf({}, limits, all), all)).toEqual([]);
  });

  test("raised once, cleared once", () => {
    const on = (names: ReadonlySet<AlertName>, silentSeconds: number) =>
      turnsOf(signsOf({ silentSeconds }, limits, names), names);
    expect(on(active(), 31)).toEqual([
      { alert: "validator_silent", state: "raised", facts: { seconds: 31, limit: 30 } },
    ]);
    expect(on(active("validator_silent"), 500)).toEqual([]);
    expect(on(active("validator_silent"), 1)).toMatchObject([{ state: "cleared" }]);
    expect(on(active(), 1)).toEqual([]);
  });
});

test("facts are bounded, and every alert names its fix", () => {
  const seen: Seen = {
    ...calls(1e9, 1e9),
    ...key(-99_999),
    ...budget(1e6),
    ...lag(1e9 + 0.5),
    silentSeconds: 1e9 + 0.5,
    trouble: "SEALER_ROLLED_BACK",
    listSeconds: null,
    halted: true,
    incidents: 1e6,
  };
  for (const [name, { state, facts }] of signsOf(seen, limits, active())) {
    expect(state).toBe("on");
    expect(alertFactsSchema.safeParse(facts).success).toBe(true);
    expect(alerts[name].fix).not.toBe("");
  }
});
