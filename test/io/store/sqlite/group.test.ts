// Group commit: what is queued in one turn is one transaction; nobody is told before it is durable, and each is counted for itself.
import Database from "better-sqlite3";
import { randomBytes } from "node:crypto";
import { linkSync, rmSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditNote } from "../../../../src/core/audit/entry.ts";
import { NO_KEYS } from "../../../../src/core/audit/sealed-line.ts";
import { openAuditLog } from "../../../../src/io/store/sqlite/audit-log.ts";
import { openGroup } from "../../../../src/io/store/sqlite/group.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { Session } from "../../../../src/io/store/sqlite/session.ts";
import type { Excess } from "../../../../src/io/store/store.ts";
import { costing, noBudget } from "../../../support/credentials.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { note } from "../../../support/proposals.ts";
import { meddleWithLog } from "../../../support/stores.ts";

const storage = expect.objectContaining({ code: "storage", exitCode: 74 }) as Error;

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  expect(it.end()).toMatchObject({ ok: true });
});

const call = (n: number, changes: Parameters<typeof costing>[0] = {}): Promise<Excess> =>
  it.store.recordCall(costing(changes), note("call.allowed", { n }), ({ kind }) =>
    note("call.refused", { n, reason: kind }),
  );
const many = (count: number, changes: Parameters<typeof costing>[0] = {}): Promise<Excess>[] =>
  Array.from({ length: count }, (_, n) => call(n, changes));
const numbers = (): readonly unknown[] => it.log().map(({ data }) => data["n"]);

/** Entries that another connection sees: those that were committed. */
function committed(): number {
  const db = new Database(it.path, { readonly: true });
  const row = db.prepare<[], { entries: number }>("SELECT count(*) AS entries FROM audit").get();
  db.close();
  return row?.entries ?? 0;
}

describe("calls side by side", () => {
  test("count against each other: the limit holds exactly, whoever comes with whom", async () => {
    const outcomes = await Promise.all([
      ...many(100, { perMinute: 7 }),
      ...many(5, { principal: "other", perMinute: 7 }),
    ]);
    expect(outcomes.filter((excess) => excess === undefined)).toHaveLength(12);
    expect(outcomes.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => undefined));
    expect(outcomes.slice(7, 100).every((excess) => excess?.kind === "rate")).toBe(true);
    expect(it.events().filter((event) => event === "call.refused")).toHaveLength(93);
  });

  test("the budget holds exactly, and warns once", async () => {
    const outcomes = await Promise.all(many(100, { budget: { ...noBudget, calls: 10 } }));
    expect(outcomes.filter((excess) => excess === undefined)).toHaveLength(10);
    expect(it.events().filter((event) => event === "budget.warning")).toHaveLength(1);
  });

  test("entries are in the order of asking, over several transactions", async () => {
    const told: number[] = [];
    await Promise.all(many(150).map((one, n) => one.then(() => told.push(n))));
    const order = Array.from({ length: 150 }, (_, n) => n);
    expect(numbers()).toEqual(order);
    expect(told).toEqual(order);
  });

  test("at most 64 share a transaction, and nobody hears before the commit", async () => {
    const before = committed();
    const told: number[] = [];
    const all = many(100).map((one, n) => one.then(() => told.push(committed() - before - n)));
    expect(committed()).toBe(before);
    await turn();
    expect(committed() - before).toBe(64);
    await Promise.all(all);
    expect(told).toHaveLength(100);
    expect(Math.min(...told)).toBeGreaterThan(0);
  });
});

describe("between the transactions", () => {
  test("what is recorded at once goes before what waits, and both are there", async () => {
    const waiting = many(3);
    expect(it.store.record(note("call.refused", { n: "at once" })).seq).toBe(1);
    await Promise.all(waiting);
    expect(numbers()).toEqual(["at once", 0, 1, 2]);
  });

  test("what waits when the store is closed is written, and told", async () => {
    const waiting = many(70);
    it.reopen();
    expect(await Promise.all(waiting)).toHaveLength(70);
    expect(numbers()).toHaveLength(70);
  });
});

