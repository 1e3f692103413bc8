// Measures the work of one call, without the time in which it waits and other calls work.
import type { Clock } from "../../core/base/time.ts";

export interface Stopwatch {
  /** Wait for `other` with the watch stopped: nobody pays for what others do meanwhile. */
  aside<T>(other: Promise<T>): Promise<T>;
  /** Whole milliseconds of work so far; never negative, also when the clock is set back. */
  millis(): number;
}

/** Runs from now on. The clock's whole milliseconds are good enough for sums: a piece counts as often as a tick falls into it. */
export function startStopwatch(clock: Clock): Stopwatch {
  let sum = 0;
  let since = clock();
  const sofar = (): number => Math.max(0, clock() - since);
  return {
    async aside(other) {
      sum += sofar();
      try {
        return await other;
      } finally {
        since = clock();
      }
    },
    millis: () => Math.ceil(sum + sofar()),
  };
}
