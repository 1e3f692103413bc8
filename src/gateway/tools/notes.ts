// What the corridor writes into the audit log: who, which tool, digests, codes and references; never content.
import type { AuditData, AuditEvent, AuditNote } from "../../core/audit/entry.ts";
import { traceData } from "../../core/audit/trace.ts";
import { printable, type Refusal, refusal } from "../../core/base/refusal.ts";
import { traceFacts } from "../../core/base/trace-context.ts";
import type { Decision, TraceLine } from "../../core/gate/decision.ts";
import { suspectedSecret } from "../../io/file/shipped-secrets.ts";
import type { GateView } from "../gates/view.ts";
import type { Caller } from "./tool.ts";

export type Who = Pick<Caller, "principal" | "session" | "credential" | "correlation" | "trace">;

export function note(event: AuditEvent, caller: Who, data: AuditData): AuditNote {
  return { event, actor: actorOf(caller), data: { ...data, ...traceFacts(caller.trace) } };
}

export function actorOf({ principal, session, credential, correlation }: Who): AuditNote["actor"] {
  return { principal, session, credential, ...(correlation === undefined ? {} : { correlation }) };
}

/** The reference is that of the answer, `gate` being what its caller learns: it leads from there to the entry. */
export function refused(said: Refusal, gate?: GateView): AuditData {
  return { reason: said.code, where: cut(covered(said.where)), ref: told(said, gate).ref };
}

/**
 * A refusal as its caller reads it. Where a gate of the policy holds, it says what the view of the gate says, and nothing
 * else: the level of the caller bounds both. What looks like a secret is in no answer and no entry, also where an agent
 * wrote it in place of a name.
 */
export function told(said: Refusal, gate?: GateView): Refusal {
  const { code, fix, retry_after } = said;
  const { message, where } = gate === undefined ? said : gateWords(gate);
  const answer = refusal(code, covered(message), covered(where), fix);
  return retry_after === undefined ? answer : { ...answer, retry_after };
}

function gateWords({ gate, state, condition, conditions }: GateView): Pick<Refusal, "message" | "where"> {
  const one = conditions?.find(({ id }) => id === condition);
  if (one === undefined) return { message: `gate ${gate} is ${state}`, where: "" };
  const because = [one.reason, one.detail].filter((word) => typeof word === "string").join(", ");
  // A condition that is true is to blame where the tree asks for its negation.
  const how = one.state === "true" ? "true, and must not be" : `${one.state}: ${because}`;
  return { message: `gate ${gate}: condition ${one.id} is ${how}`, where: one.id };
}

/** `size=true schema=false …`: every condition, also behind the one that held. */
export function traceText(trace: readonly TraceLine[]): string {
  return trace.map(({ id, state }) => `${id}=${state}`).join(" ");
}

/**
 * The whole of a decision for an entry: in `trace`, `trace_2` … each condition as `id=state`, or `id=state:reason:detail`
 * where one of the policy is not true, and in `policy_state` how the policy's tree came out. No value is among them.
 */
export function decisionFacts(
  { policy }: Pick<Decision, "policy">,
  established: readonly TraceLine[] = [],
): AuditData {
  const trace = traceData([...established, ...(policy?.judged ?? [])]);
  return { ...(policy === undefined ? {} : { policy_state: policy.state }), ...trace };
}

/** Agent text in the log is printable and short. */
export function shown(text: string): string {
  return cut(printable(covered(text)));
}

const MAX_VALUE = 500;
/** What begins behind so many characters is cut off anyway. */
const MAX_LOOKED_AT = 2000;

function covered(text: string): string {
  const rule = suspectedSecret(text.slice(0, MAX_LOOKED_AT));
  return rule === undefined ? text : `[REDACTED:${rule}]`;
}

function cut(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
