// Protected paths: the rule pack that says which paths no patch may touch and which ones a person must confirm.
import { z } from "zod";
import { globSchema, type Matcher, operatorGlobs } from "../base/glob.ts";
import { foldName } from "../base/path.ts";
import type { Reason } from "../base/reason.ts";

const ruleSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  why: z.string().min(5).max(200),
  paths: z.array(globSchema).min(1).max(200),
});

/** `config/rules/paths.toml`. Patterns are lower case: they are matched against the folded path. */
export const pathRulesSchema = z
  .strictObject({
    version: z.string().regex(/^\d{4}\.\d{2}\.\d+$/),
    blocked: z.array(ruleSchema).min(1),
    protected: z.array(ruleSchema).min(1),
    dependency: z.array(ruleSchema).min(1),
  })
  .refine(
    (pack) => allRules(pack).every((rule) => rule.paths.every((p) => p === foldName(p))),
    "patterns must be lower case",
  );
export type PathRules = z.infer<typeof pathRulesSchema>;

interface Hit {
  readonly code: Extract<Reason, "path_blocked" | "path_protected" | "path_dependency">;
  readonly rule: string;
  readonly why: string;
}

export interface Protection extends Hit {
  /** Further rules that the path meets: an exception from one rule is none from another. */
  readonly others: readonly Hit[];
}

/** Tells the protection of a path, the strictest first, or undefined for an ordinary path. */
export type Protect = (path: string) => Protection | undefined;

export function protector(rules: PathRules): Protect {
  const classes = [
    ["path_blocked", compile(rules.blocked)],
    ["path_protected", compile(rules.protected)],
    ["path_dependency", compile(rules.dependency)],
  ] as const;
  return (path) => {
    // Folding decides as the most forgiving file system would: `.GitHub/Workflows` is `.github/workflows` on a Mac.
    const folded = foldName(path);
    const hits = classes.flatMap(([code, compiled]) =>
      compiled
        .filter(([, matches]) => matches(folded))
        .map(([{ id, why }]): Hit => ({ code, rule: id, why })),
    );
    const [first, ...others] = hits;
    return first === undefined ? undefined : { ...first, others };
  };
}

type Rule = z.infer<typeof ruleSchema>;

function compile(rules: readonly Rule[]): readonly (readonly [Rule, Matcher])[] {
  return rules.map((rule) => [rule, matcherOf(rule.paths)] as const);
}

/** Most patterns are a name or a folder in any place: these are looked up, and only the rest is tried one by one. */
function matcherOf(patterns: readonly string[]): Matcher {
  const [names, folders, rest] = [new Set<string>(), new Set<string>(), new Array<string>()];
  for (const pattern of patterns) {
    const [, word, folder] = ANYWHERE.exec(pattern) ?? [];
    if (word === undefined) rest.push(pattern);
    else (folder === undefined ? names : folders).add(word);
  }
  const others = operatorGlobs(rest);
  return (path) => {
    const parts = path.split("/");
    const last = parts.pop() ?? "";
    return names.has(last) || parts.some((part) => folders.has(part)) || others(path);
  };
}

const ANYWHERE = /^\*\*\/([^/*?{},]+)(\/\*\*)?$/;

function allRules(pack: { blocked: Rule[]; protected: Rule[]; dependency: Rule[] }): readonly Rule[] {
  return [...pack.blocked, ...pack.protected, ...pack.dependency];
}
