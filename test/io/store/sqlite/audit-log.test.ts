// P12: the month changes under the write lock, never backwards; each month's root stands in the next one's first entry.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../../../src/core/audit/entry.ts";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { rootOf } from "../../../support/chains.ts";
import { costing } from "../../../support/credentials.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { note, NOON, order, patchId } from "../../../support/proposals.ts";

const NOVEMBER = Date.UTC(2026, 11, 1) - 1;
const DECEMBER = NOVEMBER + 1;

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  // Whatever a test did, the chain holds over all months.
  expect(it.end()).toMatchObject({ ok: true });
});

const entries = (): readonly AuditEntry[] =>
  [...it.store.auditRows(0)].map(({ line }) => JSON.parse(line) as AuditEntry);
const leaves = (): readonly string[] => [...it.store.auditRows(0)].map(({ leaf }) => leaf);
const told = (): readonly string[] => entries().map(({ shard, seq, event }) => `${shard} ${seq} ${event}`);
const also = (): Store => openStore(it.path, { clock: () => it.now });

test("the last millisecond belongs to the old month, the next one opens another", () => {
  it.now = NOVEMBER;
  it.store.record(note("call.allowed"));
  it.now = DECEMBER;
  it.store.record(note("call.allowed"));
  expect(told()).toEqual([
    "2026-11 0 shard.open",
    "2026-11 1 call.allowed",
    "2026-11 2 shard.close",
    "2026-12 0 shard.open",
    "2026-12 1 call.allowed",
  ]);
  const [, , close, open] = entries();
  expect(close?.data).toEqual({ entries: 3 });
  expect(open?.data).toEqual({
    format: 2,
    previous: "2026-11",
    previous_size: 3,
    previous_root: rootOf(leaves().slice(0, 3)).toString("base64"),
    previous_leaf: leaves()[2],
  });
  expect(it.store.view.shards()).toEqual([
    { shard: "2026-11", first: 0, entries: 3, closed: true },
    { shard: "2026-12", first: 3, entries: 2, closed: false },
  ]);
  expect(it.store.view.leaves("2026-12", 0, 9)).toEqual(leaves().slice(3));
  expect(it.store.view.leaves("2026-11", 1, 9)).toEqual(leaves().slice(1, 3));
});

describe("a month that is not the next one", () => {
  const MARCH = Date.UTC(2027, 2, 5);
  const QUARTER = 900_000;
  const shards = (): readonly string[] => it.store.view.shards().map(({ shard }) => shard);
  const sayAt = (...times: readonly number[]): void => {
    for (const time of times) {
      it.now = time;
      it.store.record(note("call.allowed"));
    }
  };

  test("is not opened for a clock that is wrong for a while", () => {
    sayAt(MARCH, MARCH + QUARTER - 1, NOON + 1000, NOON + QUARTER + 5000, MARCH, MARCH + QUARTER - 1);
    expect(shards()).toEqual(["2026-11"]);
    // The first one says that the clock went back.
    sayAt(DECEMBER, DECEMBER);
    expect(shards()).toEqual(["2026-11", "2026-12"]);
    expect(it.events()).toContain("clock.backwards");
  });

  test("is, when the clock stays with it: a machine that was off goes on without anybody", () => {
    sayAt(MARCH, MARCH + 1000, MARCH + QUARTER);
    expect(shards()).toEqual(["2026-11", "2027-03"]);
    expect(told().slice(1)).toEqual([
      "2026-11 1 call.allowed",
      "2026-11 2 call.allowed",
      "2026-11 3 shard.close",
      "2027-03 0 shard.open",
      "2027-03 1 call.allowed",
    ]);
  });

  test("likewise where every process lives shorter than that", () => {
    sayAt(MARCH);
    it.reopen();
    sayAt(MARCH + QUARTER);
    expect(shards()).toEqual(["2026-11", "2027-03"]);
  });

  test("a process that was silent since does not take its own silence for the clock's", () => {
    sayAt(NOON + 1000, MARCH + 2 * QUARTER);
    expect(shards()).toEqual(["2026-11"]);
  });

  test("months without a call, and those of nothing else but a border, are no shards", () => {
    sayAt(MARCH, MARCH + QUARTER);
    expect(shards()).toEqual(["2026-11", "2027-03"]);
  });
});

test.each([5000, 4096, 4097])("a month of %d entries that a new process closes has their root", (count) => {
  const work = (): void => {
    for (let n = 0; n < 64; n++)
      void it.store.recordCall(costing(), note("call.allowed"), () => note("call.refused"));
  };
  for (let n = 0; n < count; n += 64) work();
  it.reopen();
  it.now = DECEMBER;
  it.store.record(note("call.allowed"));
  const open = entries().find(
    ({ event, seq, shard }) => event === "shard.open" && seq === 0 && shard === "2026-12",
  );
  const { entries: size } = it.store.view.shards()[0]!;
  expect(size).toBeGreaterThan(count);
  expect(open?.data).toMatchObject({
    previous_size: size,
    previous_root: rootOf(leaves().slice(0, size)).toString("base64"),
  });
});

