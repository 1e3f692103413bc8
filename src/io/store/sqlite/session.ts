// One open database as the store uses it: statements, transactions, and the rule that one failure is the last.
import Database from "better-sqlite3";
import { CountersignError } from "../../../core/base/failure.ts";
import type { Clock } from "../../../core/base/time.ts";
import { type LastWords, noLastWords } from "./halt.ts";

/**
 * Waiting for another process's transaction: 5 seconds in slices. SQLite's own waiting looks only every 100 ms after a
 * while, so that a process which writes without a pause would starve all others; a slice looks after 1, 2 and 5 ms.
 */
const SLICE_MS = 10;
const SLICES = 500;

/**
 * A commit that takes longer is a failure, whatever it says in the end: nobody waits for its answers any more. While it
 * lasts, this thread stands in the system call, and nothing of it can end the process; see docs/audit.md.
 */
const DEADLINE_MS = 15_000;

/** What a session that serves has beside its database. */
export interface Around {
  readonly words?: LastWords;
  /** Milliseconds of a clock that nobody sets, and that stands still while the machine sleeps. */
  readonly ticks?: (() => number) | undefined;
}

type Bound = string | number | Uint8Array | null;
type Prepared<Row> = Database.Statement<Bound[], Row>;

/**
 * Invariant: after a failed write nobody knows what is on the disk (Linux marks a page clean although its fsync
 * failed), so a session that failed once refuses everything and the process stops with exit code 74.
 */
export class Session {
  readonly clock: Clock;
  readonly #db: Database.Database;
  readonly #pinned: () => void;
  readonly #lastWords: LastWords;
  readonly #ticks: () => number;
  readonly #statements = new Map<string, Prepared<unknown>>();
  #failed: CountersignError | undefined;
  #number = 0;
  #beforeCommit: (() => void)[] = [];
  #afterCommit: (() => void)[] = [];
  #ifUndone: (() => void)[] = [];
  #beforeWrite: () => void = () => undefined;

  constructor(db: Database.Database, clock: Clock, pinned: () => void, { words, ticks }: Around = {}) {
    this.#db = db;
    this.clock = clock;
    this.#pinned = pinned;
    this.#lastWords = words ?? noLastWords;
    this.#ticks = ticks ?? (() => 0);
    db.pragma(`busy_timeout = ${SLICE_MS}`);
  }

  /** Number of the transaction that is running, or of the last one; those that only read have one, too. */
  get transaction(): number {
    return this.#number;
  }

  /** `work` runs before each transaction that writes, without its lock: what takes long and only reads. */
  beforeWrite(work: () => void): void {
    this.#beforeWrite = work;
  }

  /** Runs `work` before the COMMIT of the running transaction, in it, whatever became of the work of a group that asked. */
  beforeCommit(work: () => void): void {
    this.#beforeCommit.push(work);
  }

  /** Runs `work` when the COMMIT of the running transaction has returned, and never otherwise. */
  afterCommit(work: () => void): void {
    this.#afterCommit.push(work);
  }

  /** Runs `work` when the running work of a group is rolled back alone: it puts back what memory holds of the transaction. */
  ifUndone(work: () => void): void {
    this.#ifUndone.push(work);
  }

