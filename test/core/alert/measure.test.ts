// The numbers behind the alerts: silence, what no seal covers, and what is used of a budget.
import { describe, expect, test } from "vitest";
import { shareUsed, silence, unsealed } from "../../../src/core/alert/measure.ts";
import type { Heartbeat } from "../../../src/core/audit/heads.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { at, NOON } from "../../support/proposals.ts";

test.each([
  ["none yet, just begun", undefined, NOON, 0],
  ["none, for ten seconds", undefined, NOON - 10_000, 10],
  ["one before we began", at(-500_000), NOON - 10_000, 10],
  ["one since", at(-3000), NOON - 10_000, 3],
  ["one of the future", at(60_000), NOON - 10_000, 0],
  ["none, and the clock was set back", undefined, NOON + 10_000, 0],
])("a heartbeat: %s", (_, beat, since, seconds) => {
  expect(silence(beat, since, NOON)).toBe(seconds);
});

const shards = [
  { shard: "2026-10", first: 0, entries: 5 },
  { shard: "2026-11", first: 5, entries: 3 },
];
const sealed = (shard: string, size: number): Heartbeat["sealed"] => ({ shard, size, root: sha256("root") });

test.each([
  ["nothing", null, 8, 0],
  ["a part of an older shard", sealed("2026-10", 2), 6, 2],
  ["all of an older shard", sealed("2026-10", 5), 3, 5],
  ["a part of the newest", sealed("2026-11", 1), 2, 6],
  ["everything", sealed("2026-11", 3), 0, undefined],
  ["more than there is", sealed("2026-11", 9), 0, undefined],
  ["a shard that is to come", sealed("2026-12", 0), 0, undefined],
])("sealed is %s", (_, head, entries, oldest) => {
  expect(unsealed(shards, head)).toEqual({ entries, oldest });
});

describe("a budget", () => {
  const budget = { periodSeconds: 60, calls: 10, bytes: 1000, scanMillis: 0, warnPercent: 80 };
  test.each([
    ["by calls", { calls: 9, bytes: 0, scanMillis: 9e9 }, 90, "calls"],
    ["by bytes", { calls: 1, bytes: 995, scanMillis: 0 }, 99.5, "read_bytes"],
  ])("%s", (_, used, percent, kind) => {
    expect(shareUsed({ began: NOON - 59_999, ...used }, budget, NOON)).toEqual({ percent, kind });
  });
  test("of a period that is over nothing is used, nor where nothing is limited", () => {
    const used = { began: NOON - 60_000, calls: 9, bytes: 9, scanMillis: 9 };
    expect(shareUsed(used, budget, NOON).percent).toBe(0);
    const none = { ...budget, calls: 0, bytes: 0 };
    expect(shareUsed({ ...used, began: NOON }, none, NOON).percent).toBe(0);
  });
});
