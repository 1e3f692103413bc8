// What a held gate says: a finding for each condition that stands in the way, its reason, and no value.
import { expect, test } from "vitest";
import type { ConditionSpec } from "../../../src/core/gate/condition.ts";
import type { Judged, PolicyOutcome } from "../../../src/core/gate/decision.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { gateFindings } from "../../../src/validator/gate/findings.ts";

const conditions: readonly ConditionSpec[] = [];

function said(
  require: Requirement,
  judged: readonly Judged[],
  state: PolicyOutcome["state"],
): readonly string[] {
  const outcome: PolicyOutcome = {
    gate: { id: "verdict", logic: "kleene", require, conditions },
    state,
    judged,
  };
  return gateFindings(outcome).map(({ refusal }) => `${refusal.code} ${refusal.where}: ${refusal.message}`);
}

const claimed: Judged = {
  id: "claimed",
  state: "unknown",
  reason: "trust_lane",
  lane: "asserted",
  minLane: "verified",
};
const signed: Judged = {
  id: "signed",
  state: "unknown",
  reason: "provider_error",
  detail: "signed_missing",
  minLane: "verified",
};
const frozen: Judged = { id: "frozen", state: "true", lane: "verified", minLane: "verified" };

test("nothing when it is open", () => {
  expect(said("frozen", [frozen], "true")).toEqual([]);
});

test("each condition that stands in the way, with reason, detail and lanes", () => {
  const tree = { all: ["claimed", "signed", { not: "frozen" }, "lost"] };
  expect(said(tree, [claimed, signed, frozen], "false")).toEqual([
    "trust_lane claimed: gate verdict: condition claimed is unknown: asserted evidence, verified is asked for",
    "provider_error signed: gate verdict: condition signed is unknown (signed_missing)",
    "condition_false frozen: gate verdict: condition frozen is true, and the gate asks that it is false",
    "condition_unknown lost: gate verdict: condition lost was not evaluated",
  ]);
});

test("a tree that no leaf explains is too deep", () => {
  let tree: Requirement = "frozen";
  for (let level = 0; level < 33; level++) tree = { all: [tree] };
  expect(said(tree, [frozen], "unknown")).toEqual(["gate_depth verdict: gate verdict is unknown"]);
});
