// What stands at the border of a month, and when a clock that goes back is spoken of; the links are in chain.shards.test.ts.
import { expect, test } from "vitest";
import { GENESIS, leafHash } from "../../../src/core/audit/entry.ts";
import {
  backwardsNote,
  closeNote,
  firstNote,
  isBorder,
  linkFault,
  monthOf,
  openNote,
} from "../../../src/core/audit/shard.ts";
import { Frontier } from "../../../src/core/audit/tree.ts";
import { type Instant, instant } from "../../../src/core/base/time.ts";
import { rootOf } from "../../support/chains.ts";

const LAST = "2026-11-30T23:59:59.999Z" as Instant;
const leaves = ["a", "b", "c"].map((text) => leafHash(text));
const tree = new Frontier();
for (const leaf of leaves) tree.append(leaf);
const closed = { shard: "2026-11", nextSeq: 3, head: leaves[2]!, closed: true, tree };

test("a month is that of the clock in UTC", () => {
  expect(monthOf(LAST)).toBe("2026-11");
  expect(monthOf(instant(Date.parse(LAST) + 1))).toBe("2026-12");
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
