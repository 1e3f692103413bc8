// Small constructors that turn results and refusals into conditions of a gate.
import type { Refusal, Result } from "../base/refusal.ts";
import type { Condition } from "./decision.ts";

/** True when there is no refusal. */
export function unless(id: string, refusal: Refusal | undefined): Condition {
  return refusal === undefined ? { id, state: "true" } : { id, state: "false", refusal };
}

export function holds(id: string, result: Result<unknown>): Condition {
  return result.ok ? { id, state: "true" } : { id, state: "false", refusal: result.refusal };
}
