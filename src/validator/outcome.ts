// From checks to the outcome; the gate's evaluate() is the only one that says yes.
import type { Check, Outcome } from "../core/attestation/statement.ts";
import type { Condition, TriState } from "../core/gate/decision.ts";
import { evaluate } from "../core/gate/evaluate.ts";

/**
 * Any FAILED rejects, and nothing overrides that. APPROVED takes PASSED from every required check, each exactly once:
 * a check that is missing, doubled, skipped, warned or in error leaves its condition unknown, and a person decides.
 */
export function outcomeOf(checks: readonly Check[], required: readonly string[]): Outcome {
  if (checks.some((check) => check.result === "FAILED")) return "REJECTED";
  const decision = evaluate({ id: "verdict", requires: required }, checks.map(condition));
  return decision.allowed && checks.every((check) => check.result === "PASSED")
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
