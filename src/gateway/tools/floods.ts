// Bounds what a flood writes: a few refusals of a caller are recorded one by one, the others of that minute as a number.
import type { AuditData, AuditNote } from "../../core/audit/entry.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import { type Clock, instant } from "../../core/base/time.ts";

/** Refusals over a limit that get an entry of their own, of one principal in one minute. */
const RECORDED = 10;

const MINUTE = 60_000;

interface Minute {
  readonly since: number;
  recorded: number;
  counted: number;
  reason: Refusal["code"];
}

export interface Floods {
  /** One more refusal over a limit. True when it is to have an entry of its own; false when it was counted here. */
  meet(principal: string, reason: Refusal["code"]): boolean;
  /**
   * For the entry of a refusal: the last of its own says that more may follow, so that the fact outlives a crash in
   * which the number is lost.
   */
  latest(principal: string): AuditData;
  /** The numbers that are due, and forgotten here: those of minutes that are over, or all. */
  due(all: boolean): readonly AuditNote[];
}

/** Of one entry for each principal that is over a limit in this minute, so bounded by those who proved who they are. */
export function openFloods(clock: Clock): Floods {
  const minutes = new Map<string, Minute>();
  return {
    meet(principal, reason) {
      const minute = minutes.get(principal) ?? { since: clock(), recorded: 0, counted: 0, reason };
      minutes.set(principal, minute);
      minute.reason = reason;
      if (minute.recorded === RECORDED) {
        minute.counted += 1;
        return false;
      }
      minute.recorded += 1;
      return true;
    },
    latest: (principal) => (minutes.get(principal)?.recorded === RECORDED ? { further: "counted" } : {}),
    due(all) {
      if (minutes.size === 0) return [];
      const now = clock();
      // A clock that was set back must not keep a minute open for hours.
      const over = [...minutes].filter(([, { since }]) => all || now < since || now - since >= MINUTE);
      for (const [principal] of over) minutes.delete(principal);
      return over.flatMap(([principal, minute]) =>
        minute.counted === 0 ? [] : [noteOf(principal, minute, now)],
      );
    },
  };
}

function noteOf(principal: string, { since, counted, reason }: Minute, now: number): AuditNote {
  const data = { reason, count: counted, since: instant(since), until: instant(now) };
  return { event: "access.suppressed", actor: { principal }, data };
}
