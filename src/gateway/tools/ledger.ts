// What the corridor counts and records: calls with their cost, refusals over a limit, and what writes still owe.
import type { AuditData, AuditNote } from "../../core/audit/entry.ts";
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
  readonly store: Pick<Store, "record" | "recordCall" | "recordCallNow" | "excess">;
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
  record(caller: Metered, entry: AuditNote, spent: Spent): Promise<Refusal | undefined>;
  /** The same for what costs nothing but its entry, done when it returns: a door that sends now cannot wait. */
  recordNow(caller: Metered, entry: AuditNote): Refusal | undefined;
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
  const owe = (caller: Who, spent: Spent): void =>
    void owed.set(caller.principal, sum(owedBy(caller), spent));
  const insteadOf = (caller: Metered, entry: AuditNote) =>
    overLimit(caller, entry, floods.latest(caller.principal));
  return {
    excess: (caller, open) => counted(() => store.excess(costOf(caller, NOTHING), open)),
    flood(caller, excess) {
      const said = exceeded(excess, caller);
      return floods.meet(caller.principal, said.code) ? undefined : said;
    },
    async record(caller, entry, spent) {
      const debt = owedBy(caller);
      // What two calls side by side both paid would be paid twice; a debt is taken over by one.
      owed.delete(caller.principal);
      const cost = costOf(caller, sum(spent, debt));
      const over = await countedLater(() => store.recordCall(cost, entry, insteadOf(caller, entry)));
      if (over === undefined) return undefined;
      owe(caller, debt);
      return exceeded(over, caller);
    },
    recordNow(caller, entry) {
      const cost = costOf(caller, owedBy(caller));
      const over = counted(() => store.recordCallNow(cost, entry, insteadOf(caller, entry)));
      if (over !== undefined) return exceeded(over, caller);
      owed.delete(caller.principal);
      return undefined;
    },
    append: (entry) => void counted(() => store.record(entry)),
    owe,
    settle(all) {
      for (const due of floods.due(all)) counted(() => store.record(due));
    },
  };
}

/** The entry of a call that is over a limit when it is counted. */
function overLimit(
  caller: Metered,
  { data }: AuditNote,
  further: AuditData,
): (excess: NonNullable<Excess>) => AuditNote {
  const { tool = null, arguments_sha256 = null } = data;
  return (excess) => {
    const said = refused(exceeded(excess, caller));
    return note("call.refused", caller, { tool, arguments_sha256, ...said, ...further });
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
    return uncounted(error);
  }
}

async function countedLater<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return uncounted(error);
  }
}

function uncounted(error: unknown): never {
  throw isStorage(error) ? new Uncounted(error) : error;
}

export function isStorage(error: unknown): error is CountersignError {
  return error instanceof CountersignError && error.code === "storage";
}
