// What a rule pack of the content guard holds.
import { z } from "zod";

const id = z.string().regex(/^[a-z][a-z0-9-]{1,60}$/);
export const guardCategories = [
  "instruction-override",
  "jailbreak",
  "prompt-extraction",
  "exfiltration",
  "fake-marker",
  "tool-abuse",
  "agent-directed",
  "code-injection",
  "hidden-text",
] as const;
const category = z.enum(guardCategories);
export type GuardCategory = z.infer<typeof category>;

const keywords = z.array(z.string().min(1).max(40)).min(1).max(60);
/** RE2, over normalised text. */
const pattern = z.string().min(3).max(4000);

export const guardRulesSchema = z.strictObject({
  version: z.string().regex(/^\d{4}\.\d{1,2}\.\d+$/),
  threshold: z.int().min(1).max(100),
  rule: z.array(z.strictObject({ id, category, weight: z.int().min(1).max(100), keywords, pattern })).min(1),
  allow: z.array(z.strictObject({ id, covers: z.array(category).min(1), keywords, pattern })),
});
export type GuardRules = z.infer<typeof guardRulesSchema>;
