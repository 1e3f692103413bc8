// Waiting that somebody can end: for the loops of the validator, which sleep until something happens.

export interface Bell {
  readonly ring: () => void;
  /** Returns after `ms`, or at once when the bell rang since the last wait, or when the loop is to stop. */
  readonly wait: (ms: number) => Promise<void>;
}

export function openBell(stop: AbortSignal): Bell {
  let rung = stop.aborted;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    wake?.();
  };
  stop.addEventListener("abort", ring, { once: true });
  return {
    ring,
    wait: async (ms) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => resolve(undefined), ms);
      wake = () => resolve(undefined);
      if (!rung) await promise;
      clearTimeout(timer);
      rung = false;
    },
  };
}
