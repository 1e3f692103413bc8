// Turns of the reading handlers: how many run at once, who is next, and how many calls of a caller are not counted yet.

/** Of one caller at once: more would only hold more files in memory; the disk and the processor are one. */
const EACH = 4;

/** Of all callers at once. More than one caller may hold, so that a caller who comes to a busy server finds room. */
const ALL = 8;

/** Works that gave their room back before they were over; each holds an answer in memory until it is recorded. */
const LEFT = 64;

export interface Turn {
  /** Much may have been used up since the work was let in. */
  readonly waited: boolean;
  /**
   * Gives the room back: what is left of the work is to wait for the disk, and who comes next shares its fsync. Not when
   * too many have done so already; then it is given back at the end, as a rule.
   */
  readonly leave: () => void;
}

export interface Turns {
  /** Calls of this principal that were begun and are not over: each will be counted when it is recorded. */
  open(principal: string): number;
  /**
   * Run `work` when there is room; at once, as a rule. Those of one principal run in the order of asking, and among
   * principals who wait everybody gets a turn before anybody gets a second one.
   */
  take<T>(principal: string, work: (turn: Turn) => Promise<T>): Promise<T>;
  /** Counts as open while `work` runs, which takes no room: a call that is only recorded. */
  hold<T>(principal: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when no call of this principal is open. */
  idle(principal: string): Promise<void>;
}

export function openTurns(): Turns {
  const begun = new Map<string, number>();
  const idlers = new Map<string, PromiseWithResolvers<void>>();
  const queue = openQueue();
  const end = (principal: string): void => {
    if (less(begun, principal) > 0) return;
    idlers.get(principal)?.resolve();
    idlers.delete(principal);
  };
  const hold = async <T>(principal: string, work: () => Promise<T>): Promise<T> => {
    more(begun, principal);
    try {
      return await work();
    } finally {
      end(principal);
    }
  };
  return {
    open: (principal) => begun.get(principal) ?? 0,
    hold,
    take: (principal, work) => hold(principal, () => inTurn(queue, principal, work)),
    idle(principal) {
      if (!begun.has(principal)) return Promise.resolve();
      const idler = idlers.get(principal) ?? Promise.withResolvers<void>();
      idlers.set(principal, idler);
      return idler.promise;
    },
  };
}

async function inTurn<T>(queue: Queue, principal: string, work: (turn: Turn) => Promise<T>): Promise<T> {
  const turn = queue.enter(principal);
  if (turn !== undefined) await turn;
  let isEarly = false;
  const leave = (): void => {
    if (isEarly || queue.left >= LEFT) return;
    isEarly = true;
    queue.left += 1;
    queue.leave(principal);
  };
  try {
    return await work({ waited: turn !== undefined, leave });
  } finally {
    if (isEarly) queue.left -= 1;
    else queue.leave(principal);
  }
}

interface Queue {
  /** Works that gave their room back and are not over. */
  left: number;
  /** Undefined when there is room, and otherwise what resolves when it is one's turn. */
  enter(principal: string): Promise<void> | undefined;
  leave(principal: string): void;
}

function openQueue(): Queue {
  const running = new Map<string, number>();
  let all = 0;
  // In the order of the turns: whoever got one goes to the end.
  const waiting = new Map<string, (() => void)[]>();
  const begin = (principal: string): void => {
    all += 1;
    more(running, principal);
  };
  const hasRoom = (principal: string): boolean => all < ALL && (running.get(principal) ?? 0) < EACH;
  const wakeNext = (): void => {
    for (const [principal, line] of waiting) {
      if (!hasRoom(principal)) continue;
      const first = line.shift();
      waiting.delete(principal);
      if (line.length > 0) waiting.set(principal, line);
      // The turn is taken here and not by who wakes up, so nobody slips in between.
      begin(principal);
      first?.();
      return;
    }
  };
  return {
    left: 0,
    enter(principal) {
      if (!waiting.has(principal) && hasRoom(principal)) {
        begin(principal);
        return undefined;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const line = waiting.get(principal);
      if (line === undefined) waiting.set(principal, [resolve]);
      else line.push(resolve);
      return promise;
    },
    leave(principal) {
      all -= 1;
      less(running, principal);
      wakeNext();
    },
  };
}

function more(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What is left; nothing is kept of who has none. */
function less(counts: Map<string, number>, key: string): number {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
  return left;
}
