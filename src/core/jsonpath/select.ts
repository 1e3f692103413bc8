// Runs JSONPath queries over exact values. All work is counted: a query meets documents that somebody else wrote.
import { isList, isMap, type Value } from "../gate/value.ts";
import { holds } from "./filter.ts";
import type { Query, Segment, Selector } from "./query.ts";
import { type Walk, walkOver } from "./walk.ts";

/**
 * Steps that one query may take: about a tenth of a second, in which nothing else of the process runs. What reports are
 * asked takes some hundred thousand for a mebibyte.
 */
export const MAX_STEPS = 1_000_000;

/** Values that `query` selects, members in the order of the text. Throws WorkError beyond `maxSteps`. */
export function select(query: Query, root: Value, maxSteps: number): readonly Value[] {
  return walkOver(root, maxSteps, follow).select(query, root);
}

/** The nodes of a query within another, for filters. */
export function follow(query: Query, current: Value, walk: Walk): readonly Value[] {
  return nodesOf(query, query.from === "$" ? walk.root : current, VALUES, walk);
}

/** What a query walks over: bare values, or values with more to them. Both are walked alike, so both select the same. */
export interface Nodes<N> {
  readonly value: (node: N) => Value;
  /** Of an array. */
  readonly items: (node: N) => readonly N[] | undefined;
  /** Of an object, in the order of the text. */
  readonly members: (node: N) => ReadonlyMap<string, N> | undefined;
}

const VALUES: Nodes<Value> = {
  value: (node) => node,
  items: (node) => (isList(node) ? node : undefined),
  members: (node) => (isMap(node) ? node : undefined),
};

/** The nodes that the segments of `query` lead to from `root`. */
export function nodesOf<N>(query: Query, root: N, kind: Nodes<N>, walk: Walk): readonly N[] {
  let nodes: readonly N[] = [root];
  for (const segment of query.segments) {
    const found: N[] = [];
    for (const node of nodes) descend(segment, node, kind, walk, found);
    nodes = found;
  }
  return nodes;
}

/** Depth is bounded by that of values. */
function descend<N>(segment: Segment, node: N, kind: Nodes<N>, walk: Walk, found: N[]): void {
  for (const selector of segment.selectors) apply(selector, node, kind, walk, found);
  if (!segment.descendant) return;
  for (const child of childrenOf(node, kind)) descend(segment, child, kind, walk, found);
}

function apply<N>(selector: Selector, node: N, kind: Nodes<N>, walk: Walk, found: N[]): void {
  walk.spend(1);
  if (selector.kind === "name") {
    const member = kind.members(node)?.get(selector.name);
    if (member !== undefined) found.push(member);
  } else if (selector.kind === "index") {
    const item = kind.items(node)?.at(selector.index);
    if (item !== undefined) found.push(item);
  } else if (selector.kind === "slice") {
    slice(kind.items(node) ?? [], selector, walk, found);
  } else {
    for (const child of childrenOf(node, kind)) {
      walk.spend(1);
      if (selector.kind === "wildcard" || holds(selector.test, kind.value(child), walk)) found.push(child);
    }
  }
}

function childrenOf<N>(node: N, kind: Nodes<N>): Iterable<N> {
  return kind.items(node) ?? kind.members(node)?.values() ?? [];
}

/** RFC 9535, section 2.3.4.2. */
function slice<T>(
  list: readonly T[],
  { start, end, step }: Extract<Selector, { readonly kind: "slice" }>,
  walk: Walk,
  found: T[],
): void {
  const { length } = list;
  const bound = (at: number, low: number, high: number): number =>
    Math.min(Math.max(at >= 0 ? at : length + at, low), high);
  const take = (at: number): void => {
    walk.spend(1);
    const item = list[at];
    if (item !== undefined) found.push(item);
  };
  if (step > 0) {
    const upper = bound(end ?? length, 0, length);
    for (let at = bound(start ?? 0, 0, length); at < upper; at += step) take(at);
  } else if (step < 0) {
    const lower = end === undefined ? -1 : bound(end, -1, length - 1);
    for (let at = bound(start ?? length - 1, -1, length - 1); at > lower; at += step) take(at);
  }
}
