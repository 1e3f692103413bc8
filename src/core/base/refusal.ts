// Refusals: a "no" as a value, with code, what, where, the fix, and a reference that is stable for the same input.
import { z } from "zod";
import { sha256 } from "./digest.ts";
import { type Reason, reasonCodes, reasons } from "./reason.ts";

export interface Refusal {
  readonly code: Reason;
  /** What is wrong with this input, in one sentence. */
  readonly message: string;
  /** Where: a field, a path, a line; empty when the whole input is meant. */
  readonly where: string;
  /** What to do next. */
  readonly fix: string;
  /** First 12 hexadecimal characters of SHA-256(code:where:message): the same fault always has the same reference. */
  readonly ref: string;
  /** Seconds after which the same call may succeed; only where waiting helps. */
  readonly retry_after?: number | undefined;
}

export const refusalSchema = z.strictObject({
  code: z.enum(reasonCodes as [Reason, ...Reason[]]),
  message: z.string().max(600),
  where: z.string().max(600),
  fix: z.string().max(400),
  ref: z.string().regex(/^[0-9a-f]{12}$/),
  retry_after: z.int().min(1).optional(),
});

/** A value, or the reason why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function refusal(code: Reason, message: string, where = "", fix: string = reasons[code].fix): Refusal {
  const said = printable(message);
  const place = printable(where);
  return { code, message: said, where: place, fix, ref: sha256(`${code}:${place}:${said}`).slice(0, 12) };
}

/** The same refusal with the time after which it may be over; never part of the reference. */
export function retryable(said: Refusal, seconds: number): Refusal {
  return { ...said, retry_after: Math.max(1, Math.ceil(seconds)) };
}

export function refuse(
  code: Reason,
  message: string,
  where = "",
  fix?: string,
): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: refusal(code, message, where, fix) };
}

export function accept<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

const MAX_PRINTED = 500;

/**
 * Agent text inside messages reaches terminals and logs: controls, bidirectional and invisible characters are
 * written as \u{…}, so that a path cannot repaint the operator's screen. Long text is cut, and cut again when it was
 * written out, which makes it up to nine times as long: a refusal must fit into the verdict that carries it.
 */
export function printable(text: string): string {
  const written = text
    .slice(0, MAX_PRINTED + 1)
    .toWellFormed()
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{DI}]/gu,
      (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`,
    );
  return written.length > MAX_PRINTED ? `${written.slice(0, MAX_PRINTED).toWellFormed()}…` : written;
}
