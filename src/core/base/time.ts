// Instants as RFC 3339 text in UTC with milliseconds; the clock itself always arrives as an argument.
import { z } from "zod";

/** Milliseconds since 1970, as handed in by compose.ts. */
export type Clock = () => number;

/** `YYYY-MM-DDTHH:MM:SS.mmmZ`: one spelling, so that text order is time order. */
export const instantSchema = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
    "must be an RFC 3339 instant in UTC with milliseconds",
  )
  .refine(
    (text) => !Number.isNaN(Date.parse(text)) && new Date(Date.parse(text)).toISOString() === text,
    "is not a real instant",
  )
  .brand<"Instant">();
export type Instant = z.infer<typeof instantSchema>;

/** The last one: an entry of the log asks for its time several times, and its neighbours often for the same. */
let asked = { millis: Number.NaN, text: "" };

export function instant(millis: number): Instant {
  if (millis !== asked.millis) asked = { millis, text: new Date(millis).toISOString() };
  return asked.text as Instant;
}

export function millisOf(at: Instant): number {
  return Date.parse(at);
}
