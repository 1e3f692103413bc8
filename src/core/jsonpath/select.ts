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
  let nodes: readonly Value[] = [query.from === "$" ? walk.root : current];
  for (const segment of query.segments) {
    const found: Value[] = [];
    for (const node of nodes) descend(segment, node, walk, found);
    nodes = found;
  }
  return nodes;
}

/** Depth is bounded by that of values. */
function descend(segment: Segment, node: Value, walk: Walk, found: Value[]): void {
  for (const selector of segment.selectors) apply(selector, node, walk, found);
  if (segment.descendant) for (const child of childrenOf(node)) descend(segment, child, walk, found);
}

function apply(selector: Selector, node: Value, walk: Walk, found: Value[]): void {
  walk.spend(1);
  if (selector.kind === "name") {
    const member = isMap(node) ? node.get(selector.name) : undefined;
    if (member !== undefined) found.push(member);
  } else if (selector.kind === "index") {
    const item = isList(node) ? node.at(selector.index) : undefined;
    if (item !== undefined) found.push(item);
  } else if (selector.kind === "slice") {
    if (isList(node)) slice(node, selector, walk, found);
  } else {
    for (const child of childrenOf(node)) {
      walk.spend(1);
      if (selector.kind === "wildcard" || holds(selector.test, child, walk)) found.push(child);
    }
  }
}

function childrenOf(node: Value): Iterable<Value> {
  if (isList(node)) return node;
  return isMap(node) ? node.values() : [];
}

/** RFC 9535, section 2.3.4.2. */
export function slice<T>(
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
