// The verdict gate of one round: evidence is gathered, the gate is evaluated once, and how it came out is put on record.
import { type Check, GATE_CHECK } from "../../core/attestation/statement.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import type { Decision, Facts, PolicyOutcome } from "../../core/gate/decision.ts";
import type { Evidence, Subject } from "../../core/gate/evidence.ts";
import { type DecisionRecord, recordOf } from "../../core/gate/record.ts";
import { trustOf } from "../../core/gate/trust.ts";
import type { GitOid } from "../../core/base/ids.ts";
import { gather } from "../../io/evidence/gather.ts";
import type { Setup } from "../../io/file/config.ts";
import type { Bench } from "../bench.ts";
import { record } from "../checks/check.ts";
import type { Matter } from "../checks/matter.ts";
import { checksOf } from "../checks/registry.ts";
import { decide, outcomeOf } from "../outcome.ts";
import { roundFacts, subjectOf } from "./facts.ts";
import { gateFindings } from "./findings.ts";
import { couldOpen } from "./unmet.ts";

export interface Gated {
  readonly decision: Decision;
  readonly record: DecisionRecord;
  /** Behind the checks, where agents and reviewers look for reasons. */
  readonly check: Check;
  /** Why asking once more may open the gate; undefined where it would change nothing. */
  readonly transient: CountersignError | undefined;
}

/**
 * Ask everybody whom the policy names, and evaluate. Whatever happens to that, an answer comes out: an order that nobody
 * can judge would be tried for ever, and its proposer would never hear of it.
 */
export async function judgeGate(
  bench: Bench,
  matter: Matter,
  checks: readonly Check[],
  tree: GitOid | undefined,
): Promise<Gated> {
  const { setup, log } = bench;
  const policy = verdictGate(setup);
  const subject = subjectOf(setup, matter.patch, tree);
  try {
    const facts = await roundFacts(matter, checks, tree);
    const providers = bench.providers({ ...facts, trust: trustOf(setup, subject, bench.clock()) });
    const evidence = await gather(
      policy.conditions,
      providers,
      setup.config.evidence.timeout_ms,
      bench.clock,
    );
    for (const [condition, { error }] of evidence)
      if (error !== undefined)
        log.warn({ patch: matter.id, condition, code: error.code, why: error.message }, "no evidence");
    return gated(bench, policy, checks, subject, evidence);
  } catch (cause) {
    log.error({ error: cause, patch: matter.id }, "the verdict gate could not be evaluated");
    const transient = new CountersignError("exec_failed", "the verdict gate could not be evaluated", {
      cause,
    });
    return { ...gated(bench, policy, checks, subject, new Map()), transient };
  }
}

/** For bytes that are no order: nobody is asked about them, and no condition holds. */
export function unaskedGate(bench: Bench, bytes: Uint8Array, checks: readonly Check[]): Gated {
  const subject = subjectOf(bench.setup, bytes, undefined);
  return gated(bench, verdictGate(bench.setup), checks, subject, new Map());
}

function gated(
  bench: Bench,
  policy: PolicyGate,
  checks: readonly Check[],
  subject: Subject,
  evidence: ReadonlyMap<string, Evidence>,
): Gated {
  const { setup, clock, disclosure, versions } = bench;
  // Read again: what dev.permissive lowered while providers were asked, it may not lower any more.
  const facts: Facts = { evidence, trust: trustOf(setup, subject, clock()) };
  const required = checksOf(bench).map(({ id }) => id);
  const decision = decide(checks, required, policy, facts);
  const outcome = decision.policy;
  // Without it the attestation could not say how it was decided, and a bare list of checks would approve.
  if (outcome === undefined) throw new TypeError("the verdict gate was evaluated without its policy");
  const at = { id: GATE_CHECK };
  const tool = { name: "countersign", version: versions.countersign };
  const rejected = outcomeOf(checks, decision) === "REJECTED";
  return {
    decision,
    record: recordOf(outcome, facts, disclosure),
    // A patch that is rejected has its reasons; what else the gate misses would only bury them.
    check: rejected
      ? record(at, tool, "SKIPPED", [])
      : record(at, tool, outcome.state === "true" ? "PASSED" : "WARNED", gateFindings(outcome)),
    transient: transientOf(checks, outcome, evidence),
  };
}

function verdictGate({ gates }: Setup): PolicyGate {
  const gate = gates.get("verdict");
  if (gate === undefined) throw new CountersignError("config_invalid", "the policy has no verdict gate");
  return gate;
}

/** Trouble on the way to an answer. That there is nothing there, or nothing good, is one. */
const PASSING = /^(?:[a-z]+_(?:timeout|unreachable|failed)|git_unavailable)$/;

function transientOf(
  checks: readonly Check[],
  { gate, judged, state }: PolicyOutcome,
  evidence: ReadonlyMap<string, Evidence>,
): CountersignError | undefined {
  if (state === "true" || checks.some(({ result }) => result !== "PASSED")) return undefined;
  const mayChange = (id: string): boolean => PASSING.test(evidence.get(id)?.error?.code ?? "");
  const stateOf = (id: string): "true" | "false" | "unknown" =>
    judged.find((one) => one.id === id)?.state ?? "unknown";
  if (!couldOpen(gate.require, stateOf, gate.logic, mayChange)) return undefined;
  const codes = gate.conditions.flatMap(({ id }) => (mayChange(id) ? [evidence.get(id)?.error?.code] : []));
  return new CountersignError("exec_failed", `evidence could not be had: ${[...new Set(codes)].join(", ")}`);
}
