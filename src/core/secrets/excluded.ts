// Which rules count in which file: `rules.exclude` takes some out, and `rules.suppress` for a while.
import { operatorGlobs } from "../base/glob.ts";
import type { Config } from "../config/schema.ts";

/** Whether a rule counts in a file. */
export type Counted = (rule: string, path: string) => boolean;

/**
 * By what the operator excludes for good, and at an instant by what is suppressed then. A suppression of one secret only is
 * left to those who know its fingerprint, so the rule counts. The scanner has to know: of two hits in one place it tells one.
 */
export function countedRules({ exclude, suppress }: Config["rules"], now?: number): Counted {
  const places = exclude.map(({ rules, paths }) => ({ rules: new Set(rules), at: operatorGlobs(paths) }));
  const isSuppressed = (rule: string, path: string): boolean =>
    now !== undefined &&
    suppress.some(
      (one) =>
        one.rule === rule &&
        one.path === path &&
        one.fingerprint === undefined &&
        now < Date.parse(one.expires),
    );
  return (rule, path) =>
    !places.some(({ rules, at }) => rules.has(rule) && at(path)) && !isSuppressed(rule, path);
}
