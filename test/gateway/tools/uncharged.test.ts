// Requests that no call is counted for have a limit of their own: ten times the calls of a minute, counted in memory.
import { beforeEach, describe, expect, test } from "vitest";
import { openUncharged, type Uncharged } from "../../../src/gateway/tools/uncharged.ts";
import { NOON } from "../../support/proposals.ts";
import { scopeOf } from "../../support/scope.ts";

let now = NOON;
let it: Uncharged;
beforeEach(() => {
  now = NOON;
  it = openUncharged(() => now);
});
const who = (principal: string, perMinute = 2) => ({
  principal,
  scope: scopeOf({ limits: { perMinute, perHour: 1, maxPending: 1 } }),
});
const ask = (count: number, principal = "alice", perMinute?: number) =>
  Array.from({ length: count }, () => it.meet(who(principal, perMinute))).filter(
    (said) => said !== undefined,
  );

describe("within a minute", () => {
  test("ten times the calls pass; the next is refused and says when to come again", () => {
    now = NOON + 10_000;
    expect(ask(20)).toEqual([]);
    now = NOON + 30_000;
    expect(ask(1)).toMatchObject([{ code: "rate_calls", retry_after: 40 }]);
    expect(ask(20, "bob")).toEqual([]);
    now = NOON + 69_999;
    expect(ask(1)).toMatchObject([{ code: "rate_calls", retry_after: 1 }]);
    now = NOON + 70_000;
    expect(ask(21)).toHaveLength(1);
  });

  test("what is told to wait without a refusal counts alike, and leaves nothing to record", () => {
    for (let n = 0; n < 20; n++) expect(it.wait(who("alice"))).toBe(0);
    expect(it.wait(who("alice"))).toBe(60);
    expect(it.due(true)).toEqual([]);
  });

  test("a smaller limit, taken over meanwhile, holds at once", () => {
    ask(20, "alice", 2);
    expect(ask(1, "alice", 1)).toHaveLength(1);
  });
});

describe("the log", () => {
  test("has one entry of each principal and minute, with the number", () => {
    ask(25);
    ask(21, "bob");
    ask(3, "carol");
    expect(it.due(false)).toEqual([]);
    now = NOON + 60_000;
    const times = { since: "2026-11-22T10:00:00.000Z", until: "2026-11-22T10:01:00.000Z" };
    expect(it.due(false)).toEqual([
      {
        event: "access.suppressed",
        actor: { principal: "alice" },
        data: { reason: "rate_calls", what: "uncharged", count: 5, ...times },
      },
      {
        event: "access.suppressed",
        actor: { principal: "bob" },
        data: { reason: "rate_calls", what: "uncharged", count: 1, ...times },
      },
    ]);
    expect(it.due(true)).toEqual([]);
  });

  test("keeps the number when the next minute begins before anybody asked for it", () => {
    ask(25);
    now = NOON + 61_000;
    ask(1);
    now = NOON + 200_000;
    expect(it.due(false)).toMatchObject([{ data: { count: 5 } }]);
  });

  test("gets what is left at the end", () => {
    ask(23);
    expect(it.due(true)).toMatchObject([{ data: { count: 3 } }]);
  });
});

test("a clock that is set back keeps nobody out, and loses no number", () => {
  now = NOON + 86_400_000;
  ask(25);
  now = NOON;
  expect(ask(20)).toEqual([]);
  expect(it.due(true)).toMatchObject([{ data: { count: 5 } }]);
});

test("principals that were quiet for a minute take no room", () => {
  for (let n = 0; n < 5000; n++) it.meet(who(`p${n}`));
  expect(it.size).toBe(5000);
  now = NOON + 60_000;
  it.due(false);
  expect(it.size).toBe(0);
});
