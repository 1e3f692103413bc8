// Verification of a whole audit log as it is stored, naming the first entry that does not hold.
import { printable } from "../../core/base/refusal.ts";
import {
  type ChainFault,
  type ChainRow,
  type ChainState,
  checkEntry,
  emptyChain,
} from "../../core/audit/chain.ts";
import type { AuditEntry } from "../../core/audit/entry.ts";
import { type AuditKeys, NO_KEYS } from "../../core/audit/sealed-line.ts";
import type { Digest } from "../../core/base/digest.ts";

/** Beyond the faults of the chain: no entry at all, and a file that SQLite cannot read (to the end). */
export type LogFault = ChainFault | "EMPTY" | "UNREADABLE";

export type LogReport =
  | {
      readonly ok: true;
      readonly entries: number;
      readonly head: Digest;
      readonly shard: string;
      /** Encrypted entries whose content was not read, because no key was given. */
      readonly unread: number;
    }
  | {
      readonly ok: false;
      readonly code: LogFault;
      /** Place in the whole log of the row where the walk stopped; null when there is none. */
      readonly seq: number | null;
      /** The entries between which the fault lies. A broken link at 8 means that 7 was changed, or 8 was. */
      readonly suspects: readonly number[];
      readonly expected: string;
      readonly actual: string;
      /** Number of the last entry up to which everything holds; null when not even the first does. */
      readonly lastGood: number | null;
      /** One sentence for people. */
      readonly message: string;
    };

const PROGRESS_EVERY = 10_000;

/** Called on the way; `entry` with each entry that holds and was read, in order, and never with one behind a fault. */
export interface Walk {
  /** For encrypted entries. With any key, every one of them has to open. */
  readonly keys?: AuditKeys;
  readonly progress?: (entries: number) => void;
  readonly entry?: (entry: AuditEntry, position: number) => void;
}

/**
 * Walk all rows from the first on. Memory does not grow with the log. Says nothing about entries that were cut off at
 * the end or about a log that was rewritten as a whole: only a checkpoint kept elsewhere can tell.
 */
export function verifyLog(rows: Iterable<ChainRow>, walk: Walk = {}): LogReport {
  let state: ChainState = emptyChain;
  let unread = 0;
  try {
    for (const row of rows) {
      const step = checkEntry(state, row, walk.keys ?? NO_KEYS);
      if (!step.ok) return faultAt(state, row.position, step.code, step.expected, step.actual);
      state = step.state;
      if (step.entry === undefined) unread += 1;
      else walk.entry?.(step.entry, row.position);
      if (state.position % PROGRESS_EVERY === 0) walk.progress?.(state.position);
    }
  } catch (cause) {
    return unreadable(cause, state.position);
  }
  if (state.shard === undefined)
    return faultAt(state, null, "EMPTY", "at least the entry shard.open", "no entries");
  walk.progress?.(state.position);
  return { ok: true, entries: state.position, head: state.head, shard: state.shard, unread };
}

/** The report on a log that cannot be read at all, or not beyond entry `entries` - 1. */
export function unreadable(cause: unknown, entries = 0): LogReport {
  // Messages of SQLite quote what is in the file, which may be meant for the reader's terminal.
  const actual = printable(cause instanceof Error ? cause.message : String(cause));
  return faultAt({ ...emptyChain, position: entries }, null, "UNREADABLE", "a readable audit table", actual);
}

function faultAt(
  state: ChainState,
  seq: number | null,
  code: LogFault,
  expected: string,
  actual: string,
): LogReport {
  const lastGood = state.position === 0 ? null : state.position - 1;
  const suspects = suspectsOf(code, seq, lastGood);
  return {
    ok: false,
    code,
    seq,
    suspects,
    expected,
    actual,
    lastGood,
    message: sentence(code, seq, lastGood),
  };
}

function suspectsOf(code: LogFault, seq: number | null, lastGood: number | null): readonly number[] {
  if (seq === null) return [];
  return code === "PREV_MISMATCH" && lastGood !== null ? [lastGood, seq] : [seq];
}

const sayings: Readonly<Record<LogFault, string>> = {
  BAD_JSON: "entry # is not an entry as this program writes it",
  NOT_CANONICAL: "entry # is not an entry as this program writes it",
  SEQ_GAP: "entries are missing before entry #",
  SEQ_DUP: "entry # carries a number that was used before",
  PREV_MISMATCH: "entry # does not begin the log: it links to an entry before it",
  LEAF_COLUMN_MISMATCH: "entry # was changed: it does not have its stored hash",
  SHARD_LINK: "entry # does not belong to this log",
  DECRYPT_FAIL: "entry # is not what was encrypted under its key for its place",
  EMPTY: "the log holds no entries; a log always begins with shard.open",
  UNREADABLE: "the log cannot be read to its end",
};

function sentence(code: LogFault, seq: number | null, lastGood: number | null): string {
  if (code === "PREV_MISMATCH" && lastGood !== null) {
    return `entry ${lastGood} does not match the link in entry ${String(seq)}: one of the two was changed, most likely ${lastGood}`;
  }
  const upTo = lastGood === null ? "no entry holds" : `everything up to entry ${lastGood} holds`;
  return `${sayings[code].replace("#", String(seq))}; ${upTo}`;
}
