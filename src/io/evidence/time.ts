// Provider time: the clock of the process that evaluates. A time that a caller names is a claim, and none of this.
import { compareMoments, type Moment, momentOf } from "../../core/gate/instants.ts";
import { valueOf } from "../../core/gate/value.ts";
import type { Clock } from "../../core/base/time.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Anchor, Evidence } from "../../core/gate/evidence.ts";
import { anchorOf, answered, failed, textParam, unasked } from "./answers.ts";
import type { EvidenceProvider } from "./provider.ts";

/**
 * `now` in milliseconds since 1970; `after` and `before` are strict, their `instant` is an RFC 3339 date-time or
 * milliseconds since 1970 as text; `weekday` 1 (Monday) … 7 and `hour` 0 … 23 in UTC. Errors: time_instant, time_clock.
 */
export function timeProvider(clock: Clock): EvidenceProvider {
  // A policy asks the same instants at every call, and all its conditions within one millisecond.
  const instants = new Map<string, Moment>();
  let last: Reading | undefined;
  return {
    ask(spec) {
      const now = clock();
      if (!Number.isSafeInteger(now)) return failed(spec, "time_clock", "the clock shows no time");
      if (last?.now !== now) last = readingOf(now);
      return answer(spec, last, instants);
    },
  };
}

interface Reading {
  readonly now: number;
  readonly moment: Moment;
  readonly anchor: Anchor;
}

function readingOf(now: number): Reading {
  return { now, moment: momentAt(now), anchor: anchorOf("server_clock", { unix_millis: now }) };
}

function answer(
  spec: ConditionSpec,
  { now, moment, anchor }: Reading,
  instants: Map<string, Moment>,
): Evidence {
  if (spec.check === "now") return answered(spec, valueOf(now), anchor);
  if (spec.check === "hour") return answered(spec, valueOf(new Date(now).getUTCHours()), anchor);
  if (spec.check === "weekday") return answered(spec, valueOf(new Date(now).getUTCDay() || 7), anchor);
  if (spec.check !== "after" && spec.check !== "before") return unasked(spec);
  const text = textParam(spec, "instant");
  const instant = instants.get(text) ?? instantOf(text);
  if (instant === undefined)
    return failed(
      spec,
      "time_instant",
      "instant is neither an RFC 3339 date-time nor milliseconds since 1970",
    );
  if (instants.size < MAX_INSTANTS) instants.set(text, instant);
  const order = compareMoments(moment, instant);
  return answered(spec, spec.check === "after" ? order > 0 : order < 0, anchor);
}

/** As many as one policy has conditions. */
const MAX_INSTANTS = 128;

function instantOf(text: string): Moment | undefined {
  // 15 digits of milliseconds end in the year 33658: beyond, a number is not a time but a mistake.
  return /^-?\d{1,15}$/.test(text) ? momentAt(Number(text)) : momentOf(text);
}

function momentAt(millis: number): Moment {
  const minute = Math.floor(millis / 60_000);
  const rest = millis - minute * 60_000;
  return { minute, second: Math.floor(rest / 1000), fraction: String(rest % 1000).padStart(3, "0") };
}
