// The log of a state folder as something to walk: all of it, or one shard with what it has to follow.
import { emptyChain } from "../../core/audit/chain.ts";
import type { WalkRow } from "../../core/audit/log-walk.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type LogRows, openLogRows } from "../../io/store/sqlite/scan.ts";
import type { LogSource } from "./verify.ts";

export interface StoredLog {
  readonly log: LogSource;
  /** Undefined where the file cannot be read at all. */
  readonly rows: LogRows | undefined;
  close(): void;
}

/**
 * Throws `state_unusable` when there is no file. Any other trouble is met by whoever walks: of damage a finding is made, and
 * what this user cannot open is thrown on.
 */
export function storedLog(path: string, shard?: string): StoredLog {
  let rows: LogRows;
  try {
    rows = openLogRows(path);
    return { log: shard === undefined ? whole(rows) : part(rows, shard), rows, close: () => rows.close() };
  } catch (cause) {
    if (cause instanceof CountersignError && cause.cause === undefined) throw cause;
    const fails = (): Iterable<WalkRow> => {
      throw cause;
    };
    return { log: { rows: fails }, rows: undefined, close: () => undefined };
  }
}

function whole(rows: LogRows): LogSource {
  return { rows: (from) => (from === undefined ? rows.all() : rows.rows(from)) };
}

function part(rows: LogRows, shard: string): LogSource {
  const span = rows.span(shard);
  if (span === undefined) return { rows: () => [] };
  return {
    *rows(from = span.first) {
      for (const row of rows.rows(Math.max(from, span.first))) {
        if (row.position >= span.end) return;
        yield row;
      }
    },
    // Where the entry before is no sound one, its shard is taken at its word: that one is verified by itself.
    behind: span.first === 0 ? emptyChain : (rows.behind(span.first - 1) ?? "any"),
  };
}
