// From checks and evidence to the outcome; the gate's evaluate() is the only one that says yes.
import type { Check, Outcome } from "../core/attestation/statement.ts";
import type { PolicyGate } from "../core/gate/condition.ts";
import type { Condition, Decision, Facts, TriState } from "../core/gate/decision.ts";
import { evaluate } from "../core/gate/evaluate.ts";

/**
 * The verdict gate: PASSED from every required check, each exactly once, and beside that the policy's tree. A check that is
 * missing, doubled, skipped, warned or in error leaves its condition unknown.
 */
export function decide(
  checks: readonly Check[],
  required: readonly string[],
  policy: PolicyGate,
  facts: Facts,
): Decision {
  return evaluate({ id: "verdict", requires: required, policy }, checks.map(condition), facts);
}

/** Any FAILED rejects, and nothing overrides that. An open gate approves if no check has anything to say; else a person decides. */
export function outcomeOf(checks: readonly Check[], decision: Decision): Outcome {
  if (checks.some((check) => check.result === "FAILED")) return "REJECTED";
  return decision.allowed && checks.length > 0 && checks.every((check) => check.result === "PASSED")
    ? "APPROVED"
    : "MANUAL_REQUIRED";
}

const STATE: Readonly<Record<Check["result"], TriState>> = {
  PASSED: "true",
  FAILED: "false",
  WARNED: "unknown",
  SKIPPED: "unknown",
  ERROR: "unknown",
};

function condition({ id, result, findings }: Check): Condition {
  return { id, state: STATE[result], refusal: findings[0]?.refusal };
}