  /** The prepared statement of `text`; prepared once. Row types are those of the schema, which `open` compared. */
  sql<Row>(text: string): Prepared<Row> {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#db.prepare<Bound[]>(text);
      this.#statements.set(text, statement);
    }
    return statement as Prepared<Row>;
  }

  /** One IMMEDIATE transaction; returns once it is durable in the file that is still at the path. */
  write<T>(work: () => T): T {
    return this.#guarded(() => {
      patiently(this.#beforeWrite);
      patiently(() => this.sql("BEGIN IMMEDIATE").run());
      this.#number += 1;
      this.#beforeCommit = [];
      this.#afterCommit = [];
      this.#ifUndone = [];
      const result = work();
      for (const last of this.#beforeCommit) last();
      this.#pinned();
      const began = this.#ticks();
      this.sql("COMMIT").run();
      for (const done of this.#afterCommit) done();
      this.#assertInTime(began);
      // Again, for the moment between the check and the commit: the answer must not outlive the file.
      this.#pinned();
      return result;
    });
  }

  /**
   * One work of several in the running transaction: when it throws, it alone is rolled back. Behind a storage error
   * nothing is known of any of them, and the whole transaction ends with it.
   */
  nested<T>(work: () => T): T {
    const [commits, undone] = [this.#afterCommit.length, this.#ifUndone.length];
    this.sql("SAVEPOINT work").run();
    try {
      const result = work();
      this.sql("RELEASE work").run();
      return result;
    } catch (cause) {
      if (isStorageFault(cause)) throw cause;
      this.sql("ROLLBACK TO work").run();
      this.sql("RELEASE work").run();
      this.#afterCommit.length = commits;
      for (const restore of this.#ifUndone.splice(undone).reverse()) restore();
      throw cause;
    }
  }

  /** One consistent view: without it another process could write between two statements of `work`. */
  read<T>(work: () => T): T {
    return this.#guarded(() =>
      patiently(() => {
        this.#rollback();
        this.sql("BEGIN").run();
        this.#number += 1;
        const result = work();
        this.sql("COMMIT").run();
        return result;
      }),
    );
  }

  /** `work` of one statement, which is a consistent view by itself. */
  look<T>(work: () => T): T {
    return this.#guarded(() => patiently(work));
  }

  /**
   * Empties the write-ahead log, in which what was overwritten still stands; in the file itself SQLite writes zeros over it
   * (secure_delete). Another process that reads just now keeps the log; its next reset does the same.
   */
  forget(): boolean {
    return this.#guarded(() => this.#db.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) === 0);
  }

  close(): void {
    this.#db.close();
  }

  #assertInTime(began: number): void {
    const took = this.#ticks() - began;
    if (took <= DEADLINE_MS) return;
    throw new CountersignError("storage", `the disk took ${Math.round(took / 1000)} s for one commit`, {
      fix: "Check the disk; then start again.",
    });
  }

  #guarded<T>(work: () => T): T {
    if (this.#failed !== undefined) throw this.#failed;
    try {
      return work();
    } catch (cause) {
      const undone = this.#rollback();
      // A note that is no note, say: the caller's fault, and nothing was written.
      if (undone && !isStorageFault(cause)) throw cause;
      this.#failed = asStorageFailure(cause, this.#lastWords(cause));
      throw this.#failed;
    }
  }

  #rollback(): boolean {
    try {
      if (this.#db.inTransaction) this.sql("ROLLBACK").run();
      return true;
    } catch {
      return false;
    }
  }
}

function patiently<T>(attempt: () => T): T {
  for (let slice = 1; ; slice++) {
    try {
      return attempt();
    } catch (cause) {
      const busy = cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY");
      if (!busy || slice === SLICES) throw cause;
    }
  }
}

export function isStorageFault(cause: unknown): boolean {
  return (
    cause instanceof Database.SqliteError || (cause instanceof CountersignError && cause.code === "storage")
  );
}

/** Whatever SQLite reports (full, read-only, busy, I/O, corrupt) is one failure to us, with its code in the message. */
export function asStorageFailure(cause: unknown, words?: string): CountersignError {
  if (cause instanceof CountersignError) return cause;
  const code = cause instanceof Database.SqliteError ? `${cause.code}: ` : "";
  const message = cause instanceof Error ? cause.message : String(cause);
  return new CountersignError(
    "storage",
    `the store failed: ${code}${message}${words === undefined ? "" : `; ${words}`}`,
    {
      fix: "Check free space, permissions and the disk; check the log with countersign audit verify; then start again.",
      cause,
    },
  );
}
