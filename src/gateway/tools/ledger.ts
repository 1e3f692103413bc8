// What the corridor counts and records: calls with their cost, refusals over a limit, and what writes still owe.
import type { AuditNote } from "../../core/audit/entry.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Excess, Store } from "../../io/store/store.ts";
import { costOf, exceeded, type Spent } from "./call-gate.ts";
import { openFloods } from "./floods.ts";
import { note, refused, type Who } from "./notes.ts";
import type { Caller } from "./tool.ts";

/** Who calls, and the limits by which the call is counted. */
export type Metered = Who & Pick<Caller, "scope">;

export interface LedgerParts {
  readonly store: Pick<Store, "record" | "recordCall" | "excess">;
  readonly clock: Clock;
}

/** Throws Uncounted, and nothing else, when the store fails. */
export interface Ledger {
  /** Whether one more call is over a limit, while `open` others run. */
  excess(caller: Metered, open: number): Excess;
  /**
   * One call over a limit. Each refusal is a durable entry: answered as fast as they are asked for, they would fill the
   * disk. The first few of a minute are to be recorded (undefined); what is beyond is only counted, and this is its answer.
   */
  flood(caller: Metered, excess: NonNullable<Excess>): Refusal | undefined;
  /** Count a call with its cost and record `entry` in one transaction; over a limit, the refusal that was recorded instead. */
  record(caller: Metered, entry: AuditNote, spent: Spent): Refusal | undefined;
  /** Record what is no call of its own. */
  append(entry: AuditNote): void;
  /**
   * A write is recorded before its cost is known, so the next call of the same caller pays for it. A crash forgives what
   * has no next call yet.
   */
  owe(caller: Who, spent: Spent): void;
  /** Record the numbers of refusals that were only counted: those of minutes that are over, or all. */
  settle(all: boolean): void;
}

/** The store could not count or record a call of which nothing was disclosed yet. */
export class Uncounted extends Error {
  readonly failure: CountersignError;
  constructor(failure: CountersignError) {
    super("the store failed", { cause: failure });
    this.failure = failure;
  }
}

export const NOTHING: Spent = { bytes: 0, scanMillis: 0 };

export function openLedger({ store, clock }: LedgerParts): Ledger {
  const floods = openFloods(clock);
  const owed = new Map<string, Spent>();
  const owedBy = ({ principal }: Who): Spent => owed.get(principal) ?? NOTHING;
  return {
    excess: (caller, open) => counted(() => store.excess(costOf(caller, NOTHING), open)),
    flood(caller, excess) {
      const said = exceeded(excess, caller);
      return floods.meet(caller.principal, said.code) ? undefined : said;
    },
    record(caller, entry, spent) {
      const further = floods.latest(caller.principal);
      const cost = costOf(caller, sum(spent, owedBy(caller)));
      const { tool = null, arguments_sha256 = null } = entry.data;
      const over = counted(() =>
        store.recordCall(cost, entry, (excess) => {
          const said = refused(exceeded(excess, caller));
          return note("call.refused", caller, { tool, arguments_sha256, ...said, ...further });
        }),
      );
      if (over !== undefined) return exceeded(over, caller);
      owed.delete(caller.principal);
      return undefined;
    },
    append: (entry) => void counted(() => store.record(entry)),
    owe: (caller, spent) => void owed.set(caller.principal, sum(owedBy(caller), spent)),
    settle(all) {
      for (const due of floods.due(all)) counted(() => store.record(due));
    },
  };
}

function sum(a: Spent, b: Spent): Spent {
  return { bytes: a.bytes + b.bytes, scanMillis: a.scanMillis + b.scanMillis };
}

/** What the store does before anything is disclosed: when it fails nobody can be let in, and nobody is. */
function counted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isStorage(error) ? new Uncounted(error) : error;
  }
}

export function isStorage(error: unknown): error is CountersignError {
  return error instanceof CountersignError && error.code === "storage";
}
