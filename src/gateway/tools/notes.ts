// What the corridor writes into the audit log: who, which tool, digests, codes and references; never content.
import type { AuditData, AuditEvent, AuditNote } from "../../core/audit/entry.ts";
import { printable, type Refusal } from "../../core/base/refusal.ts";
import type { Decision, TraceLine } from "../../core/gate/decision.ts";
import type { Caller } from "./tool.ts";

export type Who = Pick<Caller, "principal" | "session" | "credential" | "correlation">;

export function note(event: AuditEvent, caller: Who, data: AuditData): AuditNote {
  return { event, actor: actorOf(caller), data };
}

export function actorOf({ principal, session, credential, correlation }: Who): AuditNote["actor"] {
  return { principal, session, credential, ...(correlation === undefined ? {} : { correlation }) };
}

export function refused(said: Refusal): AuditData {
  return { reason: said.code, where: cut(said.where), ref: said.ref };
}

/** `size=true schema=false …`: every condition, also behind the one that held. */
export function traceText(trace: readonly TraceLine[]): string {
  return trace.map(({ id, state }) => `${id}=${state}`).join(" ");
}

/** Longest text that an audit entry takes in one piece, with room to spare. */
const MAX_TRACE = 900;

/**
 * The whole of a decision for an entry: in `trace`, `trace_2` … each condition as `id=state`, or `id=state:reason:detail`
 * where one of the policy is not true, and in `policy_state` how the policy's tree came out. No value is among them.
 */
export function decisionFacts(
  { policy }: Pick<Decision, "policy">,
  established: readonly TraceLine[] = [],
): AuditData {
  const words = [...established, ...(policy?.judged ?? [])].map(traceWord);
  return { ...(policy === undefined ? {} : { policy_state: policy.state }), ...traceParts(words) };
}

function traceWord({ id, state, reason, detail }: TraceLine & { readonly detail?: string }): string {
  if (reason === undefined) return `${id}=${state}`;
  return detail === undefined ? `${id}=${state}:${reason}` : `${id}=${state}:${reason}:${detail}`;
}

/** Words are never cut in two: a condition that was split could be read as another one. */
function traceParts(words: readonly string[]): AuditData {
  const parts: string[] = [];
  for (const word of words) {
    const last = parts.at(-1);
    if (last === undefined || last.length + 1 + word.length > MAX_TRACE) parts.push(word);
    else parts[parts.length - 1] = `${last} ${word}`;
  }
  return Object.fromEntries(parts.map((part, at) => [at === 0 ? "trace" : `trace_${at + 1}`, part]));
}

/** Agent text in the log is printable and short. */
export function shown(text: string): string {
  return cut(printable(text));
}

const MAX_VALUE = 500;

function cut(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
