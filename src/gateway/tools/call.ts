// The only corridor: every call of every door is measured, checked, gated, run, recorded and answered here.
import type { AuditNote } from "../../core/audit/entry.ts";
import { utf8Length } from "../../core/base/bytes.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Log } from "../../io/log/log.ts";
import type { Excess, Store } from "../../io/store/store.ts";
import { type CallGateParts, costOf, exceeded, judgeCall, type Judged, type Spent } from "./call-gate.ts";
import { type Floods, openFloods } from "./floods.ts";
import { note, refused, shown, type Who } from "./notes.ts";
import type { Answer, Caller, Ran } from "./tool.ts";
import { openTurns, type Turns } from "./turns.ts";

export type Outcome = Disclosure | Denial;

export interface Disclosure {
  readonly kind: "answer";
  readonly output: Readonly<Record<string, unknown>>;
  /** `output` as JSON. */
  readonly text: string;
}

export interface Denial {
  /** `fault`: not a call of a tool at all; a protocol answers it with an error of its own. */
  readonly kind: "refused" | "fault";
  readonly refusal: Refusal;
}

export interface CorridorParts extends CallGateParts {
  readonly store: Pick<Store, "record" | "recordCall" | "excess">;
  readonly clock: Clock;
  readonly log: Log;
  /** The store failed: the process must stop with exit code 74. */
  readonly fatal: (error: CountersignError) => void;
  /** A call was over its caller's limit: hold the caller's further input back for a while, if there is a way to. */
  readonly flooded?: () => void;
}

/** Who calls, and the limits by which the call is counted. */
export type Metered = Who & Pick<Caller, "scope">;

const NOTHING: Spent = { bytes: 0, scanMillis: 0 };

interface Opened extends CorridorParts {
  readonly turns: Turns;
  readonly floods: Floods;
  /**
   * What writes cost their callers: a write is recorded before its cost is known, so the next call of the same caller
   * pays for it. A crash forgives what has no next call yet.
   */
  readonly owed: Map<string, Spent>;
}

export interface Corridor {
  call(name: string, args: unknown, caller: Caller): Promise<Outcome>;
  /** Record what could not even become a call (bytes that are no request), and hand the refusal back. */
  reject(what: string, said: Refusal, caller: Metered): Denial;
}

/** The corridor, for who opened it. */
export interface OwnCorridor extends Corridor {
  /**
   * Record the numbers of refusals that were only counted. Calls do that for minutes that are over; to be called before
   * the corridor is given up. Throws `storage`.
   */
  settle(): void;
}

/** The store could not count or record a call of which nothing was disclosed yet. */
class Uncounted extends Error {
  readonly failure: CountersignError;
  constructor(failure: CountersignError) {
    super("the store failed", { cause: failure });
    this.failure = failure;
  }
}

export function openCorridor(given: CorridorParts): OwnCorridor {
  const parts: Opened = {
    ...given,
    turns: openTurns(),
    floods: openFloods(given.clock),
    owed: new Map(),
  };
  let halted: Breakage | undefined;
  const guard = <T>(name: string, caller: Who, work: () => T, otherwise: (denial: Denial) => T): T => {
    // After a failed write nothing more is disclosed, even if the next write seemed to work.
    if (halted !== undefined) return otherwise(broken(name, halted));
    try {
      return work();
    } catch (error) {
      return otherwise(fail(name, caller, error));
    }
  };
  const fail = (name: string, caller: Who, error: unknown): Denial => {
    const code = error instanceof Uncounted ? "limiter_unavailable" : "internal";
    const denial = broken(name, code);
    const storage = failed(parts, name, caller, error, denial.refusal);
    if (storage !== undefined) {
      halted ??= code;
      parts.fatal(storage);
    }
    return denial;
  };
  return {
    call: (name, args, caller) =>
      guard<Promise<Outcome>>(
        name,
        caller,
        () => walk(parts, name, args, caller).catch((error: unknown) => fail(name, caller, error)),
        (denial) => Promise.resolve(denial),
      ),
    reject: (what, said, caller) =>
      guard<Denial>(
        what,
        caller,
        () => rejected(parts, what, said, caller),
        (other) => other,
      ),
    settle() {
      if (halted === undefined) for (const due of parts.floods.due(true)) parts.store.record(due);
    },
  };
}

