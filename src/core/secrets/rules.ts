// The rule pack of secrets: forms that only a secret has, and forms that are one behind a name for secrets.
import { z } from "zod";

/** Every quantifier has an upper bound, so no text makes an expression take longer than its length allows. */
const bounded = z
  .string()
  .min(1)
  .max(400)
  .refine((source) => !/(?<!\\)(?:\\\\)*[*+]|\{\d+,\}/.test(withoutSets(source)), "needs bounded quantifiers")
  .refine((source) => !/\(\?<?[=!]/.test(source), "RE2 knows no look-around");

const standing = {
  id: z.string().regex(/^[a-z][a-z0-9-]{1,58}$/),
  why: z.string().min(5).max(160),
  /** Shannon entropy of the secret part, in bits for each character; less is no secret. */
  entropy: z.number().min(0.5).max(6).optional(),
  /** What has the form need not be a secret, an id say: the check asks for a person, unless the name beside it is one for secrets. It is masked like any other. */
  likely: z.boolean().optional(),
};

const tokenSchema = z
  .strictObject({
    ...standing,
    /** The expression begins at one of them, or earlier by `before`. */
    keywords: z.array(z.string().min(3).max(40)).min(1).max(100),
    /** Whether the keywords stand for themselves in any case. */
    folded: z.boolean().optional(),
    /** RE2, in two engines the same; its first group is the secret, or the whole match. */
    pattern: bounded,
    /** Least and most characters of the match that stand before the keyword. */
    before: z.tuple([z.int().min(0).max(100), z.int().min(1).max(100)]).optional(),
    /** All that the `before` characters may be: they are read backwards once, and the expression begins at the keyword. */
    head: bounded.optional(),
    /** Stands at the begin of a line or a string, or behind a colon: elsewhere it is the end of a name in code. */
    begins: z.boolean().optional(),
    /** Whether letters and digits may stand right before and behind. */
    open: z.boolean().optional(),
    /** Letters and digits only, which a long text in base64 has as well: none of its signs stands right before or behind. */
    alone: z.boolean().optional(),
    /** The secret goes on as long as its characters do: no bound fits every token. */
    rest: z.boolean().optional(),
    /** Counts only when it looks random; the form alone says too little. */
    drawn: z.boolean().optional(),
    /** A password, base64 of `user:password`, or a password of a connection: one that is only a word may be a manual's, and is likely. */
    chosen: z.enum(["word", "pair", "connection"]).optional(),
  })
  .refine(
    (rule) => rule.folded !== true || rule.keywords.every((word) => word === word.toLowerCase()),
    "folded keywords are lower case",
  );
export type TokenRule = z.infer<typeof tokenSchema>;

const assignedSchema = z.strictObject({
  ...standing,
  /** Parts of the name that it is assigned to, in any case. */
  names: z
    .array(z.string().regex(/^[^A-Z]{3,40}$/))
    .min(1)
    .max(40),
  /** The whole value. */
  value: bounded,
  /** Counts although it does not look random. */
  plain: z.boolean().optional(),
});
export type AssignedRule = z.infer<typeof assignedSchema>;

/** `config/rules/secrets.toml`. */
export const secretRulesSchema = z.strictObject({
  version: z.string().regex(/^\d{4}\.\d{2}\.\d+$/),
  token: z.array(tokenSchema).min(1).max(600),
  assigned: z.array(assignedSchema).max(600),
});
export type SecretRules = z.infer<typeof secretRulesSchema>;

function withoutSets(source: string): string {
  return source.replaceAll(/\[(?:[^\]\\]|\\.)*\]/g, "x");
}

/** Ids of the rules that are not sure. */
export function likelyRules({ token, assigned }: SecretRules): ReadonlySet<string> {
  return new Set([...token, ...assigned].filter(({ likely }) => likely === true).map(({ id }) => id));
}
