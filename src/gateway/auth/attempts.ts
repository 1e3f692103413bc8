// Counting failures by key within a sliding window, in bounded memory whatever keys arrive.
import type { Clock } from "../../core/base/time.ts";

// Why no library: rate-limiter-flexible's memory store holds every key that it ever met, with a timer each, until the
// window ends. Who makes up addresses or names fills it; ours holds `maxKeys` and lets the rest share one counter.

const SLICES = 6;

export interface AttemptsParts {
  /** So many may fail within any window. */
  readonly limit: number | (() => number);
  readonly windowMillis: number;
  readonly clock: Clock;
  readonly maxKeys?: number;
}

export interface Attempts {
  /** Seconds until `key` may fail again; 0 when it may now. */
  wait(key: string): number;
  add(key: string): void;
}

interface Counter {
  /** Number of the newest slice, and how many failed in it and in those before it, newest first. */
  readonly slice: number;
  readonly failed: readonly number[];
}

export function openAttempts({ limit, windowMillis, clock, maxKeys = 4096 }: AttemptsParts): Attempts {
  const length = windowMillis / SLICES;
  // In the order in which they were last used: what is first has been quiet for the longest.
  const counters = new Map<string, Counter>();
  let shared: Counter = { slice: 0, failed: [] };
  const slice = (): number => Math.floor(clock() / length);
  const has = (key: string): boolean => {
    if (counters.has(key)) return true;
    const [oldest] = counters;
    // A counter in use is never given up for a new key: that would be the way to be forgotten.
    if (counters.size >= maxKeys && oldest !== undefined && quiet(oldest[1], slice()))
      counters.delete(oldest[0]);
    return counters.size < maxKeys;
  };
  const read = (key: string): Counter => moved((has(key) ? counters.get(key) : shared) ?? NONE, slice());
  return {
    wait(key) {
      const counter = read(key);
      let held = 0;
      const most = typeof limit === "number" ? limit : limit();
      const full = counter.failed.findIndex((failed) => (held += failed) >= most);
      if (full === -1) return 0;
      // The slice that makes it too many must be behind the window, with its whole length.
      return Math.max(1, Math.ceil(((counter.slice - full + SLICES + 1) * length - clock()) / 1000));
    },
    add(key) {
      const {
        slice: at,
        failed: [now = 0, ...before],
      } = read(key);
      const next: Counter = { slice: at, failed: [now + 1, ...before] };
      if (!has(key)) {
        shared = next;
        return;
      }
      counters.delete(key);
      counters.set(key, next);
    },
  };
}

const NONE: Counter = { slice: 0, failed: [] };

/** The counter as it stands in slice `at`. One from the future is of a clock that was set back, and says nothing. */
function moved({ slice, failed }: Counter, at: number): Counter {
  const by = at - slice;
  if (by < 0 || by > SLICES) return { slice: at, failed: [0] };
  const gone = Array.from({ length: by }, () => 0);
  return { slice: at, failed: [...gone, ...failed].slice(0, SLICES + 1) };
}

function quiet({ slice }: Counter, at: number): boolean {
  return Math.abs(at - slice) > SLICES;
}
