// Names that take what a list holds, one by one: of loops, and of functions that a method of a list calls.
import type { Node } from "web-tree-sitter";
import type { Language } from "../../core/analysis/rules.ts";
import { literal, within } from "./syntax.ts";

/** Kinds of loops, with the fields of the name and of the list. Python's `for` is an assignment. */
const LOOPS: Partial<Record<Language, readonly [string, string, string]>> = {
  js: ["for_in_statement", "left", "right"],
  py: ["for_in_clause", "left", "right"],
  go: ["range_clause", "left", "right"],
  java: ["enhanced_for_statement", "name", "value"],
};

const NAMES = ["identifier", "shorthand_property_identifier_pattern"];

/** A name, and the node that it has its value of. */
export type Taken = readonly [name: string, list: Node];

/** Threat: `for (const host of req.query.hosts)`, where `const host = req.query.host` would be seen. */
export function takenIn(root: Node, language: Language): readonly Taken[] {
  const loop = LOOPS[language];
  const loops = loop === undefined ? [] : within(root, [loop[0]]).flatMap((node) => looped(node, loop));
  const calls = language === "js" ? within(root, ["call_expression"]) : [];
  return [...loops, ...calls.flatMap(handed)];
}

function looped(node: Node, [, left, right]: readonly [string, string, string]): readonly Taken[] {
  const [target, list] = [node.childForFieldName(left), node.childForFieldName(right)];
  if (target === null || list === null) return [];
  return within(target, NAMES).map(({ text }) => [text, list]);
}

const EACH = /^(?:forEach|map|flatMap|filter|some|every|find(?:Last)?(?:Index)?|reduce(?:Right)?)$/u;

/** `list.forEach((one) => …)` and `Array.from(list, (one) => …)`. */
function handed(call: Node): readonly Taken[] {
  const taker = takerOf(call);
  const callee = call.childForFieldName("function");
  if (taker === undefined || callee === null) return [];
  const method = methodOf(callee);
  const list = method === "from" ? (call.childForFieldName("arguments")?.namedChild(0) ?? callee) : callee;
  if (method !== "from" && !EACH.test(method)) return [];
  const single = taker.childForFieldName("parameter");
  const params = single === null ? (taker.childForFieldName("parameters")?.namedChildren ?? []) : [single];
  return params
    .flatMap((param) => (param === null ? [] : [param]))
    .slice(0, method.startsWith("reduce") ? 2 : 1)
    .flatMap((param) => within(param, NAMES).map(({ text }): Taken => [text, list]));
}

function methodOf(callee: Node): string {
  if (callee.type === "member_expression") return callee.childForFieldName("property")?.text ?? "";
  return callee.type === "subscript_expression" ? (literal(callee.childForFieldName("index")) ?? "") : "";
}

const TAKERS = /^(?:arrow_function|function_expression|generator_function|function)$/u;

/** The function among a call's first two arguments. */
function takerOf(call: Node): Node | undefined {
  const args = call.childForFieldName("arguments")?.namedChildren.slice(0, 2) ?? [];
  return args.find((node) => node !== null && TAKERS.test(node.type)) ?? undefined;
}

const TAKEN =
  /^(?:for_in_statement|for_in_clause|range_clause|enhanced_for_statement|call_expression|arguments)$/u;

/** Whether a value of a name is a list that it takes from, rather than what is assigned to it. */
export function isTaken({ parent }: Node): boolean {
  return parent !== null && TAKEN.test(parent.type);
}

/** What a name that takes from this list is seen in: undefined for loops that declare none, and for all that is no list. */
export function takerAround(list: Node): Node | undefined {
  const { parent } = list;
  if (parent?.type === "for_in_statement")
    return parent.childForFieldName("kind") === null ? undefined : parent;
  const call = parent?.type === "arguments" ? parent.parent : parent;
  return call?.type === "call_expression" ? takerOf(call) : undefined;
}
