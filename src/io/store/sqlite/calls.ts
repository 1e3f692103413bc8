// Counting of calls in seconds: a few small rows however many calls there are.
import type { Session } from "./session.ts";

/** Rows older than this are dropped, so no window may be longer. */
const MAX_WINDOW_SECONDS = 3600;

const second = (session: Session): number => Math.floor(session.clock() / 1000);

/**
 * Calls of `principal` within the last `seconds`. Seconds are whole, and the one in which the window begins counts in
 * full: no window of that length ever holds more calls than the limit. Seconds that lie ahead by more than the window
 * come from a clock that was wrong and has been set back; they do not lock anybody out.
 */
export function countCalls(session: Session, principal: string, seconds: number): number {
  if (!(seconds >= 1 && seconds <= MAX_WINDOW_SECONDS))
    throw new RangeError(`a window has 1 to ${MAX_WINDOW_SECONDS} seconds`);
  const now = second(session);
  const sum = session.sql<{ calls: number }>(
    "SELECT coalesce(sum(calls), 0) AS calls FROM call WHERE second BETWEEN ? AND ? AND principal = ?",
  );
  return sum.get(now - seconds, now + seconds, principal)?.calls ?? 0;
}

/** Count one call and forget what no window reaches any more. Only inside a write transaction. */
export function countCall(session: Session, principal: string): void {
  const now = second(session);
  session
    .sql(
      "INSERT INTO call(second, principal, calls) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET calls = calls + 1",
    )
    .run(now, principal);
  session.sql("DELETE FROM call WHERE second < ?").run(now - MAX_WINDOW_SECONDS);
}
