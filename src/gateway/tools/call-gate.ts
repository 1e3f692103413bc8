// The gate of a call: what it needs is established here (size, caller, tool, right, schema, limits, the policy's conditions).
import type { AuditData } from "../../core/audit/entry.ts";
import { incidentFault } from "../../core/audit/incident.ts";
import { accept, type Refusal, refusal, refuse, type Result, retryable } from "../../core/base/refusal.ts";
import { holds, unless } from "../../core/gate/conditions.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import type { Condition, Decision, Gate } from "../../core/gate/decision.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import { toolNames } from "../../core/identity/scope.ts";
import type { IncidentReader } from "../../io/exchange/exchange.ts";
import type { CallCost, Excess } from "../../io/store/store.ts";
import type { Gates } from "../gates/gates.ts";
import type { GateView } from "../gates/view.ts";
import { type Measured, measure } from "./arguments.ts";
import { decisionFacts, shown, traceText } from "./notes.ts";
import { aboutCall, explained } from "./others.ts";
import type { Caller, Prepared, Tool } from "./tool.ts";

/**
 * What the gate requires, in the order in which its refusals are reported: who has no right to a tool learns nothing
 * about its schema.
 */
const CALL_GATE: Gate = {
  id: "call",
  requires: ["size", "principal", "tool", "authorized", "incident", "schema", "rate", "budget"],
};

/** A longer name than this is said to be too long, not merely unknown (features I05). */
const MAX_TOOL_NAME = 256;

export interface CallGateParts {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly maxCallBytes: number;
  readonly gates: Gates;
  readonly incidents: Pick<IncidentReader, "open">;
}

/** What a call cost that is behind the handler. */
export type Spent = Pick<CallCost, "bytes" | "scanMillis">;

/** One call, judged. */
export interface Judged {
  readonly tool: Tool | undefined;
  readonly measured: Result<Measured>;
  /** Undefined when there was nothing to prepare. */
  readonly prepared: Result<Prepared> | undefined;
  readonly conditions: readonly Condition[];
  readonly decision: Decision;
  /** Of a gate of the policy that holds the call: what the caller may learn. */
  readonly gate?: GateView | undefined;
  /** The limit that the caller is over, whatever else is wrong with the call. */
  readonly excess: Excess;
  /** For the audit entry. */
  readonly facts: AuditData;
}

/** Establish every condition of the gate but those of the policy, which cost more. Conditions that depend on one that failed stay unknown, and unknown holds. */
export function judgeCall(
  { tools, maxCallBytes, incidents }: Omit<CallGateParts, "gates">,
  name: string,
  args: unknown,
  caller: Caller,
  excess: Excess,
): Judged {
  const measured = measure(args);
  const tool = tools.get(name);
  const size = fits(measured, maxCallBytes);
  const right = tool === undefined ? undefined : rightTo(tool, caller);
  // What is too large, or not for this caller, is not even parsed.
  const prepared = size.ok && right?.ok === true ? tool?.prepare(args) : undefined;
  const conditions: readonly Condition[] = [
    holds("size", size),
    unless("principal", caller.principal === "" ? refusal("gate_held", "nobody is calling") : undefined),
    unless("tool", tool === undefined ? unknownTool(name) : undefined),
    right === undefined ? { id: "authorized", state: "unknown" } : holds("authorized", right),
    unfrozen(incidents, tool),
    prepared === undefined ? { id: "schema", state: "unknown" } : holds("schema", prepared),
    // A flood is refused before it costs work, also one of calls side by side: what runs and is not recorded yet counts.
    ...limitConditions(excess, caller),
  ];
  const decision = evaluate(CALL_GATE, conditions);
  const facts: AuditData = {
    tool: tool?.name ?? shown(name).slice(0, MAX_TOOL_NAME),
    arguments_sha256: measured.ok ? measured.value.digest : null,
    gate: traceText(decision.trace),
    ...(prepared?.ok === true ? printed(prepared.value.subject) : {}),
  };
  return { tool, measured, prepared, conditions, decision, excess, facts };
}

