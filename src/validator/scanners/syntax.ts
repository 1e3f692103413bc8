// Small questions about nodes of a syntax tree.
import type { Node, Tree } from "web-tree-sitter";

/** Nodes of these kinds below `node`, with it. Text that is no syntax node of the grammar has none. */
export function within(node: Node, types: readonly string[]): readonly Node[] {
  if (types.length === 0) return [];
  const index = indexes.get(node.tree);
  if (index?.root !== node.id || !types.every((type) => index.types.has(type)))
    return node.descendantsOfType([...types]);
  const [first = "", ...others] = new Set(types);
  const of = (type: string): readonly Placed[] => index.nodes.get(type) ?? [];
  if (others.length === 0) return of(first).map(({ node: own }) => own);
  return [first, ...others]
    .flatMap(of)
    .sort((a, b) => a.at - b.at)
    .map(({ node: own }) => own);
}

interface Placed {
  readonly node: Node;
  readonly at: number;
}

interface Index {
  readonly root: number;
  readonly types: ReadonlySet<string>;
  readonly nodes: ReadonlyMap<string, readonly Placed[]>;
}

const indexes = new WeakMap<Tree, Index>();

/** One walk through a whole tree instead of one for each question about it: dozens of them took half of all time. */
export function indexed(root: Node, types: readonly string[]): void {
  const nodes = new Map<string, Placed[]>();
  for (const [at, node] of root.descendantsOfType([...new Set(types)]).entries()) {
    const known = nodes.get(node.type);
    if (known === undefined) nodes.set(node.type, [{ node, at }]);
    else known.push({ node, at });
  }
  indexes.set(root.tree, { root: root.id, types: new Set(types), nodes });
}

/**
 * Whether a tree has more floors than this. Threat: `f()()()…`, on each floor of which everything below is looked at again,
 * for a time that grows with the square. Parsing itself, and this walk, take time in proportion.
 */
export function isDeeperThan(root: Node, most: number): boolean {
  const cursor = root.walk();
  try {
    for (let depth = 0; depth <= most;) {
      if (cursor.gotoFirstChild()) {
        depth += 1;
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return false;
        depth -= 1;
      }
    }
    return true;
  } finally {
    cursor.delete();
  }
}

const STRINGS =
  /^(?:string|template_string|interpreted_string_literal|raw_string_literal|string_literal|raw_string|encapsed_string)$/u;

const PARTS = [
  "template_substitution",
  "interpolation",
  "simple_expansion",
  "expansion",
  "command_substitution",
  "variable_name",
  "dynamic_variable_name",
];

/** Longest sum of constants that is added up. */
const MAX_DEPTH = 40;

/** What a constant text holds, escapes decoded; undefined for every other expression. */
export function literal(node: Node | null, depth = 0): string | undefined {
  if (node === null || depth > MAX_DEPTH) return undefined;
  if (STRINGS.test(node.type)) return within(node, PARTS).length > 0 ? undefined : decoded(node);
  if (node.type === "parenthesized_expression" && node.namedChildCount === 1)
    return literal(node.namedChild(0), depth + 1);
  if (node.type === "concatenated_string") return joined(node.namedChildren, depth);
  if (node.type.startsWith("binary") && /^[+.]$/u.test(node.childForFieldName("operator")?.text ?? ""))
    return joined([node.childForFieldName("left"), node.childForFieldName("right")], depth);
  return undefined;
}

function joined(nodes: readonly (Node | null)[], depth: number): string | undefined {
  const parts = nodes.map((node) => literal(node, depth + 1));
  return parts.every((part) => part !== undefined) ? parts.join("") : undefined;
}

/** What stands between the quotes of a string. */
export function unquoted(node: Node): string | undefined {
  const { text } = node;
  const found = /^[A-Za-z]{0,2}(?:"""|'''|"|'|`)/u.exec(text)?.[0];
  if (found === undefined) return undefined;
  const quote = found.replace(/^[A-Za-z]+/u, "");
  return text.length >= found.length + quote.length && text.endsWith(quote)
    ? text.slice(found.length, text.length - quote.length)
    : undefined;
}

const SIMPLE: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v" };

function decoded(node: Node): string | undefined {
  const text = unquoted(node);
  const isRaw = node.type.startsWith("raw_") || /^[bB]?[rR]/u.test(node.text);
  if (text === undefined || isRaw || !text.includes("\\")) return text;
  return text.replaceAll(
    /\\(?:u\{0{0,8}([0-9a-fA-F]{1,6})\}|u+([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{1,3})|\r?(\n)|([^]))/gu,
    (_, ...groups: (string | undefined)[]) => {
      const [braced, four, eight, two, octal, , simple = ""] = groups;
      const hex = braced ?? four ?? eight ?? two;
      if (hex !== undefined) return character(Number.parseInt(hex, 16));
      return octal === undefined ? (SIMPLE[simple] ?? simple) : character(Number.parseInt(octal, 8));
    },
  );
}

function character(code: number): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
}

/** `node:fs` is `fs`. */
export function plain(module: string): string {
  return module.startsWith("node:") ? module.slice(5) : module;
}
