// What a held gate says to agents and reviewers: one finding for each condition that stands in the way, never a value.
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Judged, PolicyOutcome } from "../../core/gate/decision.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { asFinding } from "../checks/check.ts";
import { type Unmet, unmetLeaves } from "./unmet.ts";

/** Empty when the gate is true. */
export function gateFindings({ gate, judged, state }: PolicyOutcome): readonly TargetFinding[] {
  if (state === "true") return [];
  const byId = new Map(judged.map((one) => [one.id, one]));
  const unmet = unmetLeaves(gate.require, (id) => byId.get(id)?.state ?? "unknown", gate.logic);
  const said = unmet.map((leaf) => leafRefusal(gate.id, leaf, byId.get(leaf.id)));
  // Every leaf is as it should be, and the whole is not: it is too deep to be believed.
  const all = said.length > 0 ? said : [refusal("gate_depth", `gate ${gate.id} is ${state}`, gate.id)];
  return all.map((fault) => asFinding("policy", fault));
}

function leafRefusal(gate: string, { id, wanted }: Unmet, judged: Judged | undefined): Refusal {
  const about = `gate ${gate}: condition ${id}`;
  if (judged === undefined) return refusal("condition_unknown", `${about} was not evaluated`, id);
  const { state, reason, detail, lane, minLane } = judged;
  if (reason === undefined)
    return refusal("condition_false", `${about} is ${state}, and the gate asks that it is ${wanted}`, id);
  const lanes = reason === "trust_lane" ? `: ${lane ?? "no"} evidence, ${minLane} is asked for` : "";
  return refusal(reason, `${about} is ${state}${lanes}${detail === undefined ? "" : ` (${detail})`}`, id);
}