/** Asked of the folder at each call: an incident that was opened a moment ago, by whomever, holds this call. */
function unfrozen({ open }: CallGateParts["incidents"], tool: Pick<Tool, "name"> | undefined): Condition {
  if (tool === undefined) return { id: "incident", state: "unknown" };
  return unless("incident", incidentFault(open(), tool.name === "propose-patch" ? "changes" : "everything"));
}

/** The same call after it had to wait: what was opened meanwhile holds it, too. */
export function judgeAgain({ incidents }: Pick<CallGateParts, "incidents">, judged: Judged): Judged {
  const conditions = conditionsNow(incidents, judged);
  return { ...judged, conditions, decision: evaluate(CALL_GATE, conditions) };
}

function conditionsNow(
  incidents: CallGateParts["incidents"],
  { conditions, tool }: Judged,
): readonly Condition[] {
  return conditions.map((one) => (one.id === "incident" ? unfrozen(incidents, tool) : one));
}

/** The policy's gate of a tool; propose-patch has its own place for it, where the patch is known. */
export function gateOf({ gates }: Pick<CallGateParts, "gates">, tool: Tool): PolicyGate | undefined {
  const name = toolNames.find((known) => known === tool.name);
  return name === undefined || name === "propose-patch" ? undefined : gates.of(name);
}

/**
 * The whole gate of a call that fulfils everything else: the same conditions and `policy`, over evidence that is gathered
 * now. Nobody else's call gets here, so evidence is gathered for nobody who has no right to an answer.
 */
export async function judgePolicy(
  { gates, incidents }: Pick<CallGateParts, "gates" | "incidents">,
  judged: Judged,
  policy: PolicyGate,
  caller: Caller,
): Promise<Judged> {
  const facts = await gates.facts(policy.conditions, aboutCall(caller));
  const conditions = conditionsNow(incidents, judged);
  const decision = evaluate({ ...CALL_GATE, policy }, conditions, facts);
  return {
    ...judged,
    conditions,
    decision,
    facts: { ...judged.facts, ...decisionFacts(decision) },
    gate: decision.allowed ? undefined : explained(gates, decision, facts, caller),
  };
}

function rightTo(tool: Tool, { scope }: Caller): Result<undefined> {
  if (scope.tools.some((name) => name === tool.name)) return accept(undefined);
  return refuse("unauthorized", "the caller may not use this tool", tool.name);
}

const LIMITS = ["rate", "budget"] as const;

/** The store tells the limit that holds longer; of the other one nothing is known then. */
function limitConditions(excess: Excess, caller: Caller): readonly Condition[] {
  if (excess === undefined) return LIMITS.map((id) => ({ id, state: "true" }));
  const said = exceeded(excess, caller);
  return LIMITS.map((id) => ({ id, state: id === excess.kind ? "false" : "unknown", refusal: said }));
}

/** What the next call costs before anything is known of it, together with what its caller still owes. */
export function costOf({ principal, scope }: Pick<Caller, "principal" | "scope">, spent: Spent): CallCost {
  const { limits, budget } = scope;
  return { principal, perMinute: limits.perMinute, budget, ...spent };
}

export function exceeded(excess: NonNullable<Excess>, { scope }: Pick<Caller, "scope">): Refusal {
  const said =
    excess.kind === "budget"
      ? refusal("budget_exhausted", "the budget of this period is used up")
      : refusal("rate_calls", `more than ${scope.limits.perMinute} calls in a minute`);
  return retryable(said, excess.retrySeconds);
}

function fits(measured: Result<Measured>, max: number): Result<Measured> {
  if (!measured.ok || measured.value.bytes <= max) return measured;
  return refuse("call_too_large", `the arguments take ${measured.value.bytes} bytes, ${max} are allowed`);
}

function unknownTool(name: string): Refusal {
  const long = name.length > MAX_TOOL_NAME;
  const message = long ? `the name is longer than ${MAX_TOOL_NAME} characters` : "there is no such tool";
  return refusal("tool_unknown", message, shown(name).slice(0, MAX_TOOL_NAME));
}

/** Agent text in the log is printable, also where it names a file. */
function printed(subject: AuditData): AuditData {
  return Object.fromEntries(
    Object.entries(subject).map(([key, value]) => [key, typeof value === "string" ? shown(value) : value]),
  );
}
