// Every change is one transaction with its entry: all of it, or nothing.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { digestOf, note, order, patchId } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  // Whatever a test did, the chain holds.
  expect(it.end()).toMatchObject({ ok: true });
});

test("a new log begins with shard.open, in the month of its first entry", () => {
  const [first] = [...it.store.auditRows(0)];
  expect(JSON.parse(first!.line)).toMatchObject({
    seq: 0,
    shard: "2026-11",
    event: "shard.open",
    prev: "0".repeat(64),
    data: { format: 2, previous: null },
  });
});

describe("a note that is none", () => {
  test.each([
    ["too long", note("call.allowed", { text: "x".repeat(1001) })],
    ["not canonical", note("call.allowed", { text: "\ud800" })],
    ["a forged voucher for a row", note("call.allowed", { row_sha256: digestOf("x") })],
    ["an unknown event", note("call.maybe" as "call.allowed")],
  ])("%s: nothing is written, and the store goes on", (_, bad) => {
    expect(() => it.store.record(bad)).toThrow();
    expect(it.events()).toEqual([]);
    expect(it.store.record(note("process.start")).seq).toBe(1);
  });

  test("when the second entry of a transaction fails, the first is gone too", () => {
    it.submit(order(1));
    const bad = note("proposal.accepted", { text: "x".repeat(1001) });
    expect(() => it.submit(order(2, { supersedes: patchId(1) }), { note: bad })).toThrow();
    expect(it.store.proposal(patchId(1))?.state).toBe("pending");
    expect(it.store.outbox()).toEqual([order(1)]);
    expect(it.submit(order(3))).toEqual({ kind: "accepted" });
    expect(it.events()).toEqual(["proposal.accepted", "proposal.accepted"]);
  });
});
