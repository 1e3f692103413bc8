// Globs over repository paths: `**`, `*`, `?` and `{a,b}`; linear-time for agents' patterns, compiled for operators'.
import { compileExpression } from "./expression.ts";
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
  const source = globSource(pattern);
  if (source === undefined)
    return refuse("glob_invalid", "glob is empty, too long or has unbalanced braces", "glob");
  const { program, cost } = compileExpression(source);
  return accept({ matches: (path) => program.matches(path), cost });
}

/** One matcher for an operator's list: true when any pattern matches. An empty list matches nothing. */
export function operatorGlobs(patterns: readonly string[]): Matcher {
  if (patterns.length === 0) return () => false;
  const sources = patterns.map((pattern) => {
    const source = globSource(pattern);
    // Config and rule packs are parsed with globSchema, so this cannot come from a file.
    if (source === undefined) throw new TypeError(`invalid glob: ${pattern}`);
    return source;
  });
  const compiled = new RegExp(`^(?:${sources.join("|")})$`, "su");
  return (path) => compiled.test(path);
}

export function isGlob(pattern: string): boolean {
  return globSource(pattern) !== undefined;
}

/**
 * Regular-expression source in the common subset of RE2 and JavaScript, or undefined. `**` stands for any folders,
 * `*` and `?` stay within a name, braces do not nest, and everything else is literal.
 */
function globSource(pattern: string): string | undefined {
  if (pattern === "" || pattern.length > MAX_GLOB || !pattern.isWellFormed() || pattern.startsWith("/"))
    return undefined;
  let source = "";
  let open = false;
  let braces = 0;
  for (const { 0: token, index } of pattern.matchAll(/\*\*\/|\*+|[?{},]|[^*?{},]+/g)) {
    if (token === "{" && (open || ++braces > MAX_BRACES)) return undefined;
    if (token === "}" && !open) return undefined;
    const whole = index === 0 || pattern.charAt(index - 1) === "/";
    const last = index + token.length === pattern.length;
    source += translate(token, open, whole, last);
    open = token === "{" || (open && token !== "}");
  }
  return open ? undefined : source;
}

/** `whole`: the token begins a name; `last`: it ends the pattern. Only then do two stars stand for folders. */
function translate(token: string, open: boolean, whole: boolean, last: boolean): string {
  if (token === "**/") return whole ? "(?:.*/)?" : "[^/]*/";
  if (token === "**" && whole && last) return ".+";
  if (token.startsWith("*")) return "[^/]*";
  if (token === "?") return "[^/]";
  if (token === "{") return "(?:";
  if (token === "}") return ")";
  if (token === ",") return open ? "|" : ",";
  return token.replace(/[\\^$.|+()[\]]/g, "\\$&");
}
