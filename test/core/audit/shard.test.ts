// What stands at the border of a month, and when a clock that goes back is spoken of; the links are in chain.shards.test.ts.
import { expect, test } from "vitest";
import { GENESIS, leafHash } from "../../../src/core/audit/entry.ts";
import {
  backwardsNote,
  closeNote,
  firstNote,
  isBorder,
  linkFault,
  monthAfter,
  MonthClock,
  monthOf,
  openNote,
} from "../../../src/core/audit/shard.ts";
import { type Instant, instant } from "../../../src/core/base/time.ts";
import { rootOf } from "../../support/chains.ts";
import { treeOf } from "../../support/tree.ts";

const LAST = "2026-11-30T23:59:59.999Z" as Instant;
const leaves = ["a", "b", "c"].map((text) => leafHash(text));
const tree = treeOf(leaves);
const closed = { shard: "2026-11", nextSeq: 3, head: leaves[2]!, closed: true, tree };

test("a month is that of the clock in UTC", () => {
  expect(monthOf(LAST)).toBe("2026-11");
  expect(monthOf(instant(Date.parse(LAST) + 1))).toBe("2026-12");
});

test.each([
  ["2026-11", "2026-12"],
  ["2026-12", "2027-01"],
  ["2028-01", "2028-02"],
])("the month behind %s is %s", (month, next) => {
  expect(monthAfter(month)).toBe(next);
});

// Minutes from 5 March 2027; the log is in 2026-11.
test.each<[string, number[], number | undefined, boolean]>([
  ["at once", [0], undefined, false],
  ["a moment early", [0, 14.9], undefined, false],
  ["in time", [0, 15], undefined, true],
  // Threat: two wrong readings a moment apart in time, months apart in what they say.
  ["in a later month than at first", [0, 45_000], undefined, false],
  ["in a later month than at first, and its time over again", [0, 45_000, 45_015], undefined, true],
  ["back in the month of at first", [0, 45_000, 14.9], undefined, false],
  ["in a later month than that of the entry", [45_000], 0, false],
  ["late in the same month", [0, 20_000], undefined, true],
  ["behind an entry of that time", [15], 0, true],
  ["behind an entry of a moment ago", [15], 1, false],
  ["behind an entry of a time that is still to come", [15], 20, false],
  ["a clock that goes back and stays there", [15, 0, 14.9], undefined, false],
  ["a clock that goes back, and its time over again", [15, 0, 15], undefined, true],
  ["with the right time in between", [0, -150_000, 15], undefined, false],
])("a month that is not the next one is due %s: %j", (_, minutes, entry, due) => {
  const at = (minute: number): number => Date.UTC(2027, 2, 5) + minute * 60_000;
  const state = { shard: "2026-11", ts: entry === undefined ? LAST : instant(at(entry)) };
  const clock = new MonthClock();
  expect(minutes.map((minute) => clock.isDue(state, at(minute))).at(-1)).toBe(due);
});

test("the next month is due at once, and none before it", () => {
  const state = { shard: "2026-11", ts: LAST };
  const clock = new MonthClock();
  for (const [now, due] of [
    [Date.parse(LAST), false],
    [Date.parse(LAST) + 1, true],
    [Date.UTC(2026, 9, 1), false],
    [Date.UTC(2026, 11, 31), true],
  ] as const)
    expect(clock.isDue(state, now)).toBe(due);
  expect(clock.isDue({ shard: undefined, ts: undefined }, 0)).toBe(false);
});

test("the entries of a border say where the month stood, and nothing of anybody", () => {
  expect(firstNote()).toEqual({
    event: "shard.open",
    actor: { principal: "countersign" },
    data: { format: 2, previous: null },
  });
  expect(closeNote({ nextSeq: 2 }).data).toEqual({ entries: 3 });
  expect(openNote(closed).data).toEqual({
    format: 2,
    previous: "2026-11",
    previous_size: 3,
    previous_root: rootOf(leaves).toString("base64"),
    previous_leaf: leaves[2],
  });
  expect([firstNote(), closeNote(closed), openNote(closed)].map(isBorder)).toEqual([true, true, true]);
  expect(isBorder({ event: "call.allowed" })).toBe(false);
});

test("an encrypted entry can neither begin the log nor stand behind the last one of a month", () => {
  const empty = { shard: undefined, nextSeq: 0, head: GENESIS, closed: false, tree: undefined };
  expect(linkFault(empty, "2026-11", undefined)).toMatchObject({ expected: "shard.open" });
  expect(linkFault(closed, "2026-11", undefined)).toMatchObject({ expected: "shard.open" });
  expect(linkFault({ ...closed, closed: false }, "2026-11", undefined)).toBeUndefined();
});

test.each([
  [0, false],
  [60_000, false],
  [-1000, false],
  [-1001, true],
  [-86_400_000, true],
])("a clock that is %d ms from the last entry: told %s", (by, told) => {
  const now = Date.parse(LAST) + by;
  const data = { last: LAST, now: instant(now) };
  expect(backwardsNote(LAST, now)?.data).toEqual(told ? data : undefined);
  expect(backwardsNote(undefined, now)).toBeUndefined();
});
