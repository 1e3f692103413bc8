// Bounds what is no call of a tool: listings, handshakes and documents cost time, and no limit of calls counts them.
import type { AuditNote } from "../../core/audit/entry.ts";
import { type Refusal, refusal, retryable } from "../../core/base/refusal.ts";
import { type Clock, instant } from "../../core/base/time.ts";
import type { Caller } from "./tool.ts";

/** So many times the calls of a minute: an agent lists once and calls often. */
const FACTOR = 10;

const MINUTE = 60_000;

type Metered = Pick<Caller, "principal" | "scope">;

interface Minute {
  readonly since: number;
  met: number;
  /** Refused and not recorded yet, since `from`. */
  refused: number;
  readonly from: number;
}

export interface Uncharged {
  /** Principals of the minute that runs. */
  readonly size: number;
  /** One more request; seconds to wait when it is over the limit, else 0. */
  wait(caller: Metered): number;
  /** The same for a door that refuses: the refusal, which is counted for the log and has no entry of its own. */
  meet(caller: Metered): Refusal | undefined;
  /** The numbers that are due, and forgotten here: those of minutes that are over, or all. */
  due(all: boolean): readonly AuditNote[];
}

/** In memory, one small row for each principal: bounded by those who proved who they are. */
export function openUncharged(clock: Clock): Uncharged {
  const minutes = new Map<string, Minute>();
  // A clock that was set back must not keep a minute open for hours.
  const isOver = ({ since }: Minute, now: number): boolean => now < since || now - since >= MINUTE;
  const minuteOf = (principal: string): Minute => {
    const now = clock();
    const known = minutes.get(principal);
    if (known !== undefined && !isOver(known, now)) return known;
    const { refused = 0, from = now } = known ?? {};
    const next = { since: now, met: 0, refused, from: refused > 0 ? from : now };
    minutes.set(principal, next);
    return next;
  };
  const wait: Uncharged["wait"] = ({ principal, scope }) => {
    const minute = minuteOf(principal);
    minute.met += 1;
    if (minute.met <= FACTOR * scope.limits.perMinute) return 0;
    return Math.max(1, Math.ceil((minute.since + MINUTE - clock()) / 1000));
  };
  return {
    get size() {
      return minutes.size;
    },
    wait,
    meet(caller) {
      const seconds = wait(caller);
      if (seconds === 0) return undefined;
      minuteOf(caller.principal).refused += 1;
      const most = FACTOR * caller.scope.limits.perMinute;
      return retryable(refusal("rate_calls", `more than ${most} requests in a minute`), seconds);
    },
    due(all) {
      const now = clock();
      const over = [...minutes].filter(([, minute]) => all || isOver(minute, now));
      for (const [principal] of over) minutes.delete(principal);
      return over.flatMap(([principal, minute]) =>
        minute.refused === 0 ? [] : [noteOf(principal, minute, now)],
      );
    },
  };
}

function noteOf(principal: string, { refused, from }: Minute, now: number): AuditNote {
  const times = { since: instant(from), until: instant(now) };
  const data = { reason: "rate_calls", what: "uncharged", count: refused, ...times };
  return { event: "access.suppressed", actor: { principal }, data };
}
