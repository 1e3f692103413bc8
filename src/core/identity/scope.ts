// What one caller may see and do: tools, paths, lane, limits; a value without behaviour, so that it can be compared and cached.
import { canonical } from "../base/canonical.ts";
import { type Digest, sha256 } from "../base/digest.ts";
import { type Matcher, operatorGlobs } from "../base/glob.ts";

/** Every tool that exists, in kebab-case, in the order in which an agent needs them. */
export const toolNames = [
  "read-manifest",
  "read-file",
  "search-files",
  "propose-patch",
  "patch-status",
  "withdraw-patch",
] as const;
export type ToolName = (typeof toolNames)[number];

export const roles = ["reader", "proposer", "reviewer", "admin"] as const;
export type Role = (typeof roles)[number];

const READING: readonly ToolName[] = ["read-manifest", "read-file", "search-files"];
const PROPOSING: readonly ToolName[] = [...READING, "propose-patch", "patch-status", "withdraw-patch"];

/** No role approves, changes configuration or reads the log: there is no tool for any of that. */
const roleTools: Readonly<Record<Role, readonly ToolName[]>> = {
  reader: READING,
  proposer: PROPOSING,
  reviewer: [...READING, "patch-status"],
  admin: PROPOSING,
};

/** `asserted`: proposals may carry claims of their own as evidence. `verified`: they may not. */
export const lanes = ["verified", "asserted"] as const;
export type Lane = (typeof lanes)[number];

export interface Limits {
  readonly perMinute: number;
  readonly perHour: number;
  readonly maxPending: number;
}

/** What a caller may use up in one period; 0 stands for no limit of that kind. */
export interface Budget {
  readonly periodSeconds: number;
  readonly calls: number;
  readonly bytes: number;
  readonly scanMillis: number;
  /** At so many per cent of any of them a warning is recorded. */
  readonly warnPercent: number;
}

export function isLimited({ calls, bytes, scanMillis }: Budget): boolean {
  return calls > 0 || bytes > 0 || scanMillis > 0;
}

export interface ScopeWords {
  readonly roles: readonly Role[];
  /** Tools that may be used; an empty list is none at all. */
  readonly tools: readonly ToolName[];
  /** Lists of globs; a path must match one of each list. No list: every path. */
  readonly paths: readonly (readonly string[])[];
  readonly lane: Lane;
  readonly limits: Limits;
  readonly budget: Budget;
}

export interface Scope extends ScopeWords {
  /** Digest of all words: equal scopes share what is made for them. */
  readonly id: Digest;
  readonly sees: Matcher;
  /** `all`: reviewers and admins may look at everybody's proposals. */
  readonly patches: "own" | "all";
}

export function openScope(words: ScopeWords): Scope {
  const matchers = words.paths.map(operatorGlobs);
  return {
    ...words,
    id: sha256(canonical(words)),
    sees: (path) => matchers.every((matches) => matches(path)),
    patches: words.roles.some((role) => role === "reviewer" || role === "admin") ? "all" : "own",
  };
}

/** The union of what the roles allow, in the order of the tools. */
export function toolsOf(held: readonly Role[]): readonly ToolName[] {
  return toolNames.filter((tool) => held.some((role) => roleTools[role].includes(tool)));
}

/** Both restrictions at once: never more than either of them. */
export function narrowed(outer: ScopeWords, inner: ScopeWords): ScopeWords {
  const smaller = (a: number, b: number): number => Math.min(a, b);
  return {
    roles: outer.roles.filter((role) => inner.roles.includes(role)),
    tools: outer.tools.filter((tool) => inner.tools.includes(tool)),
    paths: [...outer.paths, ...inner.paths],
    lane: outer.lane === "verified" ? "verified" : inner.lane,
    limits: {
      perMinute: smaller(outer.limits.perMinute, inner.limits.perMinute),
      perHour: smaller(outer.limits.perHour, inner.limits.perHour),
      maxPending: smaller(outer.limits.maxPending, inner.limits.maxPending),
    },
    budget: outer.budget,
  };
}
