// How many calls of the last seconds were refused: counts by the second, so that a flood costs no memory.

export interface CallWindow {
  add(refused: boolean): void;
  /** Of the last `seconds`, the running one included. */
  counts(seconds: number): { readonly total: number; readonly refused: number };
}

/** Longest window of the configuration. */
const MOST_SECONDS = 3600;

interface Second {
  readonly at: number;
  total: number;
  refused: number;
}

/** `now` in milliseconds, of a clock that may be set: what then lies in the future is forgotten. */
export function openCallWindow(now: () => number): CallWindow {
  let seconds: Second[] = [];
  const current = (): Second => {
    const at = Math.floor(now() / 1000);
    const last = seconds.at(-1);
    if (last?.at === at) return last;
    seconds = seconds.filter((one) => one.at > at - MOST_SECONDS && one.at < at);
    const fresh = { at, total: 0, refused: 0 };
    seconds.push(fresh);
    return fresh;
  };
  return {
    add(refused) {
      const second = current();
      second.total += 1;
      if (refused) second.refused += 1;
    },
    counts(length) {
      const at = Math.floor(now() / 1000);
      let [total, refused] = [0, 0];
      for (const one of seconds) {
        if (one.at <= at - length || one.at > at) continue;
        total += one.total;
        refused += one.refused;
      }
      return { total, refused };
    },
  };
}
