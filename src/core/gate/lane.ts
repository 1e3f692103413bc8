// Trust lanes: what evidence must be worth at least for a condition, and whether it is.
import type { Lane } from "../identity/scope.ts";
import type { ConditionSpec, PolicyGate } from "./condition.ts";
import type { Trust } from "./evidence.ts";
import type { ProviderName } from "./providers.ts";

/**
 * The strictest of what the policy, the condition and the gate ask for: each of them can raise the lane, none lowers it.
 * dev.permissive lowers only what the policy asks for in general, for providers that it does not exempt, while it lasts.
 */
export function requiredLane(
  spec: Pick<ConditionSpec, "provider" | "minLane">,
  policyGate: Pick<PolicyGate, "minLane">,
  trust: Trust,
): Lane {
  const raised = asksVerified(spec.minLane) || asksVerified(policyGate.minLane);
  return raised || asksVerified(baseLane(spec.provider, trust)) ? "verified" : "asserted";
}

/** Whether evidence of `lane` is enough; a lane that is none is not. */
export function meets(lane: Lane, required: Lane): boolean {
  return lane === "verified" || (lane === "asserted" && required === "asserted");
}

function baseLane(provider: ProviderName, { minLane, permissive, now }: Trust): Lane {
  if (permissive === undefined || permissive.exempt.includes(provider)) return minLane;
  // A time that is no number is not before anything.
  return now < permissive.until ? "asserted" : minLane;
}

/** Anything said that is not asserted asks for verified. */
function asksVerified(lane: Lane | undefined): boolean {
  return lane !== undefined && lane !== "asserted";
}
