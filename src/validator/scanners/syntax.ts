// Small questions about nodes of a syntax tree.
import type { Node } from "web-tree-sitter";

/** Nodes of these kinds below `node`, with it. Text that is no syntax node of the grammar has none. */
export function within(node: Node, types: readonly string[]): readonly Node[] {
  return types.length === 0 ? [] : node.descendantsOfType([...types]);
}

/** What a string literal holds, without its quotes. */
export function literal(node: Node | null): string | undefined {
  const text = node?.text ?? "";
  const found = /^[A-Za-z]{0,2}(?:"""|'''|"|'|`)/u.exec(text)?.[0];
  if (found === undefined) return undefined;
  const quote = found.replace(/^[A-Za-z]+/u, "");
  return text.length >= found.length + quote.length && text.endsWith(quote)
    ? text.slice(found.length, text.length - quote.length)
    : undefined;
}

/** `node:fs` is `fs`. */
export function plain(module: string): string {
  return module.startsWith("node:") ? module.slice(5) : module;
}
