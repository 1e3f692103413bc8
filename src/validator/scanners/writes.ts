// Values that are put into what a name stands for: by its members, by its elements, and by methods that add one.
import type { Node } from "web-tree-sitter";
import type { Language } from "../../core/analysis/rules.ts";
import { kinds } from "./languages.ts";
import { within } from "./syntax.ts";

const INNER = /member|attribute|subscript|selector|field_access|index_expression|array_access/u;
const ADDS = /^(?:push|unshift|add|set|append|extend|insert|update|setdefault|splice|fill)$/u;

/** By the first name: `cfg["host"] = x`, `box.host = x` and, in JavaScript and Python, `hosts.push(x)`. */
export function writesIn(root: Node, language: Language): ReadonlyMap<string, readonly Node[]> {
  const { assigns, calls } = kinds[language];
  const writes = new Map<string, Node[]>();
  const put = (target: Node | null, value: Node | null): void => {
    const owner = ownerOf(target);
    if (owner === undefined || value === null) return;
    const known = writes.get(owner);
    if (known === undefined) writes.set(owner, [value]);
    else known.push(value);
  };
  for (const [kind, left, right] of assigns)
    for (const node of within(root, [kind])) {
      const target = node.childForFieldName(left);
      if (INNER.test(target?.type ?? "")) put(target, node.childForFieldName(right));
    }
  if (language === "js" || language === "py")
    for (const call of within(root, calls)) for (const value of added(call)) put(addedTo(call), value);
  return writes;
}

const MOST_PARTS = 40;

function ownerOf(target: Node | null): string | undefined {
  let at = target;
  for (let part = 0; at !== null && part < MOST_PARTS && INNER.test(at.type); part += 1)
    at = at.namedChild(0);
  return at !== null && /^(?:identifier|variable_name)$/u.test(at.type) ? at.text : undefined;
}

function addedTo(call: Node): Node | null {
  return call.childForFieldName("function")?.childForFieldName("object") ?? null;
}

function added(call: Node): readonly (Node | null)[] {
  const callee = call.childForFieldName("function");
  const method = callee?.childForFieldName("property") ?? callee?.childForFieldName("attribute");
  return ADDS.test(method?.text ?? "") ? (call.childForFieldName("arguments")?.namedChildren ?? []) : [];
}
