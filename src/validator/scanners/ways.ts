// The lines elsewhere that make a place what it is: where its values are assigned, and what the name of its callee stands for.
import type { Node } from "web-tree-sitter";
import type { AnalysisRule } from "../../core/analysis/rules.ts";
import type { OriginOf, Way } from "./flow.ts";
import type { Names } from "./gathered.ts";
import { holds, placeOf, scopeOf } from "./scope.ts";
import { within } from "./syntax.ts";

/** Of the arguments that a rule is about, as far as it asks where they come from. */
export function waysOf(
  { when = "any" }: AnalysisRule,
  nodes: readonly Node[],
  origin: OriginOf,
): readonly Way[] {
  if (when === "any") return [];
  const ways = nodes.flatMap((node) => origin(node).ways);
  return when === "tainted" || when === "outside" ? ways.filter((way) => way[when]) : ways;
}

/** `const run = exec`, where `run` is called. */
export function calleeWays(call: Node, { aliases, values }: Names, origin: OriginOf): readonly Way[] {
  const callee =
    call.childForFieldName("function") ??
    call.childForFieldName("constructor") ??
    call.childForFieldName("object");
  const [name] = callee === null ? [] : within(callee, ["identifier"]);
  if (name === undefined || !aliases.has(name.text)) return [];
  return (values.get(name.text) ?? []).flatMap((value) =>
    holds(scopeOf(value), call)
      ? [{ ...placeOf(value), tainted: false, outside: false }, ...origin(value).ways]
      : [],
  );
}

/** Most places that one hit names. */
const MOST = 80;

export function linesOf(ways: readonly Way[]): readonly (readonly [number, number])[] {
  const lines = new Map(ways.map(({ line, end }) => [`${line}:${end}`, [line, end] as const]));
  return lines.size > MOST ? [[1, 10_000_000]] : [...lines.values()];
}
