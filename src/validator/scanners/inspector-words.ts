// What the inspector's child is asked, and what it answers: one JSON line each, and no free text in an answer.
import { z } from "zod";
import { foundSchema, importSchema } from "./finding.ts";

/** Longest line to the child: five files of the largest size that is looked at, and their quotes. */
export const MAX_REQUEST = 32 * 1024 * 1024;

/** Longest line from it. */
export const MAX_ANSWER = 4 * 1024 * 1024;

/** Most findings of one answer; what has more is unreadable for everybody. */
const MAX_FOUND = 20_000;

const file = z.strictObject({ path: z.string().max(4096), text: z.string() });

export const requestSchema = z.discriminatedUnion("want", [
  z.strictObject({ id: z.int(), want: z.literal("ready") }),
  z.strictObject({ id: z.int(), want: z.literal("secrets"), files: z.array(file) }),
  z.strictObject({ id: z.int(), want: z.literal("analyse"), files: z.array(file), rules: z.string() }),
]);
export type Request = z.infer<typeof requestSchema>;

export const answerSchema = z.strictObject({
  id: z.int(),
  found: z.array(foundSchema).max(MAX_FOUND),
  imports: z.array(importSchema).max(MAX_FOUND),
  /** The child has grown: what the parsers took they do not give back. */
  large: z.boolean().optional(),
});
export type Answer = z.infer<typeof answerSchema>;
