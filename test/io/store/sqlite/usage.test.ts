// Budgets: a warning once in a period, a no when it is used up, and a clock that helps nobody.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Budget } from "../../../../src/core/identity/scope.ts";
import type { CallCost, Excess } from "../../../../src/io/store/store.ts";
import { costing, noBudget } from "../../../support/credentials.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { note, NOON } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  expect(it.end()).toMatchObject({ ok: true });
});

const HOUR = 3600;
const ten: Budget = { ...noBudget, calls: 10 };

function call(changes: Partial<CallCost> = {}): Excess {
  return it.store.recordCallNow(costing({ budget: ten, ...changes }), note("call.allowed"), ({ kind }) =>
    note("call.refused", { reason: kind }),
  );
}

const calls = (count: number, changes: Partial<CallCost> = {}): readonly Excess[] =>
  Array.from({ length: count }, () => call(changes));
const passed = (count: number): readonly undefined[] => Array.from({ length: count }, () => undefined);
const over = (retrySeconds = HOUR): Excess => ({ kind: "budget", retrySeconds });

describe("a budget of ten calls", () => {
  test("the eighth makes the warning, the eleventh is refused and says when the period ends", () => {
    expect(calls(10)).toEqual(passed(10));
    it.now += 10_500;
    expect(calls(2)).toEqual([over(HOUR - 10), over(HOUR - 10)]);
    const events = it.events();
    expect(events.slice(7, 9)).toEqual(["call.allowed", "budget.warning"]);
    expect(events.filter((event) => event === "budget.warning")).toHaveLength(1);
    expect(events.slice(-2)).toEqual(["call.refused", "call.refused"]);
    expect(it.log().find(({ event }) => event === "budget.warning")).toMatchObject({
      actor: { principal: "local:stdio" },
      data: { kind: "calls", used: 8, limit: 10, percent: 80, period_ends: "2026-11-22T11:00:00.000Z" },
    });
  });

  test("looking costs nothing, and calls that are running count", () => {
    calls(7);
    expect(it.store.excess(costing({ budget: ten }), 2)).toBeUndefined();
    expect(it.store.excess(costing({ budget: ten }), 3)).toEqual(over());
    expect(it.store.excess(costing({ principal: "other", budget: ten }), 10)).toEqual(over());
    expect(calls(4)).toEqual([...passed(3), over()]);
  });

  test("each principal has its own", () => {
    expect(calls(10)).toEqual(passed(10));
    expect(call({ principal: "other" })).toBeUndefined();
    expect(call()).toEqual(over());
  });

  test("a restart forgets nothing: neither what was used nor that a warning was given", () => {
    calls(9);
    it.reopen();
    expect(calls(2)).toEqual([undefined, over()]);
    expect(it.events().filter((event) => event === "budget.warning")).toHaveLength(1);
  });

  test("a period begins with the first call in it, and the next one warns again", () => {
    it.now = NOON + 5000;
    calls(10);
    it.now = NOON + 5000 + HOUR * 1000 - 1;
    expect(call()).toEqual(over(1));
    it.now += 1;
    expect(calls(11)).toEqual([...passed(10), over()]);
    expect(it.events().filter((event) => event === "budget.warning")).toHaveLength(2);
  });

  test("a clock that is set back gives no fresh budget, and locks nobody out for longer than a period", () => {
    it.now = NOON + 365 * 86_400_000;
    calls(10);
    it.now = NOON;
    expect(call()).toEqual(over());
    // The refusal made the period begin now: else it would end in a year.
    it.now = NOON + HOUR * 1000 - 1;
    expect(call()).toEqual(over(1));
    it.now += 1;
    expect(call()).toBeUndefined();
  });

  test("neither does one that is set back while something is left", () => {
    it.now = NOON + 60_000;
    calls(9);
    it.now = NOON;
    expect(calls(2)).toEqual([undefined, over()]);
  });
});

describe("every kind of use", () => {
  test.each([
    ["bytes", { bytes: 100 }, { bytes: 40 }],
    ["scan_millis", { scanMillis: 100 }, { scanMillis: 39.5 }],
  ] as const)("%s: warned of and refused", (kind, limit, cost) => {
    const budget = { ...noBudget, ...limit };
    // What is known only behind the work may go over once; then nothing passes.
    expect(calls(4, { budget, ...cost })).toEqual([...passed(3), over()]);
    const warnings = it.log().filter(({ event }) => event === "budget.warning");
    expect(warnings.map(({ data }) => data)).toEqual([
      expect.objectContaining({ kind, used: 80, limit: 100 }) as unknown,
    ]);
  });

  test("0 stands for no limit", () => {
    expect(calls(30, { budget: noBudget, bytes: 1e9, scanMillis: 1e9 })).toEqual(passed(30));
    expect(it.events()).not.toContain("budget.warning");
  });

  test("what was refused for the rate uses nothing up", () => {
    expect(calls(3, { perMinute: 2 })).toEqual([...passed(2), { kind: "rate", retrySeconds: 61 }]);
    it.now += 61_000;
    expect(calls(9)).toEqual([...passed(8), over(HOUR - 61)]);
  });

  test("when both are over, the one that lasts longer is said", () => {
    calls(10, { perMinute: 10 });
    expect(call({ perMinute: 10 })).toEqual(over());
    const short = { ...ten, periodSeconds: 60 };
    expect(call({ perMinute: 10, budget: short })).toEqual({ kind: "rate", retrySeconds: 61 });
  });
});
