// The forms of an answer. The lane goes by where the answer comes from; nothing that was fetched has a say in it.
import { canonical, type Json } from "../../core/base/canonical.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Anchor, Evidence } from "../../core/gate/evidence.ts";
import { type GatePlace, laneOf } from "../../core/gate/providers.ts";
import type { Value } from "../../core/gate/value.ts";

type Question = Pick<ConditionSpec, "provider" | "check">;

/** Only the caller's lane depends on the place; where that is not known, the place that believes least is meant. */
const LEAST: GatePlace = "validator";

/** `value` undefined: there is nothing there, which is no error. */
export function answered(
  asked: Question,
  value: Value | undefined,
  anchor: Anchor,
  place: GatePlace = LEAST,
): Evidence {
  const lane = laneOf(asked.provider, asked.check, place);
  return value === undefined ? { lane, anchor } : { lane, value, anchor };
}

/** `code` is `<provider>_<what>`; `message` is for the operator and never holds a value. */
export function failed(asked: Question, code: string, message: string, place: GatePlace = LEAST): Evidence {
  return { lane: laneOf(asked.provider, asked.check, place), error: { code, message } };
}

/** A question that the provider does not have. The policy is checked when it is loaded, so this is our own fault. */
export function unasked(asked: Question): Evidence {
  return failed(asked, `${asked.provider}_check`, `${asked.provider} has no check of that name`);
}

/** Canonical, so that two texts of one place cannot differ. */
export function anchorOf(type: string, fields: Readonly<Record<string, Json>>): Anchor {
  return { type, value: canonical(fields) };
}

/** A parameter as text. What is missing or of another type is our own fault: policies are checked at load. */
export function textParam(spec: ConditionSpec, name: string): string {
  const value = spec.params[name];
  if (typeof value !== "string") throw new TypeError(`${spec.provider}.${spec.check} needs ${name}`);
  return value;
}
