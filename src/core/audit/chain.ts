// Verification of the hash chain, entry by entry, naming the first bad one.
import { canonical } from "../base/canonical.ts";
import type { Digest } from "../base/digest.ts";
import { printable } from "../base/refusal.ts";
import { type AuditEntry, entrySchema, GENESIS, leafHash } from "./entry.ts";

export const chainFaults = [
  "BAD_JSON",
  "NOT_CANONICAL",
  "SEQ_GAP",
  "SEQ_DUP",
  "PREV_MISMATCH",
  "LEAF_COLUMN_MISMATCH",
  "SHARD_LINK",
] as const;
export type ChainFault = (typeof chainFaults)[number];

/** Where a walk over the log stands: the shard, the next sequence number and the hash it must link to. */
export interface ChainState {
  readonly shard: string | undefined;
  readonly nextSeq: number;
  readonly head: Digest;
}

export const emptyChain: ChainState = { shard: undefined, nextSeq: 0, head: GENESIS };

export type ChainStep =
  | { readonly ok: true; readonly state: ChainState; readonly entry: AuditEntry }
  | { readonly ok: false; readonly code: ChainFault; readonly expected: string; readonly actual: string };

/**
 * Check one stored row (its column `seq`, the exact line, the stored leaf hash) against the state. A failed link at
 * entry i+1 means that entry i was changed or replaced: the caller says so, since i itself still looks well-formed.
 */
export function checkEntry(state: ChainState, row: { seq: number; line: string; leaf: string }): ChainStep {
  // What is wrong may be anything that somebody wrote over the log, and ends on a terminal.
  const no = (code: ChainFault, expected: string, actual: string): ChainStep => ({
    ok: false,
    code,
    expected: printable(expected),
    actual: printable(actual),
  });
  let json: unknown;
  try {
    json = JSON.parse(row.line);
  } catch {
    return no("BAD_JSON", "a JSON object", row.line.slice(0, 80));
  }
  const parsed = entrySchema.safeParse(json);
  if (!parsed.success) return no("BAD_JSON", "an audit entry", parsed.error.issues[0]?.message ?? "");
  const entry = parsed.data;
  if (!isCanonical(entry, row.line)) return no("NOT_CANONICAL", "canonical JSON", row.line.slice(0, 80));
  if (entry.seq !== row.seq) return no("SEQ_GAP", String(row.seq), String(entry.seq));
  if (entry.seq > state.nextSeq) return no("SEQ_GAP", String(state.nextSeq), String(entry.seq));
  if (entry.seq < state.nextSeq) return no("SEQ_DUP", String(state.nextSeq), String(entry.seq));
  if (state.shard !== undefined && entry.shard !== state.shard)
    return no("SHARD_LINK", state.shard, entry.shard);
  if (entry.prev !== state.head) return no("PREV_MISMATCH", state.head, entry.prev);
  const leaf = leafHash(row.line);
  if (leaf !== row.leaf) return no("LEAF_COLUMN_MISMATCH", leaf, row.leaf);
  return { ok: true, state: { shard: entry.shard, nextSeq: entry.seq + 1, head: leaf }, entry };
}

/** A changed line may hold what has no canonical form at all (a lone surrogate, -0): a fault of the line, no crash. */
function isCanonical(entry: AuditEntry, line: string): boolean {
  try {
    return canonical(entry) === line;
  } catch {
    return false;
  }
}
