// Turns of the reading handlers: how many run at once, and how many of a caller were let in and are not counted yet.

/** More would only hold more files in memory; the disk and the processor are one. */
const AT_ONCE = 4;

export interface Turns {
  /** Reads of this principal that were begun and are not over: each will be counted when it is recorded. */
  open(principal: string): number;
  /** Run `work` when there is room, in the order of asking; at once, as a rule. */
  take<T>(principal: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when no read of this principal is open. */
  idle(principal: string): Promise<void>;
}

export function openTurns(): Turns {
  const begun = new Map<string, number>();
  const idlers = new Map<string, PromiseWithResolvers<void>>();
  const inTurn = openQueue();
  const end = (principal: string): void => {
    const left = (begun.get(principal) ?? 0) - 1;
    if (left > 0) begun.set(principal, left);
    else {
      begun.delete(principal);
      idlers.get(principal)?.resolve();
      idlers.delete(principal);
    }
  };
  return {
    open: (principal) => begun.get(principal) ?? 0,
    async take(principal, work) {
      begun.set(principal, (begun.get(principal) ?? 0) + 1);
      try {
        return await inTurn(work);
      } finally {
        end(principal);
      }
    },
    idle(principal) {
      if (!begun.has(principal)) return Promise.resolve();
      const idler = idlers.get(principal) ?? Promise.withResolvers<void>();
      idlers.set(principal, idler);
      return idler.promise;
    },
  };
}

function openQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  const woken = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    return promise;
  };
  return async (work) => {
    // Who is woken takes over the turn of who ended, so nobody slips in between.
    if (running < AT_ONCE) running += 1;
    else await woken();
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
