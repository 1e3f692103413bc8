// The table of states, written out a second time: a move that nobody meant is seen here.
import { describe, expect, test } from "vitest";
import {
  canMove,
  isFinal,
  openStates,
  pendingStates,
  type State,
  states,
} from "../../../src/core/proposal/state.ts";

const ENDS = "expired withdrawn superseded";
const allowed: Readonly<Record<State, string>> = {
  pending: `validating approved manual_required rejected error landed ${ENDS}`,
  validating: `approved manual_required rejected error landed ${ENDS}`,
  approved: `landed conflict ${ENDS}`,
  manual_required: `landed conflict ${ENDS}`,
  conflict: `landed ${ENDS}`,
  error: ENDS,
  rejected: "",
  landed: "",
  expired: "landed",
  withdrawn: "landed",
  superseded: "landed",
};

describe.each(states)("from %s", (from) => {
  test.each(states)("to %s", (to) => {
    expect(canMove(from, to)).toBe(allowed[from].split(" ").includes(to));
  });
});

test("no state moves to itself, and nothing leaves a rejection or a landing", () => {
  expect(states.filter((state) => canMove(state, state))).toEqual([]);
  expect(states.filter((state) => canMove("rejected", state) || canMove("landed", state))).toEqual([]);
});

test("a verdict never turns into another one", () => {
  const verdicts = ["approved", "manual_required", "rejected", "error"] as const;
  for (const from of verdicts) for (const to of verdicts) expect(canMove(from, to)).toBe(false);
});

test("final, pending and open", () => {
  expect(states.filter(isFinal)).toEqual(["rejected", "landed", "expired", "withdrawn", "superseded"]);
  expect(pendingStates).toEqual(["pending", "validating"]);
  expect(openStates.filter((state) => isFinal(state))).toEqual([]);
});
