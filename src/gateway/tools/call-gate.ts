// The gate of a call: size, schema, caller, tool and rate are established here, and evaluate() alone says yes.
import type { AuditData } from "../../core/audit/entry.ts";
import { type Refusal, refusal, refuse, type Result, retryable } from "../../core/base/refusal.ts";
import { holds, unless } from "../../core/gate/conditions.ts";
import type { Condition, Decision, Gate } from "../../core/gate/decision.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import type { CallCost, Excess, Store } from "../../io/store/store.ts";
import { type Measured, measure } from "./arguments.ts";
import { shown, traceText } from "./notes.ts";
import type { Caller, Prepared, Tool } from "./tool.ts";
import type { Turns } from "./turns.ts";

/** What the gate requires, in the order in which its refusals are reported. */
const CALL_GATE: Gate = { id: "call", requires: ["size", "schema", "principal", "tool", "rate"] };

/** A longer name than this is said to be too long, not merely unknown (features I05). */
const MAX_TOOL_NAME = 256;

export interface CallGateParts {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly store: Pick<Store, "excess">;
  readonly maxCallBytes: number;
}

/** One call, judged. */
export interface Judged {
  readonly tool: Tool | undefined;
  readonly measured: Result<Measured>;
  readonly prepared: Result<Prepared>;
  readonly decision: Decision;
  /** Within the rate limit, whatever else is wrong with the call. */
  readonly within: boolean;
  /** For the audit entry. */
  readonly facts: AuditData;
}

/** Establish every condition of the gate. Conditions that depend on one that failed stay unknown, and unknown holds. */
export function judgeCall(
  parts: CallGateParts & { readonly turns: Pick<Turns, "open"> },
  name: string,
  args: unknown,
  caller: Caller,
): Judged {
  const measured = measure(args);
  const tool = parts.tools.get(name);
  const unknown = tool === undefined ? unknownTool(name) : undefined;
  const size = fits(measured, parts.maxCallBytes);
  // What is too large is not even parsed.
  const prepared =
    size.ok && tool !== undefined ? tool.prepare(args) : refuse("gate_held", "there is nothing to prepare");
  const excess = parts.store.excess(costOf(caller), parts.turns.open(caller.principal));
  const conditions: readonly Condition[] = [
    holds("size", size),
    // Without a tool there is no schema to fail: the name is what is wrong, and the caller is told that.
    unknown === undefined ? holds("schema", prepared) : { id: "schema", state: "unknown", refusal: unknown },
    unless("principal", caller.principal === "" ? refusal("gate_held", "nobody is calling") : undefined),
    unless("tool", unknown),
    // A flood is refused before it costs work, also one of calls side by side: what runs and is not recorded yet counts.
    unless("rate", excess === undefined ? undefined : exceeded(excess, caller)),
  ];
  const decision = evaluate(CALL_GATE, conditions);
  const facts: AuditData = {
    tool: tool?.name ?? shown(name.slice(0, MAX_TOOL_NAME)),
    arguments_sha256: measured.ok ? measured.value.digest : null,
    gate: traceText(decision.trace),
    ...(prepared.ok ? prepared.value.subject : {}),
  };
  return { tool, measured, prepared, decision, within: excess === undefined, facts };
}

/** What the next call costs before anything is known of it. */
export function costOf({ principal, scope }: Pick<Caller, "principal" | "scope">): CallCost {
  const { limits, budget } = scope;
  return { principal, perMinute: limits.perMinute, budget, bytes: 0, scanMillis: 0 };
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
  return refusal("tool_unknown", message, shown(name.slice(0, MAX_TOOL_NAME)));
}
