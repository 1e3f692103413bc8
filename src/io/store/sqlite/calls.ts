// Counting of calls in seconds: a few small rows however many calls there are.
import type { Session } from "./session.ts";

/** Rows older than this are dropped: a clock that is set back by less forgets nothing. */
const KEPT_SECONDS = 3600;

const MINUTE = 60;

const second = (session: Session): number => Math.floor(session.clock() / 1000);

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
  const now = second(session);
  const window = "FROM call WHERE second BETWEEN ? AND ? AND principal = ?";
  const bounds = [now - MINUTE, now + MINUTE, principal] as const;
  const sum = session.sql<{ calls: number }>(`SELECT coalesce(sum(calls), 0) AS calls ${window}`);
  if ((sum.get(...bounds)?.calls ?? 0) + open < perMinute) return 0;
  // Newest first: the second that has to leave the window is the one that makes the newer ones too many.
  const rows = session.sql<{ second: number; calls: number }>(
    `SELECT second, calls ${window} ORDER BY second DESC`,
  );
  let held = open;
  let last = now;
  for (const row of rows.all(...bounds)) {
    if (held >= perMinute) break;
    held += row.calls;
    last = row.second;
  }
  return Math.max(1, Math.ceil(last + MINUTE + 1 - session.clock() / 1000));
}

const forgotten = new WeakMap<Session, number>();

/** Count one call and forget what no window reaches any more. Only inside a write transaction. */
export function countCall(session: Session, principal: string): void {
  const now = second(session);
  session
    .sql(
      "INSERT INTO call(second, principal, calls) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET calls = calls + 1",
    )
    .run(now, principal);
  // Once for each second and connection: it finds nothing more until the next.
  if (forgotten.get(session) === now) return;
  forgotten.set(session, now);
  session.sql("DELETE FROM call WHERE second < ?").run(now - KEPT_SECONDS);
}
