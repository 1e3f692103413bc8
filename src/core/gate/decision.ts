// What a gate is asked and what it answers. An allowing decision can only be made by evaluate.ts.
import type { Refusal } from "../base/refusal.ts";

/** Kleene's three values: a condition that could not be established is `unknown`, and unknown holds. */
export type TriState = "true" | "false" | "unknown";

export interface Condition {
  readonly id: string;
  readonly state: TriState;
  /** The refusal that is answered when this condition holds the gate. */
  readonly refusal?: Refusal | undefined;
}

/** A gate names the conditions that must all be true, in the order in which their refusals are reported. */
export interface Gate {
  readonly id: string;
  readonly requires: readonly string[];
}

export interface TraceLine {
  readonly id: string;
  readonly state: TriState;
}

declare const allowedBrand: unique symbol;

/** Proof that a gate was evaluated and every condition was true. Effects take it as an argument. */
export interface Allowed {
  readonly allowed: true;
  readonly gate: string;
  readonly trace: readonly TraceLine[];
  readonly [allowedBrand]: true;
}

export interface Denied {
  readonly allowed: false;
  readonly gate: string;
  readonly trace: readonly TraceLine[];
  readonly refusal: Refusal;
}

export type Decision = Allowed | Denied;
