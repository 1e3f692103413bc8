// Which proposals are handed to the validator: the first rule that fits holds, and what no rule permits is refused.
import { foldedGlobs, operatorGlobs } from "../base/glob.ts";
import { type Refusal, refusal } from "../base/refusal.ts";
import type { Config } from "../config/schema.ts";
import type { DispatchRule } from "../config/schema-gates.ts";
import { foldedName } from "../identity/principal.ts";

/** What a rule can go by. Type and level are the proposer's own words; paths are those of the patch. */
export interface Dispatched {
  readonly principal: string;
  readonly change_type: string;
  readonly risk_level: string;
  /** Every path that the patch touches, old and new names alike. */
  readonly paths: readonly string[];
}

/** Why a proposal does not go to the validator; undefined when it does. */
export function dispatchFault(dispatch: Config["dispatch"], proposal: Dispatched): Refusal | undefined {
  const at = dispatch.rules.findIndex((rule) => fits(rule, proposal));
  const rule = dispatch.rules[at];
  const where = `dispatch.rules.${at}`;
  if (rule === undefined)
    return dispatch.default === "permit"
      ? undefined
      : refusal("dispatch_denied", "no rule permits this proposal", "dispatch.default");
  if (rule.effect === "permit") return undefined;
  if (rule.effect === "error") return refusal("dispatch_error", rule.message ?? "a rule says so", where);
  return refusal("dispatch_denied", rule.message ?? "a rule denies this proposal", where);
}

/** Every criterion that the rule says has to fit; a rule without one, which is refused at load, fits nothing. */
function fits(rule: DispatchRule, { principal, change_type, risk_level, paths }: Dispatched): boolean {
  const criteria: (boolean | undefined)[] = [
    rule.principals?.some((name) => foldedName(name) === foldedName(principal)),
    rule.change_types?.some((type) => type === change_type),
    rule.risk_levels?.some((level) => level === risk_level),
    rule.paths === undefined ? undefined : pathsFit(rule.effect, rule.paths, paths),
  ];
  const said = criteria.filter((criterion) => criterion !== undefined);
  return said.length > 0 && said.every(Boolean);
}

/**
 * A permit covers only what it names: all paths must match. What is denied must not slip through beside a harmless
 * file, nor in another spelling: one path is enough, in any letter case.
 */
function pathsFit(
  effect: DispatchRule["effect"],
  globs: readonly string[],
  paths: readonly string[],
): boolean {
  if (effect === "permit") return paths.length > 0 && paths.every(operatorGlobs(globs));
  return paths.some(foldedGlobs(globs));
}
