// Which writes were begun, and left no outcome: what a process that died has to be asked about.
import type { AuditEntry } from "./entry.ts";

/**
 * The entry `call.allowed` of a write stands before its effect and is the intent; `proposal.accepted`, `proposal.repeated`,
 * `proposal.closed` or `call.refused` of the same call, with the digest of the same arguments, is the outcome. A read is
 * recorded behind its result, and a dry run has no effect.
 */
function isIntent({ event, data }: AuditEntry): boolean {
  const { tool, arguments_sha256: digest, result_sha256: result, dry_run: dry } = data;
  return event === "call.allowed" && !!tool && !!digest && result === undefined && dry !== true;
}

const OUTCOMES: ReadonlySet<string> = new Set([
  "proposal.accepted",
  "proposal.repeated",
  "proposal.closed",
  "call.refused",
]);

/** Intents without outcome among these entries, which are in their order. */
export function unfinished(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const open = new Map<string, AuditEntry[]>();
  for (const entry of entries) {
    const call = callOf(entry);
    if (isIntent(entry)) open.set(call, [...(open.get(call) ?? []), entry]);
    // Of equal calls side by side, any outcome is that of the first: they are told apart by nothing.
    else if (OUTCOMES.has(entry.event)) open.get(call)?.shift();
  }
  return [...open.values()].flat().toSorted((a, b) => order(a, b));
}

function callOf({ actor, data }: AuditEntry): string {
  const { principal, session = null, correlation = null } = actor;
  return JSON.stringify([principal, session, correlation, data["arguments_sha256"] ?? null]);
}

function order(a: AuditEntry, b: AuditEntry): number {
  return a.shard === b.shard ? a.seq - b.seq : a.shard < b.shard ? -1 : 1;
}
