// The loop behind `audit ship`: read, check, deliver, move the cursor; wait and try again until told to stop.
import { type ChainState, type ChainStep, checkEntry } from "../../core/audit/chain.ts";
import type { AuditEntry } from "../../core/audit/entry.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { resume, type ShipFault, type Shipped, shippedAt } from "../../core/audit/ship.ts";
import type { Followed, Span } from "../../io/store/sqlite/follow.ts";
import type { Cursor } from "./cursor.ts";
import type { Delivery, Sink } from "./sink.ts";

/** Entries and bytes of lines in one delivery; memory holds one of them. */
const MAX_ROWS = 500;
const MAX_BYTES = 1_048_576;
/** Between two looks at a log that has nothing new. */
const LOOK_MS = 1000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;
/** With `once`, the failures in a row after which it is given up. */
const TRIES = 5;

export interface PumpParts {
  readonly rows: (span: Span) => Followed;
  readonly sink: Sink;
  readonly cursor: Pick<Cursor, "move">;
  /** The entry that was shipped last, if any. */
  readonly last: Shipped | undefined;
  /** With a key, every encrypted entry has to open. */
  readonly keys: AuditKeys;
  readonly encode: (checked: Checked) => string;
  /** Ship what is there, then end. */
  readonly once: boolean;
  readonly stopped: () => boolean;
  /** Resolves after so many milliseconds, or when it is time to stop. */
  readonly sleep: (millis: number) => Promise<void>;
  /** Between 0 and 1: those who failed together shall not come back together. */
  readonly chance: () => number;
  readonly told: (news: News) => void;
}

export type News =
  | { readonly kind: "shipped"; readonly entries: number; readonly last: Shipped }
  | { readonly kind: "waiting"; readonly why: string; readonly millis: number };

export type Outcome =
  | { readonly kind: "stopped" | "done"; readonly entries: number; readonly last: Shipped | undefined }
  | {
      readonly kind: "gave-up";
      readonly entries: number;
      readonly last: Shipped | undefined;
      readonly why: string;
    }
  /** The log does not hold at `position`: nothing from there on was shipped. */
  | {
      readonly kind: "broken";
      readonly entries: number;
      readonly last: Shipped | undefined;
      readonly fault: Broken;
    };

type Broken = Omit<ShipFault, "code"> & { readonly code: ShipFault["code"] | "UNREADABLE" };

/** An entry that follows the one before. */
export interface Checked {
  readonly line: string;
  readonly shipped: Shipped;
  /** Undefined when it is encrypted and there is no key. */
  readonly entry: AuditEntry | undefined;
}

interface Batch {
  readonly rows: readonly Checked[];
  readonly fault: ShipFault | undefined;
  /** More may be waiting. */
  readonly full: boolean;
}

/** How many failures in a row, and how many entries are tried at once since the other side said that it is too much. */
interface Trouble {
  failures: number;
  width: number;
}

export async function pump(parts: PumpParts): Promise<Outcome> {
  const { cursor, once, stopped, told } = parts;
  const trouble: Trouble = { failures: 0, width: MAX_ROWS };
  let { last } = parts;
  let entries = 0;
  while (!stopped()) {
    const read = readOn(parts, last, trouble.width);
    if (!read.ok) return { kind: "broken", entries, last, fault: unreadable(last, read.why) };
    const { rows, fault, full } = read.batch;
    const end = rows.at(-1);
    if (end === undefined) {
      if (fault !== undefined) return { kind: "broken", entries, last, fault };
      if (once) return { kind: "done", entries, last };
      await parts.sleep(LOOK_MS);
      continue;
    }
    const why = await attempt(parts, rows, trouble);
    if (why === undefined) {
      last = end.shipped;
      entries += rows.length;
      await cursor.move(last);
      told({ kind: "shipped", entries, last });
      // Who keeps up does not run after each entry: every move of the cursor is an fsync on the disk that calls wait for.
      if (!full && !once && fault === undefined) await parts.sleep(LOOK_MS);
    } else if (once && trouble.failures >= TRIES) return { kind: "gave-up", entries, last, why };
  }
  return { kind: "stopped", entries, last };
}

/** Undefined when it was delivered, else why not; has waited then as long as it takes. */
async function attempt(parts: PumpParts, rows: Batch["rows"], trouble: Trouble): Promise<string | undefined> {
  const delivery = await parts.sink.deliver(rows.map(parts.encode));
  if (delivery.kind === "delivered") {
    Object.assign(trouble, { failures: 0, width: Math.min(trouble.width * 2, MAX_ROWS) });
    return undefined;
  }
  if (delivery.kind === "large" && rows.length > 1) {
    // A part of it may well be taken: nothing has failed yet.
    trouble.width = Math.floor(rows.length / 2);
    return delivery.why;
  }
  trouble.failures += 1;
  if (parts.once && trouble.failures >= TRIES) return delivery.why;
  const millis = pauseMs(delivery, trouble.failures, parts.chance());
  if (!parts.stopped()) parts.told({ kind: "waiting", why: delivery.why, millis });
  await parts.sleep(millis);
  return delivery.why;
}

/** Doubled with each failure up to a minute, between half and all of it; never less than the other side asked for. */
function pauseMs(
  delivery: Exclude<Delivery, { kind: "delivered" }>,
  failures: number,
  chance: number,
): number {
  const afterMs = delivery.kind === "failed" ? delivery.afterMs : undefined;
  const whole = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 16), LONGEST_PAUSE_MS);
  return Math.max(Math.ceil(whole * (0.5 + chance / 2)), afterMs ?? 0);
}

type Read = { readonly ok: true; readonly batch: Batch } | { readonly ok: false; readonly why: string };

/** The next entries behind `last`, which is read again each time: should the log be set back, it is gone or another one. */
function readOn({ rows: look, keys }: PumpParts, last: Shipped | undefined, width: number): Read {
  const known = last === undefined ? 0 : 1;
  const found = look({ from: last?.position ?? 0, maxRows: width + known, maxBytes: MAX_BYTES });
  if (!found.ok) return found;
  const resumed = resume(last, found.rows[0]);
  if (!resumed.ok) return { ok: true, batch: { rows: [], fault: resumed.fault, full: false } };
  const rows: Checked[] = [];
  let { state }: { state: ChainState } = resumed;
  for (const row of found.rows.slice(known)) {
    const step = checkEntry(state, row, keys);
    // What holds before it is shipped first; the next look begins with the fault.
    if (!step.ok)
      return {
        ok: true,
        batch: { rows, fault: { ...sayingOf(step), position: state.position }, full: false },
      };
    ({ state } = step);
    const shipped = shippedAt(state);
    if (shipped !== undefined) rows.push({ line: row.line, shipped, entry: step.entry });
  }
  return { ok: true, batch: { rows, fault: undefined, full: found.full } };
}

function sayingOf({ code, expected, actual }: ChainStep & { ok: false }): Omit<ShipFault, "position"> {
  return { code, message: `expected ${expected}, found ${actual}` };
}

function unreadable(last: Shipped | undefined, message: string): Broken {
  return { code: "UNREADABLE", position: last === undefined ? 0 : last.position + 1, message };
}
