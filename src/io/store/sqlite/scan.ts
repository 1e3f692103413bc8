// Rows of the audit log of a database that may be damaged, hostile or in use: read-only, page by page, without a cursor.
import Database from "better-sqlite3";
import { lstatSync } from "node:fs";
import { type ChainState, chainBehind, readLine } from "../../../core/audit/chain.ts";
import type { WalkRow } from "../../../core/audit/log-walk.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { schemaFault } from "./schema.ts";

/** Every method throws what SQLite throws: the caller makes a report of it. */
export interface LogRows {
  /** From this position on, to the end. */
  rows(from: number): Iterable<WalkRow>;
  /** All rows, wherever somebody put the first. */
  all(): Iterable<WalkRow>;
  /** Positions of a shard, when rows are in order; `end` is behind its last. Undefined when it has none. */
  span(shard: string): { readonly first: number; readonly end: number } | undefined;
  /** The chain behind the row of this position; undefined when that is no sound entry. */
  behind(position: number): ChainState | undefined;
  /** Position of the last row; undefined without rows. */
  last(): number | undefined;
  close(): void;
}

const PAGE = 1000;
const MAX_LINE_BYTES = 65_536;
/** A line that nobody wrote through us may be as large as the disk; it is not read. */
const COLUMNS = `seq, CASE WHEN octet_length(body) <= ${MAX_LINE_BYTES} THEN body END, CASE WHEN length(leaf) = 32 THEN lower(hex(leaf)) ELSE 'no hash' END`;
/** Files of versions 1 and 2 have no column \`about\`. */
const ABOUT = ", CASE WHEN octet_length(about) <= 200 THEN about WHEN about IS NOT NULL THEN 'too long' END";
/** What stands for bytes that are no UTF-8, and for itself. */
const REPLACED = "\ufffd";

type Raw = [position: number, line: string | null, leaf: string, about?: string | null];

/**
 * A missing file throws `state_unusable` (exit 2), and so does one that this user cannot open: that is "cannot tell", and no
 * damage. All that is read through one opening is one state of the log: what is verified is what is exported. The schema must be ours to the letter: a view
 * under the table's name, or a table without its key, could show the verifier whatever rows please it.
 */
export function openLogRows(path: string): LogRows {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new CountersignError("state_unusable", `there is no audit log at ${path}`, {
      fix: "Check --state; the log is made by countersign init.",
    });
  }
  if (!stat.isFile()) throw new Error("it is not a regular file");
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    db.pragma("trusted_schema = OFF");
    db.exec("BEGIN");
    const fault = schemaFault(db);
    if (fault !== undefined) throw new Error(`it ${fault}`);
    return rowsOf(db);
  } catch (cause) {
    db?.close();
    throw isNotForUs(cause) ? closed(path, cause) : cause;
  }
}

/** Of these, none says anything about what stands in the file. */
const NOT_FOR_US = /^SQLITE_(?:CANTOPEN|READONLY|PERM|AUTH|BUSY|LOCKED)(?:_|$)/;

function isNotForUs(cause: unknown): cause is Error {
  return cause instanceof Database.SqliteError && NOT_FOR_US.test(cause.code);
}

/** SQLite keeps its shared memory beside the file, also for readers: after a clean stop it has to make it. */
function closed(path: string, cause: Error): CountersignError {
  return new CountersignError(
    "state_unusable",
    `the audit log ${path} cannot be opened by this user: ${cause.message}`,
    {
      fix: "Run it as a user who may write the folder of the log, or on a copy of the file in a folder of your own.",
      cause,
    },
  );
}

function rowsOf(db: Database.Database): LogRows {
  const { first, page, exact, one, end } = statements(db);
  const walkRow = ([position, line, leaf, about]: Raw): WalkRow => {
    // Another text with the same reading would be hashed as what it is not.
    const isExact =
      line?.includes(REPLACED) !== true || exact.get(position)?.equals(Buffer.from(line)) === true;
    return { position, line: isExact ? line : null, leaf, about };
  };
  function* from(rows: readonly Raw[]): Generator<WalkRow> {
    for (let some = rows; some.length > 0; some = page.all(some.at(-1)?.[0] ?? 0))
      for (const row of some) {
        yield walkRow(row);
        // Behind 2^53 numbers are rounded, and the next page would begin with the same row for ever.
        if (!Number.isSafeInteger(row[0])) throw new Error("a row has a number that no entry has");
      }
  }
  const shardAt = (position: number): string => shardIn(one.get(position)?.[1]);
  return {
    rows: (position) => from(page.all(position - 1)),
    all: () => from(first.all()),
    span(shard) {
      const rowsEnd = (end.get() ?? -1) + 1;
      const start = whereFrom(rowsEnd, (position) => shardAt(position) >= shard);
      if (shardAt(start) !== shard) return undefined;
      return { first: start, end: whereFrom(rowsEnd, (position) => shardAt(position) > shard) };
    },
    behind(position) {
      const [, line, leaf = ""] = one.get(position) ?? [];
      return typeof line === "string" ? chainBehind({ position, line, leaf }) : undefined;
    },
    last: () => end.get() ?? undefined,
    close: () => db.close(),
  };
}

/** The shard that a line names; empty for what cannot be read. */
function shardIn(line: string | null | undefined): string {
  const read = typeof line === "string" ? readLine(line) : undefined;
  if (read?.ok !== true) return "";
  return read.said.kind === "plain" ? read.said.entry.shard : read.said.sealed.shard;
}

function statements(db: Database.Database) {
  const version: unknown = db.pragma("user_version", { simple: true });
  const columns = version === 1 || version === 2 ? COLUMNS : `${COLUMNS}${ABOUT}`;
  const rows = `SELECT ${columns} FROM audit`;
  return {
    first: db.prepare<[], Raw>(`${rows} ORDER BY seq LIMIT ${PAGE}`).raw(),
    page: db.prepare<[number], Raw>(`${rows} WHERE seq > ? ORDER BY seq LIMIT ${PAGE}`).raw(),
    one: db.prepare<[number], Raw>(`${rows} WHERE seq = ?`).raw(),
    exact: db.prepare<[number], Buffer>("SELECT CAST(body AS BLOB) FROM audit WHERE seq = ?").pluck(),
    end: db.prepare<[], number | null>("SELECT max(seq) FROM audit").pluck(),
  };
}

/** The first position for which `is` says yes: shards follow one another, and the walk names a row that is out of order. */
function whereFrom(end: number, is: (position: number) => boolean): number {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
