// The only corridor: every call of every door is measured, checked, gated, run, recorded and answered here.
import type { AuditNote } from "../../core/audit/entry.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Log } from "../../io/log/log.ts";
import type { CallCost, Store } from "../../io/store/store.ts";
import { type CallGateParts, costOf, exceeded, judgeCall, type Judged } from "./call-gate.ts";
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
  readonly log: Log;
  /** The store failed: the process must stop with exit code 74. */
  readonly fatal: (error: CountersignError) => void;
  /** A call was over its caller's limit: hold the caller's further input back for a while, if there is a way to. */
  readonly flooded?: () => void;
}

/** Who calls, and the limits by which the call is counted. */
export type Metered = Who & Pick<Caller, "scope">;

type Spent = Pick<CallCost, "bytes" | "scanMillis">;
const NOTHING: Spent = { bytes: 0, scanMillis: 0 };

type Opened = CorridorParts & { readonly turns: Turns };

export interface Corridor {
  call(name: string, args: unknown, caller: Caller): Promise<Outcome>;
  /** Record what could not even become a call (bytes that are no request), and hand the refusal back. */
  reject(what: string, said: Refusal, caller: Metered): Denial;
}

export function openCorridor(given: CorridorParts): Corridor {
  const parts: Opened = { ...given, turns: openTurns() };
  let halted = false;
  const guard = <T>(name: string, caller: Who, work: () => T, otherwise: (denial: Denial) => T): T => {
    // After a failed write nothing more is disclosed, even if the next write seemed to work.
    if (halted) return otherwise(internal(name));
    try {
      return work();
    } catch (error) {
      return otherwise(fail(name, caller, error));
    }
  };
  const fail = (name: string, caller: Who, error: unknown): Denial => {
    const storage = failed(parts, name, caller, error);
    if (storage !== undefined) {
      halted = true;
      parts.fatal(storage);
    }
    return internal(name);
  };
  return {
    call: (name, args, caller) =>
      guard<Promise<Outcome>>(
        name,
        caller,
        () => walk(parts, name, args, caller).catch((error: unknown) => fail(name, caller, error)),
        (denial) => Promise.resolve(denial),
      ),
    reject(what, said, caller) {
      const entry = note("call.refused", caller, { tool: shown(what), ...refused(said) });
      const denial: Denial = { kind: "fault", refusal: said };
      return guard<Denial>(
        what,
        caller,
        () => record(parts, caller, entry, denial),
        (other) => other,
      );
    },
  };
}

async function walk(parts: Opened, name: string, args: unknown, caller: Caller): Promise<Outcome> {
  const judged = judgeCall(parts, name, args, caller);
  const { tool, decision, prepared, measured } = judged;
  if (!judged.within) {
    // Each refusal is a durable entry: answered as fast as they are asked for, they would fill the disk.
    parts.flooded?.();
    // It counts too, and must not take the place of a read that was let in and is not counted yet.
    await parts.turns.idle(caller.principal);
  }
  if (!decision.allowed || tool === undefined || !prepared.ok || !measured.ok) {
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
  return parts.turns.take(caller.principal, () => reading(parts, judged, caller, run));
}

type Run = () => Promise<Ran>;

/** A read discloses: the entry with the digest of the result is durable before the result leaves. */
async function reading(parts: CorridorParts, { facts }: Judged, caller: Caller, run: Run): Promise<Outcome> {
  const result = await run();
  if (!result.ok) {
    const entry = note("call.refused", caller, { ...facts, ...refused(result.refusal) });
    return record(parts, caller, entry, { kind: "refused", refusal: result.refusal });
  }
  const answer = answered(result.value);
  const digest = { result_sha256: sha256(answer.text) };
  return record(
    parts,
    caller,
    note("call.allowed", caller, { ...facts, ...result.value.audit, ...digest }),
    answer,
  );
}

/** A write has an effect: the call is recorded before it, the effect brings its own entry, a refusal gets one here. */
async function writing(parts: CorridorParts, { facts }: Judged, caller: Caller, run: Run): Promise<Outcome> {
  const before = record(parts, caller, note("call.allowed", caller, facts), undefined);
  if (before !== undefined) return before;
  const result = await run();
  if (result.ok) return answered(result.value);
  if (result.recorded !== true)
    parts.store.record(note("call.refused", caller, { ...facts, ...refused(result.refusal) }));
  return { kind: "refused", refusal: result.refusal };
}

/** Record and count in one transaction, then hand out `outcome`; over the store's limit, the refusal instead. */
function record<T extends Outcome | undefined>(
  parts: CorridorParts,
  caller: Metered,
  entry: AuditNote,
  outcome: T,
  spent: Spent = NOTHING,
): T | Denial {
  const { tool = null, arguments_sha256 = null } = entry.data;
  const over = parts.store.recordCall({ ...costOf(caller), ...spent }, entry, (excess) =>
    note("call.refused", caller, { tool, arguments_sha256, ...refused(exceeded(excess, caller)) }),
  );
  if (over === undefined) return outcome;
  parts.flooded?.();
  return { kind: "refused", refusal: exceeded(over, caller) };
}

/** Any throw is a no, and is recorded. Returns the failure of the store, when it was that. */
function failed(
  parts: CorridorParts,
  name: string,
  caller: Who,
  error: unknown,
): CountersignError | undefined {
  const said = internal(name).refusal;
  parts.log.error({ error, ref: said.ref, tool: shown(name) }, "a call failed");
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

function internal(name: string): Denial {
  return {
    kind: "refused",
    refusal: refusal("internal", "something failed inside; nothing was disclosed", shown(name)),
  };
}

function isStorage(error: unknown): error is CountersignError {
  return error instanceof CountersignError && error.code === "storage";
}

function answered({ output }: Answer): Disclosure {
  return { kind: "answer", output, text: JSON.stringify(output) };
}
