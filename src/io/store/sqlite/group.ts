// Group commit: works queued in one turn of the event loop share one transaction, and one fsync.
import { isStorageFault, type Session } from "./session.ts";

/** The write lock is held for so many works at most; other processes wait for it. */
const MOST = 64;

export interface Group {
  /**
   * Runs `work` in the transaction of this turn, behind those that joined before it; resolves when that is durable in
   * the file that is still at the path. What a work throws is its own: it alone is rolled back, and rejects. A storage
   * error rejects them all. It may run twice, the first time rolled back: it changes nothing but the database.
   */
  join<T>(work: () => T): Promise<T>;
  /** Runs what is queued now. Before the database is closed. */
  flush(): void;
  /** Transactions since the start, and the works in them. */
  readonly commits: { readonly transactions: number; readonly works: number };
}

interface Queued {
  /** Runs the work; that it succeeded is told by calling the result, after the commit. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * No timer: while one fsync blocks the process, requests gather in its sockets, are read in the next turn, and make the
 * next transaction. Crash story: a work is in the log with all of its transaction or not at all, and nobody was answered.
 */
export function openGroup(session: Session): Group {
  const queue: Queued[] = [];
  const commits = { transactions: 0, works: 0 };
  let due = false;
  const plan = (): void => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      commit();
      if (queue.length > 0) plan();
    });
  };
  const commit = (): void => {
    const batch = queue.splice(0, MOST);
    if (batch.length === 0) return;
    try {
      const outcomes = together(session, batch);
      commits.transactions += 1;
      commits.works += batch.length;
      for (const tell of outcomes) tell();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return {
    join<T>(work: () => T): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      queue.push({ run: () => resolve.bind(undefined, work()), reject });
      plan();
      return promise;
    },
    flush() {
      while (queue.length > 0) commit();
    },
    commits,
  };
}

/**
 * Hardly ever does a work throw, and a savepoint costs a copy of each page that its work changes: so they run without at
 * first. When one throws, nothing of the transaction stays, and all run again, each in a savepoint of its own.
 */
function together(session: Session, batch: readonly Queued[]): readonly (() => void)[] {
  try {
    return session.write(() => batch.map(({ run }) => run()));
  } catch (error) {
    if (isStorageFault(error)) throw error;
    return session.write(() => batch.map((queued) => alone(session, queued)));
  }
}

function alone(session: Session, { run, reject }: Queued): () => void {
  try {
    return session.nested(run);
  } catch (error) {
    if (isStorageFault(error)) throw error;
    return () => reject(error);
  }
}
