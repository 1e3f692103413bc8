// Policies over three conditions, their evidence as it should be, and every way in which one piece of it can be spoilt.
import type { ConditionSpec, PolicyGate } from "../../src/core/gate/condition.ts";
import type { Facts, Gate } from "../../src/core/gate/decision.ts";
import type { Evidence, Trust } from "../../src/core/gate/evidence.ts";
import type { Requirement } from "../../src/core/gate/requirement.ts";

export const NAMES = ["a", "b", "c"] as const;
export const specOf = (id: string): ConditionSpec => ({
  id,
  provider: "json",
  check: "path",
  params: { file: id },
  comparator: "equals",
  expected: true,
  types: ["boolean"],
});
export const trust: Trust = {
  minLane: "verified",
  now: 0,
  maxAgeSeconds: 60,
  bind: "tree",
  anchors: new Map(),
  keys: [],
  subject: { resource: "x" },
};
export const yes: Evidence = { lane: "verified", value: true };
export const no: Evidence = { lane: "verified", value: false };

export const policyOf = (
  require: Requirement,
  conditions: readonly ConditionSpec[] = NAMES.map(specOf),
): PolicyGate => ({ id: "verdict", logic: "kleene", require, conditions });
export const factsOf = (evidence: Readonly<Record<string, Evidence>>): Facts => ({
  evidence: new Map(Object.entries(evidence)),
  trust,
});
export const gateOf = (policy: PolicyGate): Gate => ({ id: "g", requires: [], policy });

export const all = policyOf({ all: [...NAMES] });
export const allYes = { a: yes, b: yes, c: yes };

/** Every way in which one piece of evidence can fail to be there or to be right. */
export const SPOILT: Readonly<Record<string, Evidence | undefined>> = {
  "condition_false ": no,
  "evidence_missing ": undefined,
  "evidence_missing value_missing": { lane: "verified" },
  "trust_lane ": { lane: "asserted", value: true },
  "provider_error json_timeout": {
    lane: "verified",
    value: true,
    error: { code: "json_timeout", message: "late" },
  },
  "evidence_type type_string": { lane: "verified", value: "true" },
  "evidence_type type_null": { lane: "verified", value: null },
  "evidence_type type_bytes": { lane: "verified", bytes: new Uint8Array([1]) },
};
