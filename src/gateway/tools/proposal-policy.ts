// The policy's part in a proposal's gate: what evidence is asked about, which decision counts, and who may be dispatched.
import type { AuditData } from "../../core/audit/entry.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Condition, Decision, Gate } from "../../core/gate/decision.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import type { ComposedPatch } from "../../core/proposal/compose.ts";
import { dispatchFault } from "../../core/proposal/dispatch.ts";
import { carriedOf, claimsOf } from "../../core/proposal/order.ts";
import type { About, Gates } from "../gates/gates.ts";
import type { GateView } from "../gates/view.ts";
import { decisionFacts } from "./notes.ts";
import { explained, judgeOther } from "./others.ts";
import type { ProposalInput } from "./proposal-input.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { Caller } from "./tool.ts";

/** Who proposes, and what that caller sees and may do. */
export type Proposer = Pick<Caller, "principal" | "credential" | "scope">;

/** A decision with what is told of it. */
export interface Ruled {
  readonly decision: Decision;
  /** Where the policy's gate holds the proposal: what its proposer may learn. */
  readonly gate: GateView | undefined;
  /** For the audit entry: every condition, also of the policy. */
  readonly trace: AuditData;
}

export interface RuleParts {
  readonly gates: Gates;
  readonly proposer: Proposer;
  /** Stands still while evidence is gathered: nobody pays for what others do meanwhile. */
  readonly watch: Stopwatch;
}

/**
 * The gate's answer. Evidence is gathered only for a proposal that fulfils everything else; the conditions that it
 * fulfils are then evaluated again together with the policy's, and that decision is the one that counts. `about` is
 * undefined where nothing was composed.
 */
export async function rule(
  { gates, proposer, watch }: RuleParts,
  gate: Gate,
  conditions: readonly Condition[],
  about: About | undefined,
): Promise<Ruled> {
  const first = evaluate(gate, conditions);
  const policy = gates.of("propose-patch");
  if (!first.allowed || policy === undefined)
    return { decision: first, gate: undefined, trace: decisionFacts(first, first.trace) };
  const facts = about === undefined ? undefined : await watch.aside(gates.facts(policy.conditions, about));
  const decision = evaluate({ ...gate, policy }, conditions, facts);
  const trace = decisionFacts(decision, first.trace);
  if (decision.allowed || facts === undefined) return { decision, gate: undefined, trace };
  return { decision, gate: explained(gates, decision, facts, proposer), trace };
}

/** Which files there are, and what they hold: whoever composes over them learns it, try by try. */
const READING = ["read-manifest", "read-file"] as const;

export interface Reading {
  /** One of the gates holds, and the proposal with it. */
  readonly held: Ruled | undefined;
  readonly trace: AuditData;
}

/** The gates of the tools that would show what an answer about a proposal gives away, a dry run's above all. */
export async function ruleReading({ gates, proposer, watch }: RuleParts): Promise<Reading> {
  let trace: AuditData = {};
  for (const name of READING) {
    const judged = await watch.aside(judgeOther(gates, name, proposer));
    if (judged === undefined) continue;
    const { decision, facts } = judged;
    trace = { ...trace, ...named(name, decision) };
    if (decision.allowed) continue;
    return { held: { decision, gate: explained(gates, decision, facts, proposer), trace }, trace };
  }
  return { held: undefined, trace };
}

/** What the log says of a decision beside the one about the proposal itself. */
function named(tool: string, decision: Decision): AuditData {
  const prefix = tool.replace("-patch", "").replaceAll("-", "_");
  const own = Object.entries(decisionFacts(decision)).map(([key, value]) => [`${prefix}_${key}`, value]);
  return Object.fromEntries(own) as AuditData;
}

/** Whoever supersedes a proposal ends it as a withdrawal would, so it takes the gate of that, too. */
export async function ruleWithdrawal(
  { gates, proposer, watch }: RuleParts,
  { supersedes }: ProposalInput,
  ruled: Ruled,
): Promise<Ruled> {
  if (supersedes === undefined || !ruled.decision.allowed) return ruled;
  const judged = await watch.aside(judgeOther(gates, "withdraw-patch", proposer));
  if (judged === undefined) return ruled;
  const { decision, facts } = judged;
  const trace = { ...ruled.trace, ...named("withdraw-patch", decision) };
  if (decision.allowed) return { ...ruled, trace };
  return { decision, gate: explained(gates, decision, facts, proposer), trace };
}

export function aboutPatch(
  input: ProposalInput,
  { principal }: Proposer,
  { sha256 }: Pick<ComposedPatch, "sha256">,
): About {
  const { change_type: changeType, risk_level: riskLevel, evidence = [] } = input;
  return {
    caller: { principal, changeType, riskLevel, claims: claimsOf(evidence) },
    place: "gateway",
    carried: carriedOf(evidence),
    patch: sha256,
  };
}

/** Why the static policy hands this proposal to nobody; a rename touches two paths. */
export function undispatched(
  { dispatch }: Config,
  { change_type, risk_level }: ProposalInput,
  { files }: Pick<ComposedPatch, "files">,
  { principal }: Proposer,
): Refusal | undefined {
  const paths = files.flatMap((file) => ("from" in file ? [file.from, file.path] : [file.path]));
  return dispatchFault(dispatch, { principal, change_type, risk_level, paths });
}