describe("what a work throws", () => {
  const bad: AuditNote = note("call.allowed", { row_sha256: "0".repeat(64) });
  const forged = (): Promise<Excess> => it.store.recordCall(costing(), bad, () => bad);

  test.each([
    ["first", [forged, () => call(1), () => call(2)]],
    ["between", [() => call(1), forged, () => call(2)]],
    ["last", [() => call(1), () => call(2), forged]],
  ])("is its own: it alone is rolled back and rejects (%s)", async (_, asked) => {
    const outcomes = await Promise.allSettled(asked.map((ask) => ask()));
    const thrown = outcomes.filter(({ status }) => status === "rejected");
    expect(thrown).toEqual([{ status: "rejected", reason: expect.any(RangeError) as Error }]);
    expect(numbers()).toEqual([1, 2]);
    // It was not counted either.
    expect(it.store.excess(costing({ perMinute: 3 }), 0)).toBeUndefined();
    expect(it.store.excess(costing({ perMinute: 2 }), 0)).toMatchObject({ kind: "rate" });
  });

  // The end of the log that memory holds goes back with the work, or the next entry would leave a gap.
  test("takes the entries with it that the work had appended", async () => {
    const db = new Database(it.path);
    const session = new Session(
      db,
      () => it.now,
      () => undefined,
    );
    const log = openAuditLog(session, { keys: NO_KEYS, random: randomBytes, personal: "plain" });
    const group = openGroup(session);
    const append = (n: number) => group.join(() => log.append(note("call.allowed", { n })).entry.seq);
    const failing = () =>
      group.join(() => {
        log.append(note("call.allowed", { n: "undone" }));
        log.append(note("call.allowed", { n: "undone" }));
        throw new Error("no");
      });
    const works = [failing(), append(1), failing(), append(2), failing()];
    const outcomes = (await Promise.allSettled(works)).map(({ status }) => status);
    expect(outcomes).toEqual(["rejected", "fulfilled", "rejected", "fulfilled", "rejected"]);
    await expect(failing()).rejects.toThrow("no");
    expect(await Promise.all([append(3), append(4)])).toEqual([3, 4]);
    db.close();
    expect(numbers()).toEqual([1, 2, 3, 4]);
    expect(it.store.record(note("call.allowed", { n: 5 })).seq).toBe(5);
  });
});

// A disk that answered at last: nobody waits for these answers any more, and who knows what it does next.
test.each([
  [15_000, "is in time"],
  [15_001, "is a failure, for all of its calls and for ever"],
])("a commit of %i milliseconds %s", async (took) => {
  let ticks = 0;
  const store = openStore(it.path, { clock: () => it.now, ticks: () => (ticks += took) });
  const waiting = Array.from({ length: 3 }, () =>
    store.recordCall(costing(), note("call.allowed"), () => note("call.refused")),
  );
  const outcomes = await Promise.allSettled(waiting);
  const expected = took > 15_000 ? { status: "rejected", reason: storage } : { status: "fulfilled" };
  for (const outcome of outcomes) expect(outcome).toMatchObject(expected);
  if (took > 15_000) expect(() => store.credentials()).toThrow(/the disk took 15 s for one commit/);
  store.close();
  // They are durable all the same: recorded, and not answered.
  expect(it.events().filter((event) => event === "call.allowed")).toHaveLength(3);
});

describe("a storage error", () => {
  test.each([
    ["the file was removed", () => rmSync(it.path)],
    ["the file has a second name", () => linkSync(it.path, `${it.path}.copy`)],
    [
      "the log ends earlier",
      () => meddleWithLog(it.path, "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"),
    ],
  ])("rejects all of the transaction, and all that come later: %s", async (_, damage) => {
    it.store.record(note("call.allowed"));
    it.store.record(note("call.allowed"));
    const waiting = many(100);
    damage();
    const outcomes = await Promise.allSettled(waiting);
    for (const outcome of outcomes) expect(outcome).toEqual({ status: "rejected", reason: storage });
    await expect(call(1)).rejects.toEqual(storage);
    expect(() => it.store.record(note("call.allowed"))).toThrow(storage);
    it.store.close();
    it.end();
    it = newStore();
  });
});
