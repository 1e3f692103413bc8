// Requirement trees as canonical text and back: how a decision record carries one.
import { utf8 } from "../base/bytes.ts";
import { canonical, type Json, parseCanonical } from "../base/canonical.ts";
import type { Requirement } from "./requirement.ts";

/** Longest text of a tree in a record, in characters. */
export const MAX_TREE_TEXT = 65_536;

/** Keys sorted, no white space (RFC 8785). Throws `canonical_domain` beyond 48 levels, of which 32 can be true. */
export function treeText(tree: Requirement): string {
  return canonical(tree);
}

/** The tree behind a text of `treeText`; undefined when it is anything else, or a tree that no policy may hold. */
export function readTree(text: string): Requirement | undefined {
  if (text.length > MAX_TREE_TEXT) return undefined;
  // Bounded: parseCanonical refuses what is nested deeper than it would write.
  return treeOf(parseCanonical(utf8(text)));
}

function treeOf(json: Json | undefined): Requirement | undefined {
  if (typeof json === "string") return json;
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  const node = json as Readonly<Record<string, Json>>;
  return readers.get(Object.keys(node).toSorted().join())?.(node);
}

type Node = Readonly<Record<string, Json>>;

/** By their keys: a node with one more is none. */
const readers: ReadonlyMap<string, (node: Node) => Requirement | undefined> = new Map([
  ["all", ({ all }: Node) => group(all, (members) => ({ all: members }))],
  ["any", ({ any }: Node) => group(any, (members) => ({ any: members }))],
  ["at_least,of", ({ at_least: least, of }: Node) => group(of, (members) => atLeast(least, members))],
  ["not", ({ not }: Node) => negation(not)],
]);

function negation(json: Json | undefined): Requirement | undefined {
  const tree = treeOf(json);
  return tree === undefined ? undefined : { not: tree };
}

function atLeast(least: Json | undefined, members: readonly Requirement[]): Requirement | undefined {
  if (typeof least !== "number" || least < 1 || least > members.length) return undefined;
  return { at_least: least, of: members };
}

/** An empty group would be true or false of nothing, and whoever stands in a group twice would count twice. */
function group(
  json: Json | undefined,
  make: (members: readonly Requirement[]) => Requirement | undefined,
): Requirement | undefined {
  if (!Array.isArray(json) || json.length === 0) return undefined;
  const list = json as readonly Json[];
  if (new Set(list.map((member) => canonical(member))).size !== list.length) return undefined;
  const members = list.map(treeOf).filter((member) => member !== undefined);
  return members.length === list.length ? make(members) : undefined;
}
