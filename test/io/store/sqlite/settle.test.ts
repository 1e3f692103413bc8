// What happens to a proposal afterwards: handed over, judged, closed, landed.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refusal } from "../../../../src/core/base/refusal.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { digestOf, landing, note, order, patchId } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  // Whatever a test did, the chain holds.
  expect(it.end()).toMatchObject({ ok: true });
});

describe("afterwards", () => {
  test("dispatched takes the order out of the outbox, once", () => {
    it.submit(order(1));
    it.store.dispatched(patchId(1), note("proposal.dispatched"));
    it.store.dispatched(patchId(1), note("proposal.dispatched"));
    expect(it.store.outbox()).toEqual([]);
    expect(it.store.proposal(patchId(1))?.state).toBe("validating");
    expect(it.events()).toEqual(["proposal.accepted", "proposal.dispatched"]);
  });

  test("a move that the table of states does not allow changes and records nothing", () => {
    it.submit(order(1));
    expect(it.settle(1, "rejected")).toBe(true);
    expect(it.settle(1, "approved")).toBe(false);
    expect(it.settle(9, "approved")).toBe(false);
    expect(it.store.proposal(patchId(1))?.state).toBe("rejected");
    expect(it.events()).toEqual(["proposal.accepted", "verdict.received"]);
  });

  test("settling keeps the reasons and the statement, and an undispatched order is not handed over any more", () => {
    it.submit(order(1));
    const reasons = [refusal("path_blocked", "not there", ".github/x")];
    it.store.settle({
      id: patchId(1),
      state: "rejected",
      statement: digestOf("s"),
      reasons,
      note: note("verdict.received"),
    });
    expect(it.store.proposal(patchId(1))).toMatchObject({
      state: "rejected",
      statement: digestOf("s"),
      reasons,
    });
    expect(it.store.outbox()).toEqual([]);
  });

  test("a landing is carried once for each attempt, and the row follows the fact", () => {
    it.submit(order(1));
    it.settle(1, "approved");
    expect(it.store.land(landing(1, 1), note("landing.landed"))).toBe(true);
    expect(it.store.land(landing(1, 1), note("landing.landed"))).toBe(false);
    // A transaction that appended nothing must not make the log forget where it stands.
    expect(it.store.record(note("process.stop")).seq).toBeGreaterThan(0);
    expect(it.store.proposal(patchId(1))).toMatchObject({
      state: "landed",
      statement: digestOf("statement"),
    });
    expect(it.events().filter((event) => event === "landing.landed")).toHaveLength(1);
  });

  const moved = refusal("base_moved", "the branch changed", "src/a.ts");
  test.each([
    [
      "base_moved makes a conflict",
      landing(1, 1, { result: { kind: "refused", refusal: moved } }),
      "conflict",
    ],
    [
      "a rehearsal changes nothing",
      landing(1, 1, { dry_run: true, result: { kind: "refused", refusal: moved } }),
      "approved",
    ],
    [
      "another refusal changes nothing",
      landing(1, 1, { result: { kind: "refused", refusal: refusal("confirm_required", "confirm") } }),
      "approved",
    ],
    [
      "a passed rehearsal changes nothing",
      landing(1, 1, { dry_run: true, result: { kind: "passed" } }),
      "approved",
    ],
  ])("%s, and is in the log", (_, record, state) => {
    it.submit(order(1));
    it.settle(1, "approved");
    expect(it.store.land(record, note(`landing.${record.result.kind}`))).toBe(true);
    expect(it.store.proposal(patchId(1))?.state).toBe(state);
    expect(it.events().at(-1)).toBe(`landing.${record.result.kind}`);
  });

  test("a landing of a rejected or unknown patch is recorded and moves nothing", () => {
    it.submit(order(1));
    it.settle(1, "rejected");
    expect(it.store.land(landing(1, 1), note("landing.landed"))).toBe(true);
    expect(it.store.land(landing(9, 2), note("landing.landed"))).toBe(true);
    expect(it.store.proposal(patchId(1))?.state).toBe("rejected");
    expect(it.store.proposal(patchId(9))).toBeUndefined();
  });
});
