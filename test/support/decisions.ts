// Decision records as a validator writes them, for verdicts that tests sign themselves; every condition true unless a test says.
import type { GateName } from "../../src/core/config/schema-gates.ts";
import type { GateReason } from "../../src/core/gate/decision.ts";
import { laneOf } from "../../src/core/gate/providers.ts";
import type { DecisionRecord } from "../../src/core/gate/record.ts";
import { treeState } from "../../src/core/gate/requirement.ts";
import { treeText } from "../../src/core/gate/tree.ts";
import type { Setup } from "../../src/io/file/config.ts";

/** Reasons by id of the condition; `condition_false` makes it false, every other one unknown. */
export type Reasons = Readonly<Record<string, GateReason>>;

export function decisionOf(setup: Setup, reasons: Reasons = {}, name: GateName = "verdict"): DecisionRecord {
  const gate = setup.gates.get(name);
  if (gate === undefined) throw new Error(`no gate ${name}`);
  const lowest = gate.minLane === "verified" ? "verified" : setup.config.trust.min_lane;
  const stateOf = (id: string): DecisionRecord["state"] => {
    const reason = reasons[id];
    return reason === undefined ? "true" : reason === "condition_false" ? "false" : "unknown";
  };
  return {
    gate: name,
    state: treeState(gate.require, stateOf, gate.logic),
    logic: gate.logic,
    min_lane: lowest,
    permissive_until: null,
    require: treeText(gate.require),
    conditions: gate.conditions.map(({ id, provider, check, minLane }) => {
      const reason = reasons[id] ?? null;
      const answered = reason === null || reason === "condition_false";
      return {
        id,
        provider,
        check,
        state: stateOf(id),
        lane: answered ? laneOf(provider, check, "validator") : null,
        min_lane: minLane === "verified" ? "verified" : lowest,
        reason,
        detail: null,
        digest: answered ? "0".repeat(64) : null,
        value: null,
        keyid: provider === "signed" && answered ? "a key" : null,
      };
    }),
  };
}
