// Gates in words: the tree as a sentence, a condition as a question, a decision record as lines.
import type { Json } from "../base/canonical.ts";
import type { Comparator, ConditionSpec, PolicyGate } from "./condition.ts";
import type { ConditionRecord, DecisionRecord } from "./record.ts";
import type { Requirement } from "./requirement.ts";
import { renderValue } from "./value.ts";

/** `verdict opens only when checks_passed and ci_tests_passed are true.` Names conditions, never values. */
export function sentence({ id, require }: PolicyGate): string {
  return `${id} opens only when ${clause(require)}.`;
}

function clause(tree: Requirement): string {
  if (typeof tree === "string") return `${tree} is true`;
  if ("not" in tree) return negation(tree.not);
  if ("all" in tree) return group(tree.all, tree.all.length, "all");
  if ("any" in tree) return group(tree.any, 1, "any");
  return group(tree.of, tree.at_least);
}

/** `not` of unknown is unknown: that nobody could tell is no negative answer. */
function negation(tree: Requirement): string {
  return typeof tree === "string"
    ? `${tree} is known to be false`
    : `it is known to be false that (${clause(tree)})`;
}

function group(members: readonly Requirement[], least: number, kind?: "all" | "any"): string {
  const [only, ...others] = members;
  if (only !== undefined && others.length === 0) return clause(only);
  const names = members.filter((member) => typeof member === "string");
  const plain = names.length === members.length;
  if (kind === "all") return plain ? `${listed(names)} are true` : parts(members).join(" and ");
  if (kind === "any" && !plain) return parts(members).join(" or ");
  const number = kind === "any" ? "one" : String(least);
  if (plain) return `at least ${number} of ${listed(names)} ${least === 1 ? "is" : "are"} true`;
  return `at least ${number} of these ${least === 1 ? "holds" : "hold"}: ${parts(members).join("; ")}`;
}

function parts(members: readonly Requirement[]): readonly string[] {
  return members.map((member) =>
    typeof member === "string" || "not" in member ? clause(member) : `(${clause(member)})`,
  );
}

/** `a, b and c`. */
function listed(names: readonly string[]): string {
  return names.join(", ").replace(/,(?= \S+$)/, " and");
}

/** What is asked, of whom: `checks.result(name: "tree")`. */
export function question({ provider, check, params }: ConditionSpec): string {
  const said = Object.entries(params).map(
    ([name, value]: [string, Json]) => `${name}: ${JSON.stringify(value)}`,
  );
  return `${provider}.${check}${said.length === 0 ? "" : `(${said.join(", ")})`}`;
}

const wanted: Readonly<Record<Comparator, string>> = {
  equals: "the answer equals",
  not_equals: "there is an answer, and it does not equal",
  greater_than: "the answer is greater than",
  greater_than_or_equal: "the answer is at least",
  less_than: "the answer is less than",
  less_than_or_equal: "the answer is at most",
  lex_greater_than: "the text sorts after",
  lex_greater_than_or_equal: "the text sorts after or is",
  lex_less_than: "the text sorts before",
  lex_less_than_or_equal: "the text sorts before or is",
  contains: "the answer contains",
  in_set: "the answer is one of",
  deep_equals: "the answer is in all parts",
  deep_not_equals: "the answer differs in some part from",
  exists: "there is an answer",
  not_exists: "the provider answers that there is nothing",
};

/** What would make the condition true, as a clause: `the answer is one of ["PASSED","WARNED"]`. */
export function demand({ comparator, expected }: ConditionSpec): string {
  return expected === undefined ? wanted[comparator] : `${wanted[comparator]} ${renderValue(expected)}`;
}

/** One line a condition, then how the tree came out. Values stay out, also where the record holds them. */
export function traceLines(record: DecisionRecord): readonly string[] {
  return [
    ...record.conditions.map((condition) => `${condition.id}: ${condition.state}${because(condition)}`),
    `${record.gate}: ${record.state} (${record.logic}, at least ${record.min_lane}${permissive(record)})`,
  ];
}

function because({ reason, detail, lane, min_lane, keyid }: ConditionRecord): string {
  const said = [
    reason === null ? "" : `${reason}${detail === null ? "" : ` ${detail}`}`,
    reason === "trust_lane" ? `${lane ?? "no evidence"}, needs ${min_lane}` : (lane ?? "no evidence"),
    keyid === null ? "" : `signed by ${keyid}`,
  ];
  return ` (${said.filter((part) => part !== "").join("; ")})`;
}

function permissive({ permissive_until }: DecisionRecord): string {
  return permissive_until === null ? "" : `; dev.permissive lowers it to asserted until ${permissive_until}`;
}
