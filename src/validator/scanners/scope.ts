// Where a name holds what is assigned to it: from its declaration, the function around; else the whole file.
import type { Node, Tree } from "web-tree-sitter";
import { takerAround } from "./elements.ts";
import { within } from "./syntax.ts";

/** Characters from and to; undefined: the whole file. */
export type Scope = readonly [number, number] | undefined;

const DECLARES =
  /^(?:variable_declarator|short_var_declaration|var_spec|const_spec|assignment|augmented_assignment|for_statement|named_expression)$/u;

const FUNCTION =
  /^(?!.*(?:call|invocation)).*(?:function|method|lambda|func_literal|constructor_declaration)/u;

/** Names that outlive a function wherever they are assigned. */
const LASTING = /^(?:instance|global|class)_variable$/u;

/** Of a value that is assigned. Assignments that declare nothing may be to a name of any place. */
export function scopeOf(value: Node): Scope {
  const taker = takerAround(value);
  if (taker !== undefined) return [taker.startIndex, taker.endIndex];
  const owner = value.parent?.type === "expression_list" ? value.parent.parent : value.parent;
  if (owner === null || owner === undefined || !DECLARES.test(owner.type)) return undefined;
  if (LASTING.test(owner.childForFieldName("left")?.type ?? "")) return undefined;
  for (let at = owner.parent; at !== null; at = at.parent) {
    if (FUNCTION.test(at.type)) return reachesOut(owner) ? undefined : [at.startIndex, at.endIndex];
  }
  return undefined;
}

const outward = new WeakMap<Tree, boolean>();

/** Python assigns to names of other places, too, in a file that says so anywhere. */
function reachesOut({ type, tree }: Node): boolean {
  if (!/^(?:augmented_)?assignment$|^for_|^named/u.test(type)) return false;
  const known =
    outward.get(tree) ?? within(tree.rootNode, ["global_statement", "nonlocal_statement"]).length > 0;
  outward.set(tree, known);
  return known;
}

export function holds(scope: Scope, { startIndex, endIndex }: Node): boolean {
  return scope === undefined || (scope[0] <= startIndex && endIndex <= scope[1]);
}

/** Of a function only the head counts: what it does has places of its own. */
export function placeOf(value: Node): { readonly line: number; readonly end: number } {
  const line = (value.parent ?? value).startPosition.row + 1;
  return { line, end: FUNCTION.test(value.type) ? line : value.endPosition.row + 1 };
}

/** The head of the function around a place, its decorators included: it says who fills the parameters. */
export function headAround(node: Node): { readonly line: number; readonly end: number } | undefined {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (!FUNCTION.test(at.type)) continue;
    const from = at.parent?.type === "decorated_definition" ? at.parent : at;
    const last = at.childForFieldName("parameters") ?? at.childForFieldName("name");
    const line = from.startPosition.row + 1;
    return { line, end: Math.max(line, (last?.endPosition.row ?? 0) + 1) };
  }
  return undefined;
}
