// One condition of a policy: lane, then anchor, then signature, then type, then comparison. The first that fails is recorded.
import { anchorFault } from "./anchor.ts";
import { compare } from "./comparator.ts";
import type { ConditionSpec, PolicyGate } from "./condition.ts";
import type { GateReason, Judged } from "./decision.ts";
import type { Evidence, Trust } from "./evidence.ts";
import { meets, requiredLane } from "./lane.ts";
import { signatureFault } from "./signature.ts";
import { bytesFault, typeFault } from "./types.ts";

/**
 * State of a condition over its evidence, with exactly one reason where it is not true. Everything that could not be
 * established is unknown. Evidence that fails in every respect says trust_lane, since nothing else about it counts; an
 * error of the provider comes next, because there is nothing then to be anchored or signed.
 */
export function judge(
  spec: ConditionSpec,
  policyGate: Pick<PolicyGate, "minLane">,
  evidence: Evidence | undefined,
  trust: Trust,
): Judged {
  const minLane = requiredLane(spec, policyGate, trust);
  const { id } = spec;
  if (evidence === undefined) return { id, state: "unknown", reason: "evidence_missing", minLane };
  const { lane } = evidence;
  if (!meets(lane, minLane)) return { id, state: "unknown", reason: "trust_lane", lane, minLane };
  const fault = faultOf(spec, evidence, trust);
  if (fault !== undefined) return { id, state: "unknown", ...fault, lane, minLane };
  const state = compare(spec.comparator, evidence, spec.expected);
  if (state === "true") return { id, state, lane, minLane };
  return { id, state, reason: state === "false" ? "condition_false" : "comparator_unknown", lane, minLane };
}

interface Fault {
  readonly reason: GateReason;
  readonly detail: string;
}

function faultOf(spec: ConditionSpec, evidence: Evidence, trust: Trust): Fault | undefined {
  if (evidence.error !== undefined) return { reason: "provider_error", detail: evidence.error.code };
  const anchor = anchorFault(trust.anchors.get(spec.provider), evidence.anchor);
  if (anchor !== undefined) return { reason: "anchor_invalid", detail: anchor };
  const signature = signatureFault(spec, evidence, trust);
  if (signature !== undefined) return { reason: "provider_error", detail: signature };
  return valueFault(spec, evidence);
}

/** Nothing there is an answer to `exists` and `not_exists` alone. */
function valueFault(spec: ConditionSpec, { value, bytes }: Evidence): Fault | undefined {
  if (value === undefined && bytes === undefined) {
    const asked = spec.comparator === "exists" || spec.comparator === "not_exists";
    return asked ? undefined : { reason: "evidence_missing", detail: "value_missing" };
  }
  const type = value === undefined ? bytesFault(spec) : typeFault(spec, value);
  return type === undefined ? undefined : { reason: "evidence_type", detail: type };
}
