// The only function that can say yes: a gate opens when it requires something and all of it is true.
import { type Refusal, refusal } from "../base/refusal.ts";
import type { PolicyGate } from "./condition.ts";
import type { Allowed, Condition, Decision, Facts, Gate, Judged } from "./decision.ts";
import type { PolicyOutcome, TraceLine, TriState } from "./decision.ts";
import { judge } from "./judge.ts";
import { blamed, leavesOf, MAX_TREE_DEPTH, treeDepth, treeState } from "./requirement.ts";

/**
 * Evaluate `gate` over the conditions that were established and, where it has a policy, over `facts`. A required
 * condition that is absent or given twice is `unknown`; an empty gate is refused. Every required condition and every leaf
 * of the policy is in the trace, also behind the first that fails. A policy without facts holds; evidence that no
 * condition asks for is not looked at. Reported is the first established condition that is not true, and only behind
 * those the leaf that the policy's tree fails for.
 *
 * It catches nothing: what throws in here is a fault of the program, and becomes the caller's recorded no.
 */
export function evaluate(gate: Gate, conditions: readonly Condition[], facts?: Facts): Decision {
  const lines = gate.requires.map((id): TraceLine => ({ id, state: stateOf(id, conditions) }));
  const policy = gate.policy === undefined ? undefined : outcome(gate.policy, facts);
  const trace = policy === undefined ? lines : [...lines, ...policy.judged.map(traceLine)];
  const said = { gate: gate.id, trace, ...(policy === undefined ? {} : { policy }) };
  if (lines.length === 0 && policy === undefined) {
    return { allowed: false, ...said, refusal: refusal("gate_empty", `gate ${gate.id} requires nothing`) };
  }
  const holding = lines.find((line) => line.state !== "true");
  if (holding !== undefined) return { allowed: false, ...said, refusal: heldBy(holding, conditions) };
  if (policy !== undefined && policy.state !== "true") {
    return { allowed: false, ...said, refusal: heldByPolicy(policy) };
  }
  const yes: unknown = { allowed: true, ...said };
  return yes as Allowed;
}

function stateOf(id: string, conditions: readonly Condition[]): TriState {
  const given = conditions.filter((condition) => condition.id === id);
  const [only] = given;
  // Two answers to one question are no answer: a caller must not be able to add a friendlier one.
  return given.length === 1 && only !== undefined ? only.state : "unknown";
}

function heldBy(line: TraceLine, conditions: readonly Condition[]): Refusal {
  const said = conditions.find((condition) => condition.id === line.id)?.refusal;
  return said ?? refusal("gate_held", `condition ${line.id} is ${line.state}`, line.id);
}

function traceLine({ id, state, reason }: Judged): TraceLine {
  return reason === undefined ? { id, state } : { id, state, reason };
}

/** Every condition is judged, also where the tree would not need it: the trace shows all that a decision saw. */
function outcome(gate: PolicyGate, facts: Facts | undefined): PolicyOutcome {
  const judged = new Map<string, Judged>();
  for (const spec of gate.conditions) {
    // Of two conditions under one name, neither is the one that the tree means.
    const one = judged.has(spec.id) ? nobody(spec.id) : judgedBy(gate, spec, facts);
    judged.set(spec.id, one);
  }
  for (const id of leavesOf(gate.require)) if (!judged.has(id)) judged.set(id, nobody(id));
  const state = treeState(gate.require, (id) => judged.get(id)?.state ?? "unknown", gate.logic);
  return { gate, state, judged: [...judged.values()] };
}

function judgedBy(
  gate: PolicyGate,
  spec: PolicyGate["conditions"][number],
  facts: Facts | undefined,
): Judged {
  if (facts !== undefined) return judge(spec, gate, facts.evidence.get(spec.id), facts.trust);
  return { id: spec.id, state: "unknown", reason: "evidence_missing", minLane: "verified" };
}

function nobody(id: string): Judged {
  return { id, state: "unknown", reason: "condition_unknown", minLane: "verified" };
}

/** Names gate, condition, state, reason and detail, and never a value. */
function heldByPolicy({ gate, judged }: PolicyOutcome): Refusal {
  const find = (id: string | undefined): Judged | undefined => judged.find((one) => one.id === id);
  const leaf = find(blamed(gate.require, (id) => find(id)?.state ?? "unknown", gate.logic));
  if (leaf === undefined) return heldByShape(gate);
  const { id, state, reason, detail } = leaf;
  const because = [reason, detail].filter((word) => word !== undefined).join(", ");
  // A leaf that is true is to blame where the tree asks for its negation.
  const how = state === "true" ? "true, and must not be" : `${state}: ${because}`;
  return refusal(reason ?? "condition_false", `gate ${gate.id}: condition ${id} is ${how}`, id);
}

function heldByShape(gate: PolicyGate): Refusal {
  return treeDepth(gate.require) > MAX_TREE_DEPTH
    ? refusal("gate_depth", `gate ${gate.id}: its tree is deeper than ${MAX_TREE_DEPTH} levels`)
    : refusal("gate_empty", `gate ${gate.id}: its tree has a group that nothing can be said of`);
}
