// Calls are counted, and the one over the limit is refused and recorded.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { note, NOON } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  // Whatever a test did, the chain holds.
  expect(it.end()).toMatchObject({ ok: true });
});

describe("calls", () => {
  const call = (principal = "local:stdio", limit = 3): boolean =>
    it.store.recordCall(
      principal,
      limit,
      note("call.allowed"),
      note("call.refused", { reason: "rate_calls" }),
    );

  test("the call over the limit is refused, and the refusal is what is recorded", () => {
    expect([call(), call(), call(), call(), call()]).toEqual([true, true, true, false, false]);
    expect(it.events()).toEqual([
      "call.allowed",
      "call.allowed",
      "call.allowed",
      "call.refused",
      "call.refused",
    ]);
    expect(it.store.callsWithin("local:stdio", 60)).toBe(3);
  });

  test("no window of a minute holds more calls than the limit, and each principal has its own", () => {
    it.now = NOON + 999;
    expect([call(), call(), call(), call()]).toEqual([true, true, true, false]);
    expect(call("local:other")).toBe(true);
    it.now = NOON + 60_500;
    expect(call()).toBe(false);
    it.now = NOON + 61_000;
    expect(call()).toBe(true);
  });

  test("a clock that was set back locks nobody out for long", () => {
    it.now = NOON + 86_400_000;
    expect([call(), call(), call()]).toEqual([true, true, true]);
    it.now = NOON;
    expect(call()).toBe(true);
  });

  test("counting survives a restart and is forgotten after an hour", () => {
    call();
    it.reopen();
    expect(it.store.callsWithin("local:stdio", 3600)).toBe(1);
    it.now = NOON + 3_601_000;
    expect(it.store.callsWithin("local:stdio", 3600)).toBe(0);
    expect(() => it.store.callsWithin("local:stdio", 3601)).toThrow(RangeError);
  });
});
