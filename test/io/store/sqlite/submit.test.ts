// Taking in a proposal: what is refused, what is repeated, what is replaced.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { states } from "../../../../src/core/proposal/state.ts";
import type { SubmitResult } from "../../../../src/io/store/store.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { at, NOON, note, order, patchId } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  // Whatever a test did, the chain holds.
  expect(it.end()).toMatchObject({ ok: true });
});

describe("submit refuses", () => {
  const refused = (result: SubmitResult): string =>
    result.kind === "refused" ? result.refusal.code : result.kind;

  test("the proposal over the limit of an hour, and says when the next is possible", () => {
    const limits = { maxPending: 100, perHour: 2 };
    it.submit(order(1), { limits });
    it.now += 600_000;
    it.submit(order(2), { limits });
    const over = it.submit(order(3), { limits });
    expect(over).toMatchObject({
      kind: "refused",
      refusal: {
        code: "rate_proposals",
        fix: expect.stringContaining("3000 seconds") as string,
        retry_after: 3000,
      },
    });
    expect(it.submit(order(4, { principal: "local:other" }), { limits })).toEqual({ kind: "accepted" });
    it.now = NOON + 3_600_000;
    expect(it.submit(order(5), { limits })).toEqual({ kind: "accepted" });
    expect(it.submit(order(6), { limits }).kind).toBe("refused");
    expect(
      it
        .log()
        .filter(({ event }) => event === "call.refused")
        .map(({ data }) => data["reason"]),
    ).toEqual(["rate_proposals", "rate_proposals"]);
  });

  test("the proposal over the limit of pending ones, until one is settled", () => {
    const limits = { maxPending: 2, perHour: 100 };
    it.submit(order(1), { limits });
    it.submit(order(2), { limits });
    it.store.dispatched(patchId(1), note("proposal.dispatched"));
    expect(refused(it.submit(order(3), { limits }))).toBe("too_many_pending");
    expect(it.store.proposal(patchId(3))).toBeUndefined();
    expect(it.log().at(-1)).toMatchObject({ event: "call.refused", data: { reason: "too_many_pending" } });
    it.settle(1, "approved");
    expect(refused(it.submit(order(4), { limits }))).toBe("accepted");
  });

  test("a key that was used with other arguments", () => {
    it.submit(order(1), { idempotencyKey: "k" });
    expect(refused(it.submit(order(2), { idempotencyKey: "k" }))).toBe("idempotency_conflict");
    expect(refused(it.submit(order(3, { principal: "local:other" }), { idempotencyKey: "k" }))).toBe(
      "accepted",
    );
    expect(it.store.outbox()).toHaveLength(2);
  });

  test.each([
    ["unknown", order(2, { supersedes: patchId(9) }), "patch_unknown"],
    ["somebody else's", order(2, { supersedes: patchId(1), principal: "local:other" }), "patch_unknown"],
  ])("to supersede a patch that is %s", (_, value, code) => {
    it.submit(order(1));
    expect(refused(it.submit(value))).toBe(code);
    expect(it.store.proposal(patchId(1))?.state).toBe("pending");
  });

  test.each(["rejected", "withdrawn", "landed"] as const)("to supersede a patch that is %s", (state) => {
    it.submit(order(1));
    it.settle(1, state);
    expect(refused(it.submit(order(2, { supersedes: patchId(1) })))).toBe("patch_closed");
    expect(it.store.proposal(patchId(1))?.state).toBe(state);
  });

  test("an order that no validator would read", () => {
    expect(refused(it.submit(order(1, { patch: "\u0001".repeat(300_000) })))).toBe("patch_too_large");
  });
});

describe("submit", () => {
  test("stores row, outbox and audit entry at once", () => {
    expect(it.submit(order(1))).toEqual({ kind: "accepted" });
    expect(it.store.proposal(patchId(1))).toEqual({
      order: order(1),
      state: "pending",
      statement: null,
      reasons: [],
      idempotency_key: null,
      updated: at(0),
    });
    expect(it.store.outbox()).toEqual([order(1)]);
    expect(it.log()).toMatchObject([
      {
        event: "proposal.accepted",
        data: {
          patch_id: patchId(1),
          gate: "test",
          row_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        },
      },
    ]);
  });

  test("answers a repeated call with the earlier proposal, as it is now", () => {
    it.submit(order(1), { idempotencyKey: "k" });
    it.settle(1, "approved");
    const again = { ...order(2), arguments_sha256: order(1).arguments_sha256 };
    expect(it.submit(again, { idempotencyKey: "k", limits: { maxPending: 0, perHour: 0 } })).toMatchObject({
      kind: "repeated",
      proposal: { order: order(1), state: "approved" },
    });
    expect(it.store.proposals(states)).toHaveLength(1);
    expect(it.store.proposalByKey("local:stdio", "k")?.order).toEqual(order(1));
    expect(it.store.proposalByKey("local:other", "k")).toBeUndefined();
  });

  test("replaces an open proposal of the same principal, whose place becomes free", () => {
    const limits = { maxPending: 1, perHour: 100 };
    it.submit(order(1), { limits });
    expect(it.submit(order(2, { supersedes: patchId(1) }), { limits })).toEqual({ kind: "accepted" });
    expect(it.store.proposal(patchId(1))?.state).toBe("superseded");
    expect(it.store.outbox().map(({ patch_id }) => patch_id)).toEqual([patchId(2)]);
    expect(it.log().map(({ event, data }) => [event, data["patch_id"]])).toEqual([
      ["proposal.accepted", patchId(1)],
      ["proposal.closed", patchId(1)],
      ["proposal.accepted", patchId(2)],
    ]);
  });

  test("keeps the order of submission, also within one millisecond", () => {
    for (const n of [5, 3, 4]) it.submit(order(n));
    const ids = [5, 3, 4].map(patchId);
    expect(it.store.outbox().map(({ patch_id }) => patch_id)).toEqual(ids);
    expect(it.store.proposals(["pending"]).map(({ order: { patch_id } }) => patch_id)).toEqual(ids);
    expect(it.store.proposals([])).toEqual([]);
  });
});
