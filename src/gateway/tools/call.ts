// The only corridor: every call of every door is measured, checked, gated, run, recorded and answered here.
import type { AuditNote } from "../../core/audit/entry.ts";
import { incidentFault } from "../../core/audit/incident.ts";
import { utf8Length } from "../../core/base/bytes.ts";
import { sha256 } from "../../core/base/digest.ts";
import type { CountersignError } from "../../core/base/failure.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Log } from "../../io/log/log.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import { isLimited } from "../../core/identity/scope.ts";
import type { GateView } from "../gates/view.ts";
import { type Breakage, broken, failed, type Failing } from "./breakage.ts";
import {
  type CallGateParts,
  exceeded,
  gateOf,
  judgeAgain,
  judgeCall,
  type Judged,
  judgePolicy,
  type Spent,
} from "./call-gate.ts";
import { type Ledger, type LedgerParts, type Metered, NOTHING, openLedger, Uncounted } from "./ledger.ts";
import { note, refused, shown, told } from "./notes.ts";
import type { Answer, Caller, Ran } from "./tool.ts";
import { openTurns, type Turn, type Turns } from "./turns.ts";

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
  /** Where a gate of the policy holds the call: what the caller may learn of it. */
  readonly gate?: GateView | undefined;
}

export interface CorridorParts extends CallGateParts, LedgerParts {
  readonly log: Log;
  /** The store failed: the process must stop with exit code 74. */
  readonly fatal: (error: CountersignError) => void;
  /** A call was over its caller's limit: hold the caller's further input back for a while, if there is a way to. */
  readonly flooded?: () => void;
}

interface Opened extends CorridorParts {
  readonly turns: Turns;
  readonly ledger: Ledger;
}

export interface Corridor {
  call(name: string, args: unknown, caller: Caller): Promise<Outcome>;
  /**
   * Record what could not even become a call (bytes that are no request), and hand the refusal back; `gate` as in a
   * denial, where one of the policy holds.
   */
  reject(what: string, said: Refusal, caller: Metered, gate?: GateView): Denial;
  /** Why nobody is answered anything now, also beside calls: an incident stops everything. */
  stopped(): Refusal | undefined;
}

/** The corridor, for who opened it. */
export interface OwnCorridor extends Corridor {
  /**
   * Record the numbers of refusals that were only counted. Calls do that for minutes that are over; to be called when
   * the corridor is given up. Throws `storage`.
   */
  settle(): void;
}

export function openCorridor(given: CorridorParts): OwnCorridor {
  const parts: Opened = { ...given, turns: openTurns(), ledger: openLedger(given) };
  let halted: Breakage | undefined;
  const guard = <T>(failing: Failing, work: () => T, otherwise: (denial: Denial) => T): T => {
    // After a failed write nothing more is disclosed, even if the next write seemed to work.
    if (halted !== undefined) return otherwise(refusedBy(broken(failing.name, halted)));
    try {
      return work();
    } catch (error) {
      return otherwise(fail(failing, error));
    }
  };
  const fail = (failing: Failing, error: unknown): Denial => {
    const code = error instanceof Uncounted ? "limiter_unavailable" : "internal";
    const said = broken(failing.name, code);
    const storage = failed(parts, failing, error, said);
    if (storage !== undefined) {
      halted ??= code;
      parts.fatal(storage);
    }
    return refusedBy(said);
  };
  return {
    call(name, args, caller) {
      const failing = { name, args, caller };
      const work = (): Promise<Outcome> =>
        walk(parts, name, args, caller).catch((error: unknown) => fail(failing, error));
      return guard<Promise<Outcome>>(failing, work, (denial) => Promise.resolve(denial));
    },
    reject(...fault) {
      const [name, , caller] = fault;
      const work = (): Denial => rejected(parts, ...fault);
      return guard<Denial>({ name, caller }, work, (other) => other);
    },
    stopped: () => incidentFault(parts.incidents.open(), "everything"),
    settle() {
      if (halted === undefined) settled(parts);
    },
  };
}

function settled({ ledger }: Opened): void {
  try {
    ledger.settle(true);
  } catch (error) {
    throw error instanceof Uncounted ? error.failure : error;
  }
}

async function walk(parts: Opened, name: string, args: unknown, caller: Caller): Promise<Outcome> {
  const { ledger, turns } = parts;
  ledger.settle(false);
  // A flood is refused before it costs work, also one of calls side by side: what runs and is not recorded yet counts.
  const excess = ledger.excess(caller, turns.open(caller.principal));
  const judged = judgeCall(parts, name, args, caller, excess);
  const { tool, decision, prepared, measured } = judged;
  if (excess !== undefined) {
    parts.flooded?.();
    const counted = ledger.flood(caller, excess);
    if (counted !== undefined) return { kind: "refused", refusal: counted };
    // It counts too, and must not take the place of a read that was let in and is not counted yet.
    await turns.idle(caller.principal);
  }
  if (!decision.allowed || tool === undefined || prepared?.ok !== true || !measured.ok)
    return turns.hold(caller.principal, () => denied(parts, judged, caller));
  const call = { ...caller, argumentsDigest: measured.value.digest };
  const run = async (): Promise<Ran> => prepared.value.run(call);
  const policy = gateOf(parts, tool);
  if (tool.effect === "read")
    return turns.take(caller.principal, (turn) => reading(parts, { judged, caller, run, policy, ...turn }));
  // What asks for evidence takes a turn. Every call is open until it is recorded: one not counted yet must be seen by the next.
  const begun =
    policy === undefined
      ? await turns.hold(caller.principal, () => begin(parts, judged, caller))
      : await turns.take(caller.principal, async ({ waited }) =>
          begin(parts, await admitted(parts, { judged, caller, policy, waited }), caller),
        );
  return begun ?? writing(parts, judged, caller, run);
}

