// Counting of calls in seconds: a few small rows however many calls there are.
import type { Session } from "./session.ts";

/** Rows older than this are dropped: a clock that is set back by less forgets nothing. */
const KEPT_SECONDS = 3600;

const MINUTE = 60;

const second = (session: Session): number => Math.floor(session.clock() / 1000);

/** The second that is running for one caller, as the running transaction knows it. */
interface Running {
  readonly second: number;
  /** Calls in the window of this second: read once, under the lock, and counted on. */
  readonly held: number;
  /** Those of them that are not in the table yet. */
  readonly fresh: number;
}

/**
 * What one transaction has read and counted, by caller; written at its end, or when the table is needed. Nobody else writes
 * meanwhile, so it is as exact as the table; the next transaction knows nothing of it.
 */
interface Memory {
  readonly transaction: number;
  readonly running: Map<string, Running>;
}

const memories = new WeakMap<Session, Memory>();

function memoryOf(session: Session): Memory {
  const found = memories.get(session);
  if (found?.transaction === session.transaction) return found;
  const memory: Memory = { transaction: session.transaction, running: new Map() };
  memories.set(session, memory);
  return memory;
}

/** Remembers; when the work of a group that counted is rolled back alone, memory goes back with the table. */
function remember(session: Session, principal: string, now: Running): void {
  const { running } = memoryOf(session);
  const before = running.get(principal);
  session.ifUndone(() => {
    if (before === undefined) running.delete(principal);
    else running.set(principal, before);
  });
  running.set(principal, now);
}

const WINDOW = "FROM call WHERE second BETWEEN ? AND ? AND principal = ?";

function callsAround(session: Session, principal: string, now: number): number {
  const sum = session.sql<{ calls: number }>(`SELECT coalesce(sum(calls), 0) AS calls ${WINDOW}`);
  return sum.get(now - MINUTE, now + MINUTE, principal)?.calls ?? 0;
}

/** Calls of this caller in the window that ends now, by one statement; not within a transaction that counts. */
export function callsIn(session: Session, principal: string): number {
  return callsAround(session, principal, second(session));
}

function runningOf(session: Session, principal: string): Running {
  const now = second(session);
  const known = memoryOf(session).running.get(principal);
  if (known?.second === now) return known;
  if (known !== undefined) save(session, principal, known);
  const begun = { second: now, held: callsAround(session, principal, now), fresh: 0 };
  remember(session, principal, begun);
  return begun;
}

function save(session: Session, principal: string, counted: Running): void {
  if (counted.fresh === 0) return;
  session
    .sql(
      "INSERT INTO call(second, principal, calls) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls",
    )
    .run(counted.second, principal, counted.fresh);
  remember(session, principal, { ...counted, fresh: 0 });
}

/**
 * Seconds until `principal` may call again when `perMinute` calls are allowed in any minute and `open` more have begun;
 * 0 when it may call now. Seconds are whole, and the one in which the window begins counts in full: no window of a minute
 * ever holds more calls than the limit. Seconds that lie ahead by more than the window come from a clock that was wrong and
 * has been set back; they do not lock anybody out.
 */
export function secondsUntilCall(
  session: Session,
  principal: string,
  perMinute: number,
  open: number,
): number {
  const running = runningOf(session, principal);
  if (running.held + open < perMinute) return 0;
  save(session, principal, running);
  // Newest first: the second that has to leave the window is the one that makes the newer ones too many.
  const rows = session.sql<{ second: number; calls: number }>(
    `SELECT second, calls ${WINDOW} ORDER BY second DESC`,
  );
  let held = open;
  let last = running.second;
  for (const row of rows.all(last - MINUTE, last + MINUTE, principal)) {
    if (held >= perMinute) break;
    held += row.calls;
    last = row.second;
  }
  return Math.max(1, Math.ceil(last + MINUTE + 1 - session.clock() / 1000));
}

const forgotten = new WeakMap<Session, number>();

/** Count one call and forget what no window reaches any more. Only inside a write transaction. */
export function countCall(session: Session, principal: string): void {
  const running = runningOf(session, principal);
  if (running.fresh === 0) session.beforeCommit(() => saveLast(session, principal));
  remember(session, principal, { ...running, held: running.held + 1, fresh: running.fresh + 1 });
  const now = running.second;
  // Once for each second and connection: it finds nothing more until the next.
  if (forgotten.get(session) === now) return;
  forgotten.set(session, now);
  session.sql("DELETE FROM call WHERE second < ?").run(now - KEPT_SECONDS);
}

function saveLast(session: Session, principal: string): void {
  const counted = memoryOf(session).running.get(principal);
  if (counted !== undefined) save(session, principal, counted);
}
