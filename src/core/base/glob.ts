// Globs over repository paths: `**`, `*`, `?` and `{a,b}`; linear-time for agents' patterns, compiled for operators'.
import { z } from "zod";
import { compileExpression } from "./expression.ts";
import { foldName } from "./path.ts";
import { accept, refuse, type Result } from "./refusal.ts";

const MAX_GLOB = 512;
const MAX_BRACES = 32;

export type Matcher = (path: string) => boolean;

export interface AgentGlob {
  readonly matches: Matcher;
  /** Steps that one character of a path takes at most; what a call may spend is its own to bound. */
  readonly cost: number;
}

/**
 * Matcher for a pattern that comes from an agent. RE2 runs in linear time, so a pattern like `*a*a*a*b` cannot keep the
 * process busy with one path, and `cost` says what many paths take; everything outside the four wildcards is literal,
 * brackets included.
 */
export function agentGlob(pattern: string): Result<AgentGlob> {
  const source = globSource(pattern, asIs);
  if (source === undefined)
    return refuse("glob_invalid", "glob is empty, too long or has unbalanced braces", "glob");
  const { program, cost } = compileExpression(source);
  return accept({ matches: (path) => program.matches(path), cost });
}

/** One matcher for an operator's list: true when any pattern matches. An empty list matches nothing. */
export function operatorGlobs(patterns: readonly string[]): Matcher {
  const source = operatorSource(patterns, asIs);
  if (source === undefined) return () => false;
  const compiled = new RegExp(`^(?:${source})$`, "su");
  return (path) => compiled.test(path);
}

/**
 * The widest reading of an operator's list, for what is to be hidden: in any letter case, in any form of Unicode, and
 * with everything that lies under what matches: `.env*` hides `.ENV` and `.env.d/prod.json`.
 */
export function foldedGlobs(patterns: readonly string[]): Matcher {
  const source = operatorSource(patterns, loose);
  if (source === undefined) return () => false;
  const over = (words: string | undefined): RegExp => new RegExp(`^(?:${words})(?:/.*)?$`, "su");
  const compiled = over(source);
  const exact = over(operatorSource(patterns, asIs));
  // Where folding changes how many characters there are, nobody can say any more which of them a `?` stood for.
  const wide = lazy(
    () => compileExpression(`(?s)(?:${operatorSource(patterns, loose, FEW)})(?:/.*)?`).program,
  );
  return (path) => {
    const folded = loose(path);
    return compiled.test(folded) || exact.test(path) || (isStretched(path, folded) && wide().matches(folded));
  };
}

/**
 * What one character may fold to: U+FDFA to 18, U+0307 to none. Several of these in a row can share a text between them in
 * so many ways that only RE2 may meet a path of an agent's with them.
 */
const FEW = "[^/]{0,18}";

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function isStretched(path: string, folded: string): boolean {
  const letters = Array.from(path);
  const length = (text: string): number => Array.from(text).length;
  return letters.length !== length(folded) || letters.some((letter) => length(loose(letter)) !== 1);
}

function asIs(text: string): string {
  return text;
}

/** A final ς is one only at the end of a word, and a pattern does not say where words end. */
function loose(text: string): string {
  return foldName(text).replaceAll("ς", "σ");
}

function operatorSource(
  patterns: readonly string[],
  fold: (literal: string) => string,
  one?: string,
): string | undefined {
  if (patterns.length === 0) return undefined;
  const sources = patterns.map((pattern) => {
    const source = globFault(pattern) === undefined ? globSource(pattern, fold, one) : undefined;
    // Config, rule packs and grants are parsed with globSchema, so this cannot come from a file.
    if (source === undefined) throw new TypeError(`invalid glob: ${pattern}`);
    return source;
  });
  return sources.join("|");
}

/** What an operator may have meant as something that these globs do not have. Agents' patterns find less, and no harm. */
const MISLEADING: readonly (readonly [RegExp, string])[] = [
  [/[[\]]/, "holds brackets, which are no classes here; write ? for one character, or {a,b}"],
  [/^\s|\s$/, "begins or ends with a space"],
  [/^!/, "negates with !, which globs cannot do here"],
  [/\\/, "holds a backslash; names are separated by /"],
  [/\/$|\{[^}]*\/[},]/, "ends with a slash; write folder/** for what lies in a folder"],
  [/(?:^|[/{,])\.{1,2}(?:[/},]|$)|\/\//, "names no path of a repository: an empty name, . or .."],
  [
    /\{[^}]*\*\*[^}]*\}|\*{3}|[^/*]\*\*|\*\*[^/*]/,
    "has two stars that are not a whole name; they would stay within one",
  ],
  [/[\p{Cc}\p{Cf}]/u, "holds an invisible character"],
];

/** Why a pattern may not be an operator's; undefined when it may. */
function globFault(pattern: string): string | undefined {
  if (globSource(pattern, asIs) === undefined) return "is not a glob (use *, **, ?, {a,b})";
  if (pattern.normalize("NFC") !== pattern) return "is not in Unicode normal form C, as all served paths are";
  return MISLEADING.find(([form]) => form.test(pattern))?.[1];
}

export function isGlob(pattern: string): boolean {
  return globFault(pattern) === undefined;
}

/** An operator's glob, at every read of one. */
export const globSchema = z
  .string()
  .refine(isGlob, { error: ({ input }) => globFault(String(input)) ?? "is not a glob" });

/**
 * Regular-expression source in the common subset of RE2 and JavaScript, or undefined. `**` stands for any folders,
 * `*` and `?` stay within a name, braces do not nest, and everything else is literal. `one`: what a `?` becomes.
 */
function globSource(pattern: string, fold: (literal: string) => string, one = "[^/]"): string | undefined {
  if (!isPlausible(pattern)) return undefined;
  let source = "";
  let open = false;
  let braces = 0;
  for (const { 0: token, index } of pattern.matchAll(/\*\*\/|\*+|[?{},]|[^*?{},]+/g)) {
    if (token === "{" && (open || ++braces > MAX_BRACES)) return undefined;
    if (token === "}" && !open) return undefined;
    const whole = index === 0 || pattern.charAt(index - 1) === "/";
    const last = index + token.length === pattern.length;
    source += token === "?" ? one : (translate(token, open, whole, last) ?? literal(fold(token)));
    open = token === "{" || (open && token !== "}");
  }
  return open ? undefined : source;
}

function isPlausible(pattern: string): boolean {
  return pattern !== "" && pattern.length <= MAX_GLOB && pattern.isWellFormed() && !pattern.startsWith("/");
}

/** `whole`: the token begins a name; `last`: it ends the pattern. Only then do two stars stand for folders. */
function translate(token: string, open: boolean, whole: boolean, last: boolean): string | undefined {
  if (token === "**/") return whole ? "(?:.*/)?" : "[^/]*/";
  if (token === "**" && whole && last) return ".+";
  if (token.startsWith("*")) return "[^/]*";
  if (token === "{") return "(?:";
  if (token === "}") return ")";
  if (token === ",") return open ? "|" : ",";
  return undefined;
}

/** Whatever folding makes of a text, it gets no wildcard: a full-width star folds to a star. */
function literal(text: string): string {
  return text.replace(/[\\^$.|+()[\]*?{}/]/g, "\\$&");
}
