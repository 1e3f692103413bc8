// Conditions in an audit entry: `id=state`, or `id=state:reason:detail`, over as many fields as their length takes.
import type { AuditData } from "./entry.ts";

export interface TraceWord {
  readonly id: string;
  readonly state: string;
  readonly reason?: string | null | undefined;
  readonly detail?: string | null | undefined;
}

/** Longest text that an audit entry takes in one piece, with room to spare. */
const MAX_TRACE = 900;

/** In `trace`, `trace_2` … Words are never cut in two: a condition that was split could be read as another one. */
export function traceData(conditions: readonly TraceWord[]): AuditData {
  const parts: string[] = [];
  for (const word of conditions.map(traceWord)) {
    const last = parts.at(-1);
    if (last === undefined || last.length + 1 + word.length > MAX_TRACE) parts.push(word);
    else parts[parts.length - 1] = `${last} ${word}`;
  }
  return Object.fromEntries(parts.map((part, at) => [at === 0 ? "trace" : `trace_${at + 1}`, part]));
}

function traceWord({ id, state, reason, detail }: TraceWord): string {
  const words = [state, reason, reason === undefined ? undefined : detail];
  return `${id}=${words.filter((word) => typeof word === "string").join(":")}`;
}