async function walk(parts: Opened, name: string, args: unknown, caller: Caller): Promise<Outcome> {
  recordDue(parts);
  const judged = judgeCall(
    parts,
    name,
    args,
    caller,
    excessOf(parts, caller, parts.turns.open(caller.principal)),
  );
  const { tool, decision, prepared, measured } = judged;
  if (judged.excess !== undefined) {
    const flood = overLimit(parts, caller, judged.excess);
    if (flood !== undefined) return flood;
    parts.flooded?.();
    // It counts too, and must not take the place of a read that was let in and is not counted yet.
    await parts.turns.idle(caller.principal);
  }
  if (!decision.allowed || tool === undefined || prepared?.ok !== true || !measured.ok) {
    const said = decision.allowed ? refusal("gate_held", "the call was not prepared") : decision.refusal;
    const entry = note("call.refused", caller, { ...judged.facts, ...refused(said) });
    return record(parts, caller, entry, {
      kind: said.code === "tool_unknown" ? "fault" : "refused",
      refusal: said,
    });
  }
  const call = { ...caller, argumentsDigest: measured.value.digest };
  const run = async (): Promise<Ran> => prepared.value.run(call);
  if (tool.effect === "write") return writing(parts, judged, caller, run);
  return parts.turns.take(caller.principal, (waited) => reading(parts, judged, caller, run, waited));
}

function rejected(parts: Opened, what: string, said: Refusal, caller: Metered): Denial {
  recordDue(parts);
  const excess = excessOf(parts, caller, 0);
  const flood = excess === undefined ? undefined : overLimit(parts, caller, excess);
  if (flood !== undefined) return flood;
  const entry = note("call.refused", caller, { tool: shown(what), ...refused(said) });
  return record<Denial>(parts, caller, entry, { kind: "fault", refusal: said });
}

type Run = () => Promise<Ran>;

/** A read discloses: the entry with the digest of the result is durable before the result leaves. */
async function reading(
  parts: Opened,
  { facts }: Judged,
  caller: Caller,
  run: Run,
  waited: boolean,
): Promise<Outcome> {
  // Others of the same caller may have used up the budget meanwhile: no more is overdrawn than runs at once.
  const excess = waited ? excessOf(parts, caller, 0) : undefined;
  const result: Ran = excess === undefined ? await run() : { ok: false, refusal: exceeded(excess, caller) };
  if (!result.ok) {
    const entry = note("call.refused", caller, { ...facts, ...refused(result.refusal) });
    const spent = { bytes: 0, scanMillis: result.scanMillis ?? 0 };
    return record<Outcome>(parts, caller, entry, { kind: "refused", refusal: result.refusal }, spent);
  }
  const answer = answered(result.value);
  const digest = { result_sha256: sha256(answer.text) };
  const entry = note("call.allowed", caller, { ...facts, ...result.value.audit, ...digest });
  return record<Outcome>(parts, caller, entry, answer, spentOn(answer, result.value));
}

/** A write has an effect: the call is recorded before it, the effect brings its own entry, a refusal gets one here. */
async function writing(parts: Opened, { facts }: Judged, caller: Caller, run: Run): Promise<Outcome> {
  const before = record(parts, caller, note("call.allowed", caller, facts), undefined);
  if (before !== undefined) return before;
  const result = await run();
  if (result.ok) {
    const answer = answered(result.value);
    owe(parts, caller, spentOn(answer, result.value));
    return answer;
  }
  owe(parts, caller, { bytes: 0, scanMillis: result.scanMillis ?? 0 });
  if (result.recorded !== true) {
    const entry = note("call.refused", caller, { ...facts, ...refused(result.refusal) });
    counted(() => parts.store.record(entry));
  }
  return { kind: "refused", refusal: result.refusal };
}

