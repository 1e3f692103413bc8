// What the corridor writes into the audit log: who, which tool, digests, codes and references; never content.
import type { AuditData, AuditEvent, AuditNote } from "../../core/audit/entry.ts";
import { printable, type Refusal } from "../../core/base/refusal.ts";
import type { TraceLine } from "../../core/gate/decision.ts";
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

/** Agent text in the log is printable and short. */
export function shown(text: string): string {
  return cut(printable(text));
}

const MAX_VALUE = 500;

function cut(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
