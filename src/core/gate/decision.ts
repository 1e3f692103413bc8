// What a gate is asked and what it answers. An allowing decision can only be made by evaluate.ts.
import type { Refusal } from "../base/refusal.ts";
import type { Reason } from "../base/reason.ts";
import type { gate as gateReasons } from "../base/reason-gate.ts";
import type { Lane } from "../identity/scope.ts";
import type { PolicyGate } from "./condition.ts";
import type { Evidence, Trust } from "./evidence.ts";

/** Kleene's three values: a condition that could not be established is `unknown`, and unknown holds. */
export type TriState = "true" | "false" | "unknown";

/** A condition that the process established itself, such as "the signature verifies". */
export interface Condition {
  readonly id: string;
  readonly state: TriState;
  /** The refusal that is answered when this condition holds the gate. */
  readonly refusal?: Refusal | undefined;
}

/**
 * A gate names the conditions that must all be true, in the order in which their refusals are reported, and beside them
 * the policy's requirement tree, if it has one. The policy can add to what is required and takes nothing away.
 */
export interface Gate {
  readonly id: string;
  readonly requires: readonly string[];
  readonly policy?: PolicyGate | undefined;
}

/** Evidence by id of the condition, and the terms it is believed under. */
export interface Facts {
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly trust: Trust;
}

export type GateReason = Extract<Reason, keyof typeof gateReasons>;

/** A condition of the policy, judged. Exactly one reason where the state is not true. */
export interface Judged {
  readonly id: string;
  readonly state: TriState;
  readonly reason?: GateReason;
  /** Machine detail: `signature_invalid`, `json_file_not_found`. */
  readonly detail?: string;
  /** The lane that the evidence came in; missing where there was none. */
  readonly lane?: Lane;
  /** The lane that was asked for. */
  readonly minLane: Lane;
}

export interface TraceLine {
  readonly id: string;
  readonly state: TriState;
  readonly reason?: GateReason | undefined;
}

/** How the policy's tree came out; missing where the gate has none. */
export interface PolicyOutcome {
  readonly gate: PolicyGate;
  readonly state: TriState;
  readonly judged: readonly Judged[];
}

declare const allowedBrand: unique symbol;

/** Proof that a gate was evaluated and every condition was true. Effects take it as an argument. */
export interface Allowed {
  readonly allowed: true;
  readonly gate: string;
  /** The established conditions, then those of the policy. */
  readonly trace: readonly TraceLine[];
  readonly policy?: PolicyOutcome | undefined;
  readonly [allowedBrand]: true;
}

export interface Denied {
  readonly allowed: false;
  readonly gate: string;
  readonly trace: readonly TraceLine[];
  readonly policy?: PolicyOutcome | undefined;
  readonly refusal: Refusal;
}

export type Decision = Allowed | Denied;
