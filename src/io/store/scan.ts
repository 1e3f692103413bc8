// Driving a walk over the rows of a log: to the first fault or through all of them, never by an exception.
import {
  type Fault,
  LogWalk,
  type WalkedShard,
  type WalkOptions,
  type WalkRow,
} from "../../core/audit/log-walk.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";

export interface Scanned {
  readonly shards: readonly WalkedShard[];
  readonly walk: LogWalk;
  /** In the order of the log; at most one without `all`. */
  readonly faults: readonly Fault[];
  /** Faults that are not listed any more. */
  readonly further: number;
  /** Why it could not be read to its end. */
  readonly unreadable: string | undefined;
}

export interface ScanOptions extends WalkOptions {
  /** Go on behind a fault. */
  readonly all?: boolean;
  /** Called on the way with the number of entries. */
  readonly progress?: ((entries: number) => void) | undefined;
}

const PROGRESS_EVERY = 8192;
const MOST_FAULTS = 1000;

export function scanLog(open: () => Iterable<WalkRow>, options: ScanOptions = {}): Scanned {
  const walk = new LogWalk(options);
  const list = new Faults();
  let unreadable: string | undefined;
  try {
    for (const row of open()) {
      const isOver = step(walk, row, list, options);
      if (isOver && options.all !== true) break;
    }
    list.end();
  } catch (cause) {
    // There is no log: that is "cannot tell", and no damage.
    if (cause instanceof CountersignError) throw cause;
    // Messages of SQLite quote what is in the file, which may be meant for the reader's terminal.
    unreadable = printable(cause instanceof Error ? cause.message : String(cause));
  }
  const { faults, further } = list;
  return { shards: walk.end(), walk, faults, further, unreadable };
}

/** Whether a fault is certain. */
function step(walk: LogWalk, row: WalkRow, list: Faults, { all, progress }: ScanOptions): boolean {
  if (list.follow() && all !== true) return true;
  const fault = walk.take(row);
  if (fault === undefined) {
    if (walk.entries % PROGRESS_EVERY === 0) progress?.(walk.entries);
    return false;
  }
  list.add(fault, fault.code === "BAD_JSON" && isCut(row.line));
  const again = all === true ? walk.resume(row) : undefined;
  if (again !== undefined) list.add(again, false);
  return list.faults.length > 0;
}

class Faults {
  readonly faults: Fault[] = [];
  further = 0;
  /** A line that is cut off: torn when nothing follows it, damaged when something does. */
  #cut: Fault | undefined;

  add(fault: Fault, isCutOff: boolean): void {
    if (isCutOff) this.#cut = fault;
    else if (this.faults.length < MOST_FAULTS) this.faults.push(fault);
    else this.further += 1;
  }

  /** Another row comes. */
  follow(): boolean {
    if (this.#cut !== undefined) this.add(this.#cut, false);
    const was = this.#cut !== undefined;
    this.#cut = undefined;
    return was;
  }

  end(): void {
    if (this.#cut !== undefined) this.add({ ...this.#cut, code: "TORN_TAIL" }, false);
    this.#cut = undefined;
  }
}

/** The beginning of an entry without its end. */
function isCut(line: string | null): boolean {
  return line !== null && (line === "" || line.startsWith("{")) && !line.endsWith("}");
}