function spentOn({ text }: Disclosure, { scanMillis = 0 }: Answer): Spent {
  return { bytes: utf8Length(text), scanMillis };
}

function sum(a: Spent, b: Spent): Spent {
  return { bytes: a.bytes + b.bytes, scanMillis: a.scanMillis + b.scanMillis };
}

function owe({ owed }: Opened, { principal }: Who, spent: Spent): void {
  owed.set(principal, sum(owed.get(principal) ?? NOTHING, spent));
}

/** Record and count in one transaction, then hand out `outcome`; over the store's limit, the refusal instead. */
function record<T extends Outcome | undefined>(
  parts: Opened,
  caller: Metered,
  entry: AuditNote,
  outcome: T,
  spent: Spent = NOTHING,
): T | Denial {
  const { tool = null, arguments_sha256 = null } = entry.data;
  const { principal } = caller;
  const cost = costOf(caller, sum(spent, parts.owed.get(principal) ?? NOTHING));
  const further = parts.floods.latest(principal);
  const over = counted(() =>
    parts.store.recordCall(cost, entry, (excess) =>
      note("call.refused", caller, {
        tool,
        arguments_sha256,
        ...refused(exceeded(excess, caller)),
        ...further,
      }),
    ),
  );
  if (over === undefined) {
    parts.owed.delete(principal);
    return outcome;
  }
  parts.flooded?.();
  return { kind: "refused", refusal: exceeded(over, caller) };
}

/**
 * Each refusal is a durable entry: answered as fast as they are asked for, they would fill the disk. What is beyond the
 * first few of a minute is answered from memory, and counted.
 */
function overLimit(parts: Opened, caller: Metered, excess: NonNullable<Excess>): Denial | undefined {
  const said = exceeded(excess, caller);
  if (parts.floods.meet(caller.principal, said.code)) return undefined;
  parts.flooded?.();
  return { kind: "refused", refusal: said };
}

/** Whether one more call is over a limit, while `open` others run. */
function excessOf({ store }: Opened, caller: Metered, open: number): Excess {
  return counted(() => store.excess(costOf(caller, NOTHING), open));
}

function recordDue({ floods, store }: Opened): void {
  for (const due of floods.due(false)) counted(() => store.record(due));
}

/** What the store does before anything is disclosed: when it fails nobody can be let in, and nobody is. */
function counted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isStorage(error) ? new Uncounted(error) : error;
  }
}

/** Any throw is a no, and is recorded. Returns the failure of the store, when it was that. */
function failed(
  parts: CorridorParts,
  name: string,
  caller: Who,
  error: unknown,
  said: Refusal,
): CountersignError | undefined {
  parts.log.error({ error, ref: said.ref, tool: shown(name) }, "a call failed");
  if (error instanceof Uncounted) return error.failure;
  if (isStorage(error)) return error;
  try {
    parts.store.record(note("call.refused", caller, { tool: shown(name), ...refused(said) }));
    return undefined;
  } catch (cause) {
    return isStorage(cause)
      ? cause
      : new CountersignError("storage", "a refusal could not be recorded", { cause });
  }
}

type Breakage = "internal" | "limiter_unavailable";

function broken(name: string, code: Breakage): Denial {
  const message =
    code === "internal"
      ? "something failed inside; nothing was disclosed"
      : "the call could not be counted and recorded; nothing was disclosed";
  return { kind: "refused", refusal: refusal(code, message, shown(name)) };
}

function isStorage(error: unknown): error is CountersignError {
  return error instanceof CountersignError && error.code === "storage";
}

function answered({ output }: Answer): Disclosure {
  return { kind: "answer", output, text: JSON.stringify(output) };
}