/** The recorded no to a call that does not get to its handler. */
function denied(parts: Opened, { decision, facts, gate }: Judged, caller: Caller): Promise<Outcome> {
  const said = decision.allowed ? refusal("gate_held", "the call was not prepared") : decision.refusal;
  const entry = note("call.refused", caller, { ...facts, ...refused(said, gate) });
  return record<Outcome>(parts, caller, entry, {
    kind: said.code === "tool_unknown" ? "fault" : "refused",
    refusal: told(said, gate),
    gate,
  });
}

interface Own {
  readonly judged: Judged;
  readonly caller: Caller;
  readonly policy: PolicyGate | undefined;
  readonly waited: boolean;
}

/** The call as it is judged when its turn has come. */
async function admitted(parts: Opened, { judged, caller, policy, waited }: Own): Promise<Judged> {
  // Others of the same caller may have used up the budget meanwhile: no more is overdrawn than runs at once. Calls in a
  // minute were counted with all that were open when this one came.
  const excess = waited && isLimited(caller.scope.budget) ? parts.ledger.excess(caller, 0) : undefined;
  if (excess !== undefined) {
    const { gate, trace } = judged.decision;
    return { ...judged, decision: { allowed: false, gate, trace, refusal: exceeded(excess, caller) } };
  }
  if (policy !== undefined) return judgePolicy(parts, judged, policy, caller);
  return waited ? judgeAgain(parts, judged) : judged;
}

function rejected(parts: Opened, ...[what, said, caller, gate]: Parameters<Corridor["reject"]>): Denial {
  const { ledger } = parts;
  ledger.settle(false);
  const excess = ledger.excess(caller, 0);
  const counted = excess === undefined ? undefined : ledger.flood(caller, excess);
  if (counted !== undefined) {
    parts.flooded?.();
    return { kind: "refused", refusal: counted };
  }
  const entry = note("call.refused", caller, { tool: shown(what), ...refused(said, gate) });
  const over = ledger.recordNow(caller, entry);
  if (over === undefined) return { kind: "fault", refusal: told(said, gate), gate };
  parts.flooded?.();
  return { kind: "refused", refusal: over };
}

type Run = () => Promise<Ran>;

/** A read discloses: the entry with the digest of the result is durable before the result leaves. */
async function reading(parts: Opened, turn: Own & Turn & { readonly run: Run }): Promise<Outcome> {
  const { caller, run } = turn;
  const judged = await admitted(parts, turn);
  if (!judged.decision.allowed) return denied(parts, judged, caller);
  const { facts } = judged;
  const result = await run();
  // Who has a budget keeps the room until this one has used it up: no more is overdrawn than runs at once.
  if (!isLimited(caller.scope.budget)) turn.leave();
  if (!result.ok) {
    const { refusal: said, gate } = result;
    const entry = note("call.refused", caller, { ...facts, ...result.audit, ...refused(said, gate) });
    const denial: Denial = { kind: "refused", refusal: told(said, gate), gate };
    return record<Outcome>(parts, caller, entry, denial, spentOn(undefined, result.scanMillis));
  }
  const { value } = result;
  const answer = answered(value);
  const digest = { result_sha256: sha256(answer.text) };
  const entry = note("call.allowed", caller, { ...facts, ...value.audit, ...digest });
  return record<Outcome>(parts, caller, entry, answer, spentOn(answer, value.scanMillis));
}

/** A write is recorded before its effect. Undefined: it is, and may have it. */
async function begin(parts: Opened, judged: Judged, caller: Caller): Promise<Outcome | undefined> {
  if (!judged.decision.allowed) return denied(parts, judged, caller);
  return record(parts, caller, note("call.allowed", caller, judged.facts), undefined);
}

/** The effect of a write brings its own entry, a refusal gets one here. */
async function writing(parts: Opened, { facts }: Judged, caller: Caller, run: Run): Promise<Outcome> {
  const { ledger } = parts;
  const result = await run();
  if (result.ok) {
    const answer = answered(result.value);
    ledger.owe(caller, spentOn(answer, result.value.scanMillis));
    return answer;
  }
  ledger.owe(caller, spentOn(undefined, result.scanMillis));
  const { refusal: said, gate, audit, recorded } = result;
  if (recorded !== true)
    ledger.append(note("call.refused", caller, { ...facts, ...audit, ...refused(said, gate) }));
  return { kind: "refused", refusal: told(said, gate), gate };
}

function spentOn(answer: Disclosure | undefined, scanMillis = 0): Spent {
  return { bytes: answer === undefined ? 0 : utf8Length(answer.text), scanMillis };
}

/** Record and count, then hand out `outcome`; over the store's limit, the refusal instead. */
async function record<T extends Outcome | undefined>(
  parts: Opened,
  caller: Metered,
  entry: AuditNote,
  outcome: T,
  spent: Spent = NOTHING,
): Promise<T | Denial> {
  const over = await parts.ledger.record(caller, entry, spent);
  if (over === undefined) return outcome;
  parts.flooded?.();
  return { kind: "refused", refusal: over };
}

function refusedBy(said: Refusal): Denial {
  return { kind: "refused", refusal: said };
}

function answered({ output }: Answer): Disclosure {
  return { kind: "answer", output, text: JSON.stringify(output) };
}
