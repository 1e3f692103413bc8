// Provider caller: what the agent says of itself and its patch. Asserted, all but the principal at the gateway.
import type { GatePlace } from "../../core/gate/providers.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { type Value, valueOf } from "../../core/gate/value.ts";
import { anchorOf, answered, failed, textParam, unasked } from "./answers.ts";
import type { CallerFacts, EvidenceProvider } from "./provider.ts";

/**
 * `claim`: what is claimed under the name; nothing, and no error, when nothing is. Errors: caller_claim_twice for a name
 * that is claimed twice, so that no order of the list decides; caller_unavailable for what this call does not have.
 */
export function callerProvider(facts: CallerFacts, place: GatePlace): EvidenceProvider {
  return { ask: (spec) => answer(spec, facts, place) };
}

function answer(spec: ConditionSpec, facts: CallerFacts, place: GatePlace): Evidence {
  if (spec.check === "claim") return claimed(spec, facts, place);
  const field = fields.get(spec.check);
  if (field === undefined) return unasked(spec);
  const value = facts[field];
  if (value === undefined) return failed(spec, "caller_unavailable", `this call has no ${spec.check}`, place);
  return told(spec, value, {}, place);
}

const fields: ReadonlyMap<string, "principal" | "changeType" | "riskLevel"> = new Map([
  ["principal", "principal"],
  ["change_type", "changeType"],
  ["risk_level", "riskLevel"],
] as const);

function claimed(spec: ConditionSpec, { claims }: CallerFacts, place: GatePlace): Evidence {
  const name = textParam(spec, "name");
  const [found, ...more] = claims.filter((claim) => claim.name === name);
  if (more.length > 0) return failed(spec, "caller_claim_twice", "two claims have this name", place);
  return told(spec, found === undefined ? undefined : valueOf(found.value), { name }, place);
}

function told(
  spec: ConditionSpec,
  value: Value | undefined,
  named: { readonly name?: string },
  place: GatePlace,
): Evidence {
  return answered(spec, value, anchorOf("order", { check: spec.check, ...named }), place);
}
