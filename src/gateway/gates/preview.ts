// How the validator's gate looks from here: what the gateway can ask itself, and whether the rest could still open it.
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { ConditionSpec, PolicyGate } from "../../core/gate/condition.ts";
import type { Judged, TriState } from "../../core/gate/decision.ts";
import type { Trust } from "../../core/gate/evidence.ts";
import { judge } from "../../core/gate/judge.ts";
import { requiredLane } from "../../core/gate/lane.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import { blamed, type Requirement, treeState } from "../../core/gate/requirement.ts";
import { type About, type Gates, gatewayProviders } from "./gates.ts";

/** A foreseen decision. It opens nothing: the validator asks everything anew, with evidence of its own. */
export interface Preview {
  readonly record: DecisionRecord;
  /** Why no answer of the validator's can open the gate; undefined while one can. */
  readonly fault: Refusal | undefined;
}

export async function previewVerdict(
  gates: Gates,
  about: Omit<About, "place">,
): Promise<Preview | undefined> {
  const gate = gates.of("verdict");
  if (gate === undefined) return undefined;
  const known = gate.conditions.filter(({ provider }) => gatewayProviders.has(provider));
  // Believed as the validator will: to it, all that the gateway says of a caller is asserted.
  const facts = await gates.facts(known, { ...about, place: "validator" });
  const open = new Set<string>();
  const judged = gate.conditions.map((spec): Judged => {
    const one = known.includes(spec)
      ? judge(spec, gate, facts.evidence.get(spec.id), facts.trust)
      : undefined;
    if (one !== undefined && !isLater(one, spec, facts.trust)) return one;
    open.add(spec.id);
    return { id: spec.id, state: "unknown", minLane: requiredLane(spec, gate, facts.trust) };
  });
  const states = new Map(judged.map((one) => [one.id, one.state]));
  const state = treeState(gate.require, (id) => states.get(id) ?? "unknown", gate.logic);
  return { record: gates.record({ gate, state, judged }, facts), fault: faultOf(gate, judged, open) };
}

/**
 * A statement about the result tree, or one that must be: this process builds none, so only the validator can tell whether
 * it is this one.
 */
function isLater({ state, detail }: Judged, { provider }: ConditionSpec, { bind }: Trust): boolean {
  const bound = provider === "signed" && bind !== "patch" && state !== "unknown";
  return bound || detail === "signature_subject_unknown";
}

/**
 * Every open condition comes out as the tree would like it. A tree is monotone in its leaves but for `not`, so the best
 * case is one assignment, by the number of `not`s above a leaf; where even that does not open the gate, nothing will.
 */
function faultOf(
  gate: PolicyGate,
  judged: readonly Judged[],
  open: ReadonlySet<string>,
): Refusal | undefined {
  const find = (id: string): Judged | undefined => judged.find((one) => one.id === id);
  const stateOf = (id: string): TriState => {
    if (id === WISHED) return "true";
    return id === UNWISHED ? "false" : (find(id)?.state ?? "unknown");
  };
  const best = bestOf(gate.require, open, WISHED);
  if (treeState(best, stateOf, gate.logic) === "true") return undefined;
  const leaf = find(blamed(best, stateOf, gate.logic) ?? "");
  // As little as the lowest level allows: the view of the preview says the rest.
  return refusal(leaf?.reason ?? "gate_held", `gate ${gate.id} cannot open`);
}

/** No condition can have these names. */
const WISHED = "+";
const UNWISHED = "-";

function bestOf(
  tree: Requirement,
  open: ReadonlySet<string>,
  wish: typeof WISHED | typeof UNWISHED,
): Requirement {
  if (typeof tree === "string") return open.has(tree) ? wish : tree;
  if ("not" in tree) return { not: bestOf(tree.not, open, wish === WISHED ? UNWISHED : WISHED) };
  const all = (members: readonly Requirement[]): Requirement[] =>
    members.map((member) => bestOf(member, open, wish));
  if ("all" in tree) return { all: all(tree.all) };
  if ("any" in tree) return { any: all(tree.any) };
  return { at_least: tree.at_least, of: all(tree.of) };
}
