// Calls are counted, and the one over the limit is refused, recorded, and told when to come back.
import Database from "better-sqlite3";
import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countCall, secondsUntilCall } from "../../../../src/io/store/sqlite/calls.ts";
import { openGroup } from "../../../../src/io/store/sqlite/group.ts";
import { Session } from "../../../../src/io/store/sqlite/session.ts";
import type { Excess } from "../../../../src/io/store/store.ts";
import { costing } from "../../../support/credentials.ts";
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

const call = (principal = "local:stdio", perMinute = 3): Excess =>
  it.store.recordCallNow(costing({ principal, perMinute }), note("call.allowed"), (excess) =>
    note("call.refused", { reason: "rate_calls", retry: excess.retrySeconds }),
  );
const wait = (principal = "local:stdio", open = 0, perMinute = 3): number =>
  it.store.excess(costing({ principal, perMinute }), open)?.retrySeconds ?? 0;
const rate = (retrySeconds: number): Excess => ({ kind: "rate", retrySeconds });

describe("calls", () => {
  test("the call over the limit is refused, and the refusal is what is recorded", () => {
    expect([call(), call(), call(), call(), call()]).toEqual([
      undefined,
      undefined,
      undefined,
      rate(61),
      rate(61),
    ]);
    expect(it.events()).toEqual([
      "call.allowed",
      "call.allowed",
      "call.allowed",
      "call.refused",
      "call.refused",
    ]);
    expect(it.log().at(-1)?.data["retry"]).toBe(61);
    // What was refused is not counted: one call more would still be within.
    expect(it.store.excess(costing({ perMinute: 4 }), 0)).toBeUndefined();
    expect(it.store.excess(costing({ perMinute: 4 }), 1)).toEqual(rate(61));
  });

  test("no window of a minute holds more calls than the limit, and each principal has its own", () => {
    it.now = NOON + 999;
    expect([call(), call(), call(), call()]).toEqual([undefined, undefined, undefined, rate(61)]);
    expect(call("local:other")).toBeUndefined();
    it.now = NOON + 60_500;
    expect(call()).toEqual(rate(1));
    it.now = NOON + 61_000;
    expect(call()).toBeUndefined();
  });

  test("the time to wait is that of the call that has to leave the window, and after it the next one passes", () => {
    for (const at of [0, 10, 20]) {
      it.now = NOON + at * 1000;
      expect(call()).toBeUndefined();
    }
    it.now = NOON + 25_000;
    expect([wait(), wait("local:stdio", 1), wait("local:stdio", 2)]).toEqual([36, 46, 56]);
    expect(wait("local:stdio", 9)).toBe(61);
    expect(wait("local:stdio", 0, 2)).toBe(46);
    it.now = NOON + 25_000 + 36_000 - 1;
    expect(call()).toEqual(rate(1));
    it.now += 1;
    expect(call()).toBeUndefined();
    expect(call()).toEqual(rate(10));
  });

  test("a clock that was set back locks nobody out for long", () => {
    it.now = NOON + 86_400_000;
    expect([call(), call(), call()]).toEqual([undefined, undefined, undefined]);
    it.now = NOON;
    expect(call()).toBeUndefined();
  });

  test("counting survives a restart and is forgotten after a minute", () => {
    call();
    it.reopen();
    expect(wait("local:stdio", 2)).toBe(61);
    it.now = NOON + 61_000;
    expect(wait("local:stdio", 2)).toBe(0);
  });
});

/** One work of a group: a call at a time, that may fail behind its counting. */
const work = record({
  at: integer({ min: 0, max: 150 }).map((seconds) => NOON + seconds * 1000),
  principal: constantFrom("a", "b"),
  perMinute: integer({ min: 1, max: 4 }),
  fails: boolean(),
});
const allowed = "0";
const failed = "RangeError: failed";

describe("what a transaction keeps in memory", () => {
  test("is what the table would say: with any times, callers, failures and borders between transactions", async () => {
    const db = new Database(it.path);
    let now = NOON;
    const session = new Session(
      db,
      () => now,
      () => undefined,
    );
    await assert(
      asyncProperty(
        array(array(work, { minLength: 1, maxLength: 12 }), { maxLength: 4 }),
        async (batches) => {
          db.exec("DELETE FROM call");
          const group = openGroup(session);
          const counted: { second: number; principal: string }[] = [];
          for (const batch of batches) {
            const outcomes = batch.map(({ at, principal, perMinute, fails }) =>
              group.join(() => {
                now = at;
                const seconds = secondsUntilCall(session, principal, perMinute, 0);
                if (seconds === 0) countCall(session, principal);
                if (fails) throw new RangeError("failed");
                return String(Math.sign(seconds));
              }),
            );
            const told = await Promise.all(outcomes.map((one) => one.catch(String)));
            const expected = batch.map(({ at, principal, perMinute, fails }) => {
              const second = at / 1000;
              const near = counted.filter(
                (one) => one.principal === principal && Math.abs(one.second - second) <= 60,
              );
              if (fails) return failed;
              if (near.length >= perMinute) return "1";
              counted.push({ second, principal });
              return allowed;
            });
            expect(told).toEqual(expected);
            const rows = db.prepare<[], { calls: number }>("SELECT sum(calls) AS calls FROM call").get();
            expect(rows?.calls ?? 0).toBe(counted.length);
          }
        },
      ),
      { numRuns: 150 },
    );
    db.close();
  });
});
