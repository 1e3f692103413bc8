// Does a verdict's decision record follow from what it says itself, and the outcome from it.
import type { Verdict } from "../../core/attestation/statement.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import { recordFault } from "../../core/gate/record.ts";
import type { Landing } from "../../core/proposal/landing.ts";

/** Why not, or undefined. A verdict without a decision (of before there were gates) has no fault of this kind. */
export function verdictFault({ predicate }: Verdict): string | undefined {
  const { decision, outcome, checks } = predicate;
  const failed = checks.some(({ result }) => result === "FAILED");
  if (failed !== (outcome === "REJECTED"))
    return failed ? `a check failed, and the outcome is ${outcome}` : "no check failed, and it is rejected";
  if (decision === undefined) return undefined;
  const fault = gateFault(decision, "verdict");
  if (fault !== undefined) return fault;
  return outcome === "APPROVED" && decision.state !== "true"
    ? `it is approved, and its gate is ${decision.state}`
    : undefined;
}

/** The same of an attempt to land: nothing lands, and no rehearsal passes, behind a gate that is not true. */
export function landingFault({ decision, result }: Landing): string | undefined {
  if (decision === undefined) return undefined;
  const fault = gateFault(decision, "landing");
  if (fault !== undefined) return fault;
  return result.kind !== "refused" && decision.state !== "true"
    ? `it ${result.kind}, and its gate is ${decision.state}`
    : undefined;
}

function gateFault(decision: DecisionRecord, gate: string): string | undefined {
  if (decision.gate !== gate) return `it is the record of the gate ${decision.gate}`;
  return recordFault(decision);
}
