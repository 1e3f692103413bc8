// Pieces of schemas that several tools share.
import { z } from "zod";
import { refusalSchema } from "../../core/base/refusal.ts";

/** Longest path, prefix or glob, in characters; the rules for paths allow no more. */
const MAX_PATH = 512;

export const pathInput = z.string().min(1).max(MAX_PATH).describe("Path exactly as read-manifest lists it.");
export const prefixInput = z
  .string()
  .min(1)
  .max(MAX_PATH)
  .describe("Only paths that begin with this text, such as src/.");
export const globInput = z
  .string()
  .min(1)
  .max(MAX_PATH)
  .describe("Only paths that match: *, **, ? and {a,b}.");
export const cursorInput = z
  .string()
  .min(1)
  .max(128)
  .describe("next_cursor of the answer before, with the same filter.");

/**
 * Text of `min` to `max` characters, counted as code points like JSON Schema does, so that the limit is the same for
 * every script; zod's own count is of UTF-16 units.
 */
export function characters(min: number, max: number): z.ZodString {
  return z
    .string()
    .refine((text) => text.length >= min && count(text) >= min, `must have at least ${min} characters`)
    .refine((text) => text.length <= max || count(text) <= max, `must have at most ${max} characters`)
    .meta({ minLength: min, maxLength: max });
}

function count(text: string): number {
  let total = 0;
  for (const _ of text) total++;
  return total;
}

/** A refusal as answers describe it: docs/reasons.md lists the codes, and tools/list stays short. */
export const refusalView = refusalSchema.extend({ code: z.string() });

/** Where the next call goes on. The bound keeps zod from writing a list of types, which some clients do not know. */
export const nextCursor = z.string().max(128).nullable();