test("what comes behind a border goes on like before: rows, vouchers, limits, the view", () => {
  it.submit(order(1));
  it.now = DECEMBER;
  expect(it.settle(1, "approved")).toBe(true);
  it.submit(order(2));
  expect(it.store.proposal(patchId(1))?.state).toBe("approved");
  expect(
    it.store.view.about("patch", patchId(1)).map(({ shard, seq, position }) => [shard, seq, position]),
  ).toEqual([
    ["2026-11", 1, 1],
    ["2026-12", 1, 4],
  ]);
  it.reopen();
  expect(it.store.proposal(patchId(1))?.state).toBe("approved");
  expect(it.store.proposal(patchId(2))?.state).toBe("pending");
});

test("two processes at the border: one closes the month, the other finds it closed", () => {
  const [one, two] = [also(), also()];
  one.record(note("call.allowed"));
  two.record(note("call.allowed"));
  it.now = DECEMBER;
  two.record(note("call.allowed"));
  one.record(note("call.allowed"));
  one.close();
  two.close();
  expect(told().filter((text) => text.includes("shard"))).toHaveLength(3);
  it.store.record(note("call.allowed"));
  expect(it.store.view.shards()).toHaveLength(2);
});

test("a transaction that is rolled back at the border leaves no border, and the next one makes it", () => {
  it.now = DECEMBER;
  const odd = { ...note("call.allowed"), data: { "A b": 1 } };
  expect(() => it.store.record(odd)).toThrow();
  expect(told()).toEqual(["2026-11 0 shard.open"]);
  it.store.record(note("call.allowed"));
  expect(told()).toHaveLength(4);
});

test("a work of a group that is rolled back at the border takes it along, and the next one in the group makes it", async () => {
  it.now = DECEMBER;
  const odd = { ...note("call.allowed"), data: { "A b": 1 } };
  const [first, second] = [odd, note("call.allowed")].map((one) =>
    it.store.recordCall(costing(), one, () => note("call.refused")),
  );
  await expect(first).rejects.toThrow();
  await second;
  expect(told()).toEqual([
    "2026-11 0 shard.open",
    "2026-11 1 shard.close",
    "2026-12 0 shard.open",
    "2026-12 1 call.allowed",
  ]);
});

describe("a clock that goes back", () => {
  test("over the border: the month stays, and it is said once", () => {
    it.now = DECEMBER + 5;
    it.store.record(note("call.allowed"));
    it.now = NOVEMBER - 10_000;
    it.store.record(note("call.allowed"));
    it.store.record(note("call.allowed"));
    it.now = DECEMBER;
    it.store.record(note("call.allowed"));
    expect(told().slice(3)).toEqual([
      "2026-12 1 call.allowed",
      "2026-12 2 clock.backwards",
      "2026-12 3 call.allowed",
      "2026-12 4 call.allowed",
      "2026-12 5 call.allowed",
    ]);
    expect(entries()[4]).toMatchObject({
      actor: { principal: "countersign" },
      data: { last: "2026-12-01T00:00:00.005Z", now: "2026-11-30T23:59:49.999Z" },
      ts: "2026-11-30T23:59:49.999Z",
    });
  });

  test.each([
    [1000, 0],
    [1001, 1],
  ])("by %d ms is said %d times", (by, times) => {
    it.store.record(note("call.allowed"));
    it.now = NOON - by;
    it.store.record(note("call.allowed"));
    expect(it.events().filter((event) => event === "clock.backwards")).toHaveLength(times);
  });

  test("is said against what another process wrote, too", () => {
    const other = openStore(it.path, { clock: () => NOON + 60_000 });
    other.record(note("call.allowed"));
    other.close();
    it.store.record(note("call.allowed"));
    expect(it.events()).toEqual(["call.allowed", "clock.backwards", "call.allowed"]);
  });

  test("a year too early for a while: its months stay, and the log goes on in them", () => {
    for (const later of [0, 3_600_000]) {
      it.now = Date.UTC(2027, 10, 22) + later;
      it.store.record(note("call.allowed"));
    }
    it.now = NOON;
    it.store.record(note("call.allowed"));
    it.now = Date.UTC(2027, 9, 1);
    it.store.record(note("call.allowed"));
    expect(it.store.view.shards().map(({ shard }) => shard)).toEqual(["2026-11", "2027-11"]);
  });
});

test("the file verifies from outside, shard by shard", () => {
  for (const [month, calls] of [
    [10, 3],
    [11, 70],
    [12, 1],
  ] as const) {
    it.now = Date.UTC(2026, month, 25);
    for (let n = 0; n < calls; n++) it.store.record(note("call.allowed", { n }));
  }
  expect(verifyStoreFile(it.path)).toMatchObject({ ok: true, entries: 79, shard: "2027-01" });
});
