// Decision records as evaluate() leads to them, for tests of the record and of what becomes of a changed one.
import { sha256 } from "../../src/core/base/digest.ts";
import type { ConditionSpec, PolicyGate } from "../../src/core/gate/condition.ts";
import type { PolicyOutcome } from "../../src/core/gate/decision.ts";
import { disclosureOf } from "../../src/core/gate/disclosure.ts";
import { evaluate } from "../../src/core/gate/evaluate.ts";
import type { Evidence, Trust } from "../../src/core/gate/evidence.ts";
import { type DecisionRecord, recordOf } from "../../src/core/gate/record.ts";
import type { Requirement } from "../../src/core/gate/requirement.ts";
import { trust } from "./evidence.ts";

const KEY = Buffer.from(sha256("disclosure key of the tests"), "hex");
const disclosure = (raw = false) =>
  disclosureOf({ allow_raw_values: raw, require_provider_opt_in: false, raw_providers: [] }, KEY);

export const asks = (id: string, over: Partial<ConditionSpec> = {}): ConditionSpec => ({
  id,
  provider: "json",
  check: "path",
  params: { file: "a.json" },
  comparator: "equals",
  expected: true,
  types: ["boolean"],
  ...over,
});
export const claimed = (id: string): ConditionSpec =>
  asks(id, { provider: "caller", check: "claim", params: { name: id } });
export const gate = (
  require: Requirement,
  conditions: readonly ConditionSpec[],
  over: Partial<PolicyGate> = {},
): PolicyGate => ({
  id: "verdict",
  logic: "kleene",
  require,
  conditions,
  ...over,
});

function outcome(
  policy: PolicyGate,
  evidence: Readonly<Record<string, Evidence>>,
  terms: Trust,
): PolicyOutcome {
  const facts = { evidence: new Map(Object.entries(evidence)), trust: terms };
  const { policy: found } = evaluate({ id: policy.id, requires: [], policy }, [], facts);
  if (found === undefined) throw new Error("no outcome");
  return found;
}

export function record(
  policy: PolicyGate,
  evidence: Readonly<Record<string, Evidence>>,
  { raw = false, terms = trust() }: { raw?: boolean; terms?: Trust } = {},
): DecisionRecord {
  const facts = { evidence: new Map(Object.entries(evidence)), trust: terms };
  return recordOf(outcome(policy, evidence, terms), facts, disclosure(raw));
}

export const yes: Evidence = { lane: "verified", value: true };
export const no: Evidence = { lane: "verified", value: false };
