// The operations of the store: what each refuses, what it changes, and the audit entry that comes with it.
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refusal } from "../../../../src/core/base/refusal.ts";
import type { Order } from "../../../../src/core/proposal/order.ts";
import { states } from "../../../../src/core/proposal/state.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store, Submission, SubmitResult } from "../../../../src/io/store/store.ts";
import { verifyLog } from "../../../../src/io/store/verify.ts";
import { at, digestOf, landing, note, NOON, order, patchId, yes } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

let folder: string;
let store: Store;
let now: number;

beforeEach(() => {
  folder = scratch("store");
  now = NOON;
  store = openStore(join(folder, "store.db"), { clock: () => now, create: true });
});
afterEach(() => {
  // Whatever a test did, the chain holds.
  expect(verifyLog(store.auditRows(0))).toMatchObject({ ok: true });
  store.close();
  removeScratch(folder);
});

interface Logged {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const log = (): readonly Logged[] => [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as Logged);
const events = (): readonly string[] => log().map(({ event }) => event);

const roomy = { maxPending: 100, perHour: 100 };
function submit(value: Order, changes: Partial<Submission> = {}): SubmitResult {
  const made = { ...value, created: at(now - NOON) };
  return store.submit(yes(), { order: made, idempotencyKey: null, limits: roomy, note: note("proposal.accepted", { patch_id: value.patch_id }), ...changes });
}
const settle = (n: number, state: Parameters<Store["settle"]>[0]["state"]): boolean =>
  store.settle({ id: patchId(n), state, statement: digestOf("statement"), reasons: [], note: note("verdict.received", { patch_id: patchId(n) }) });

test("a new log begins with shard.open, in the month of its first entry", () => {
  const [first] = [...store.auditRows(0)];
  expect(JSON.parse(first!.line)).toMatchObject({ seq: 0, shard: "2026-11", event: "shard.open", prev: "0".repeat(64), data: { format: 1, previous: null } });
  now = Date.UTC(2027, 0, 1);
  expect(store.record(note("process.start"))).toMatchObject({ seq: 1, shard: "2026-11", ts: "2027-01-01T00:00:00.000Z" });
});

describe("calls", () => {
  const call = (principal = "local:stdio", limit = 3): boolean => store.recordCall(principal, limit, note("call.allowed"), note("call.refused", { reason: "rate_calls" }));

  test("the call over the limit is refused, and the refusal is what is recorded", () => {
    expect([call(), call(), call(), call(), call()]).toEqual([true, true, true, false, false]);
    expect(events()).toEqual(["call.allowed", "call.allowed", "call.allowed", "call.refused", "call.refused"]);
    expect(store.callsWithin("local:stdio", 60)).toBe(3);
  });

  test("no window of a minute holds more calls than the limit, and each principal has its own", () => {
    now = NOON + 999;
    expect([call(), call(), call(), call()]).toEqual([true, true, true, false]);
    expect(call("local:other")).toBe(true);
    now = NOON + 60_500;
    expect(call()).toBe(false);
    now = NOON + 61_000;
    expect(call()).toBe(true);
  });

  test("a clock that was set back locks nobody out for long", () => {
    now = NOON + 86_400_000;
    expect([call(), call(), call()]).toEqual([true, true, true]);
    now = NOON;
    expect(call()).toBe(true);
  });

  test("counting survives a restart and is forgotten after an hour", () => {
    call();
    store.close();
    store = openStore(join(folder, "store.db"), { clock: () => now });
    expect(store.callsWithin("local:stdio", 3600)).toBe(1);
    now = NOON + 3_601_000;
    expect(store.callsWithin("local:stdio", 3600)).toBe(0);
    expect(() => store.callsWithin("local:stdio", 3601)).toThrow(RangeError);
  });
});

describe("submit refuses", () => {
  const refused = (result: SubmitResult): string => (result.kind === "refused" ? result.refusal.code : result.kind);

  test("the proposal over the limit of an hour, and says when the next is possible", () => {
    const limits = { maxPending: 100, perHour: 2 };
    submit(order(1), { limits });
    now += 600_000;
    submit(order(2), { limits });
    const over = submit(order(3), { limits });
    expect(over).toMatchObject({ kind: "refused", refusal: { code: "rate_proposals", message: expect.stringContaining("3000 seconds") as string } });
    expect(submit(order(4, { principal: "local:other" }), { limits })).toEqual({ kind: "accepted" });
    now = NOON + 3_600_000;
    expect(submit(order(5), { limits })).toEqual({ kind: "accepted" });
    expect(submit(order(6), { limits }).kind).toBe("refused");
    expect(log().filter(({ event }) => event === "call.refused").map(({ data }) => data["reason"])).toEqual(["rate_proposals", "rate_proposals"]);
  });

  test("the proposal over the limit of pending ones, until one is settled", () => {
    const limits = { maxPending: 2, perHour: 100 };
    submit(order(1), { limits });
    submit(order(2), { limits });
    store.dispatched(patchId(1), note("proposal.dispatched"));
    expect(refused(submit(order(3), { limits }))).toBe("too_many_pending");
    expect(store.proposal(patchId(3))).toBeUndefined();
    expect(log().at(-1)).toMatchObject({ event: "call.refused", data: { reason: "too_many_pending" } });
    settle(1, "approved");
    expect(refused(submit(order(4), { limits }))).toBe("accepted");
  });

  test("a key that was used with other arguments", () => {
    submit(order(1), { idempotencyKey: "k" });
    expect(refused(submit(order(2), { idempotencyKey: "k" }))).toBe("idempotency_conflict");
    expect(refused(submit(order(3, { principal: "local:other" }), { idempotencyKey: "k" }))).toBe("accepted");
    expect(store.outbox()).toHaveLength(2);
  });

  test.each([
    ["unknown", order(2, { supersedes: patchId(9) }), "patch_unknown"],
    ["somebody else's", order(2, { supersedes: patchId(1), principal: "local:other" }), "patch_unknown"],
  ])("to supersede a patch that is %s", (_, value, code) => {
    submit(order(1));
    expect(refused(submit(value))).toBe(code);
    expect(store.proposal(patchId(1))?.state).toBe("pending");
  });

  test.each(["rejected", "withdrawn", "landed"] as const)("to supersede a patch that is %s", (state) => {
    submit(order(1));
    settle(1, state);
    expect(refused(submit(order(2, { supersedes: patchId(1) })))).toBe("patch_closed");
    expect(store.proposal(patchId(1))?.state).toBe(state);
  });

  test("an order that no validator would read", () => {
    expect(refused(submit(order(1, { patch: "\u0001".repeat(300_000) })))).toBe("patch_too_large");
  });
});

describe("submit", () => {
  test("stores row, outbox and audit entry at once", () => {
    expect(submit(order(1))).toEqual({ kind: "accepted" });
    expect(store.proposal(patchId(1))).toEqual({ order: order(1), state: "pending", statement: null, reasons: [], idempotency_key: null, updated: at(0) });
    expect(store.outbox()).toEqual([order(1)]);
    expect(log()).toMatchObject([{ event: "proposal.accepted", data: { patch_id: patchId(1), gate: "test", row_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string } }]);
  });

  test("answers a repeated call with the earlier proposal, as it is now", () => {
    submit(order(1), { idempotencyKey: "k" });
    settle(1, "approved");
    const again = { ...order(2), arguments_sha256: order(1).arguments_sha256 };
    expect(submit(again, { idempotencyKey: "k", limits: { maxPending: 0, perHour: 0 } })).toMatchObject({ kind: "repeated", proposal: { order: order(1), state: "approved" } });
    expect(store.proposals(states)).toHaveLength(1);
    expect(store.proposalByKey("local:stdio", "k")?.order).toEqual(order(1));
    expect(store.proposalByKey("local:other", "k")).toBeUndefined();
  });

  test("replaces an open proposal of the same principal, whose place becomes free", () => {
    const limits = { maxPending: 1, perHour: 100 };
    submit(order(1), { limits });
    expect(submit(order(2, { supersedes: patchId(1) }), { limits })).toEqual({ kind: "accepted" });
    expect(store.proposal(patchId(1))?.state).toBe("superseded");
    expect(store.outbox().map(({ patch_id }) => patch_id)).toEqual([patchId(2)]);
    expect(log().map(({ event, data }) => [event, data["patch_id"]])).toEqual([
      ["proposal.accepted", patchId(1)],
      ["proposal.closed", patchId(1)],
      ["proposal.accepted", patchId(2)],
    ]);
  });

  test("keeps the order of submission, also within one millisecond", () => {
    for (const n of [5, 3, 4]) submit(order(n));
    const ids = [5, 3, 4].map(patchId);
    expect(store.outbox().map(({ patch_id }) => patch_id)).toEqual(ids);
    expect(store.proposals(["pending"]).map(({ order: { patch_id } }) => patch_id)).toEqual(ids);
    expect(store.proposals([])).toEqual([]);
  });
});

describe("afterwards", () => {
  test("dispatched takes the order out of the outbox, once", () => {
    submit(order(1));
    store.dispatched(patchId(1), note("proposal.dispatched"));
    store.dispatched(patchId(1), note("proposal.dispatched"));
    expect(store.outbox()).toEqual([]);
    expect(store.proposal(patchId(1))?.state).toBe("validating");
    expect(events()).toEqual(["proposal.accepted", "proposal.dispatched"]);
  });

  test("a move that the table of states does not allow changes and records nothing", () => {
    submit(order(1));
    expect(settle(1, "rejected")).toBe(true);
    expect(settle(1, "approved")).toBe(false);
    expect(settle(9, "approved")).toBe(false);
    expect(store.proposal(patchId(1))?.state).toBe("rejected");
    expect(events()).toEqual(["proposal.accepted", "verdict.received"]);
  });

  test("settling keeps the reasons and the statement, and an undispatched order is not handed over any more", () => {
    submit(order(1));
    const reasons = [refusal("path_blocked", "not there", ".github/x")];
    store.settle({ id: patchId(1), state: "rejected", statement: digestOf("s"), reasons, note: note("verdict.received") });
    expect(store.proposal(patchId(1))).toMatchObject({ state: "rejected", statement: digestOf("s"), reasons });
    expect(store.outbox()).toEqual([]);
  });

  test("a landing is carried once for each attempt, and the row follows the fact", () => {
    submit(order(1));
    settle(1, "approved");
    expect(store.land(landing(1, 1), note("landing.landed"))).toBe(true);
    expect(store.land(landing(1, 1), note("landing.landed"))).toBe(false);
    expect(store.proposal(patchId(1))).toMatchObject({ state: "landed", statement: digestOf("statement") });
    expect(events().filter((event) => event === "landing.landed")).toHaveLength(1);
  });

  const moved = refusal("base_moved", "the branch changed", "src/a.ts");
  test.each([
    ["base_moved makes a conflict", landing(1, 1, { result: { kind: "refused", refusal: moved } }), "conflict"],
    ["a rehearsal changes nothing", landing(1, 1, { dry_run: true, result: { kind: "refused", refusal: moved } }), "approved"],
    ["another refusal changes nothing", landing(1, 1, { result: { kind: "refused", refusal: refusal("confirm_required", "confirm") } }), "approved"],
    ["a passed rehearsal changes nothing", landing(1, 1, { dry_run: true, result: { kind: "passed" } }), "approved"],
  ])("%s, and is in the log", (_, record, state) => {
    submit(order(1));
    settle(1, "approved");
    expect(store.land(record, note(`landing.${record.result.kind}`))).toBe(true);
    expect(store.proposal(patchId(1))?.state).toBe(state);
    expect(events().at(-1)).toBe(`landing.${record.result.kind}`);
  });

  test("a landing of a rejected or unknown patch is recorded and moves nothing", () => {
    submit(order(1));
    settle(1, "rejected");
    expect(store.land(landing(1, 1), note("landing.landed"))).toBe(true);
    expect(store.land(landing(9, 2), note("landing.landed"))).toBe(true);
    expect(store.proposal(patchId(1))?.state).toBe("rejected");
    expect(store.proposal(patchId(9))).toBeUndefined();
  });
});

describe("a note that is none", () => {
  test.each([
    ["too long", note("call.allowed", { text: "x".repeat(1001) })],
    ["not canonical", note("call.allowed", { text: "\ud800" })],
    ["a forged voucher for a row", note("call.allowed", { row_sha256: digestOf("x") })],
    ["an unknown event", note("call.maybe" as "call.allowed")],
  ])("%s: nothing is written, and the store goes on", (_, bad) => {
    expect(() => store.record(bad)).toThrow();
    expect(events()).toEqual([]);
    expect(store.record(note("process.start")).seq).toBe(1);
  });

  test("when the second entry of a transaction fails, the first is gone too", () => {
    submit(order(1));
    const bad = note("proposal.accepted", { text: "x".repeat(1001) });
    expect(() => submit(order(2, { supersedes: patchId(1) }), { note: bad })).toThrow();
    expect(store.proposal(patchId(1))?.state).toBe("pending");
    expect(store.outbox()).toEqual([order(1)]);
    expect(submit(order(3))).toEqual({ kind: "accepted" });
    expect(events()).toEqual(["proposal.accepted", "proposal.accepted"]);
  });
});
