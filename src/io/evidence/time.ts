// Provider time: the clock of the process that evaluates. A time that a caller names is a claim, and none of this.
import { compareMoments, type Moment, momentOf } from "../../core/gate/instants.ts";
import { valueOf } from "../../core/gate/value.ts";
import type { Clock } from "../../core/base/time.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { anchorOf, answered, failed, textParam, unasked } from "./answers.ts";
import type { EvidenceProvider } from "./provider.ts";

/**
 * `now` in milliseconds since 1970; `after` and `before` are strict, their `instant` is an RFC 3339 date-time or
 * milliseconds since 1970 as text; `weekday` 1 (Monday) … 7 and `hour` 0 … 23 in UTC. Errors: time_instant, time_clock.
 */
export function timeProvider(clock: Clock): EvidenceProvider {
  return { ask: (spec) => answer(spec, clock()) };
}

function answer(spec: ConditionSpec, now: number): Evidence {
  if (!Number.isSafeInteger(now)) return failed(spec, "time_clock", "the clock shows no time");
  const anchor = anchorOf("server_clock", { unix_millis: now });
  if (spec.check === "now") return answered(spec, valueOf(now), anchor);
  if (spec.check === "hour") return answered(spec, valueOf(new Date(now).getUTCHours()), anchor);
  if (spec.check === "weekday") return answered(spec, valueOf(new Date(now).getUTCDay() || 7), anchor);
  if (spec.check !== "after" && spec.check !== "before") return unasked(spec);
  const instant = instantOf(textParam(spec, "instant"));
  if (instant === undefined)
    return failed(
      spec,
      "time_instant",
      "instant is neither an RFC 3339 date-time nor milliseconds since 1970",
    );
  const order = compareMoments(momentAt(now), instant);
  return answered(spec, spec.check === "after" ? order > 0 : order < 0, anchor);
}

function instantOf(text: string): Moment | undefined {
  // 15 digits of milliseconds end in the year 33658: beyond, a number is not a time but a mistake.
  return /^-?\d{1,15}$/.test(text) ? momentAt(Number(text)) : momentOf(text);
}

function momentAt(millis: number): Moment {
  const minute = Math.floor(millis / 60_000);
  const rest = millis - minute * 60_000;
  return { minute, second: Math.floor(rest / 1000), fraction: String(rest % 1000).padStart(3, "0") };
}
