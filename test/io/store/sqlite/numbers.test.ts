// Numbers of the store for metrics and alerts: they count what is there, and change nothing.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CallCost } from "../../../../src/io/store/store.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { note, NOON, order, patchId } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => void it.end());

const budget = { periodSeconds: 60, calls: 10, bytes: 100, scanMillis: 0, warnPercent: 80 };
const cost = (principal: string): CallCost => ({
  principal,
  perMinute: 100,
  budget,
  bytes: 7,
  scanMillis: 2,
});
const refused = () => note("call.refused");

test("of an empty store", () => {
  expect(it.store.numbers()).toEqual({
    outbox: 0,
    states: {},
    used: [],
    commits: { transactions: 0, works: 0 },
  });
});

test("proposals by state, orders that wait, what callers used, calls by transaction", async () => {
  for (const n of [1, 2, 3]) it.submit(order(n));
  it.store.dispatched(patchId(2), note("proposal.dispatched", { patch_id: patchId(2) }));
  it.settle(3, "withdrawn");
  await Promise.all(
    ["a", "a", "b"].map((who) => it.store.recordCall(cost(who), note("call.allowed"), refused)),
  );
  const before = it.events();
  const { outbox, states, used, commits } = it.store.numbers();
  expect(it.events()).toEqual(before);
  expect(states).toEqual({ pending: 1, validating: 1, withdrawn: 1 });
  expect(outbox).toBe([...it.store.outbox()].length);
  expect(used).toEqual([
    { principal: "a", began: NOON, calls: 2, bytes: 14, scanMillis: 4 },
    { principal: "b", began: NOON, calls: 1, bytes: 7, scanMillis: 2 },
  ]);
  expect(commits).toEqual({ transactions: 1, works: 3 });
});
