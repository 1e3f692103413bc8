// Reads JSONPath queries: the grammar of RFC 9535, section 2, nothing more lenient and no extension.
import {
  type Cursor,
  expected,
  need,
  peek,
  QueryError,
  skipBlank,
  take,
  takeAfterBlank,
  takeMatch,
} from "./cursor.ts";
import { parseTest } from "./parse-filter.ts";
import { parseText } from "./parse-text.ts";
import type { Query, Segment, Selector } from "./query.ts";

/** Longest query, in UTF-16 units. */
export const MAX_QUERY = 1000;

const SHORTHAND = /[A-Za-z_\u0080-\ud7ff\ue000-\u{10ffff}][0-9A-Za-z_\u0080-\ud7ff\ue000-\u{10ffff}]*/uy;
const INTEGER = /0|-?[1-9][0-9]*/y;

/** Throws QueryError. */
export function parseQuery(text: string): Query {
  if (text.length > MAX_QUERY || !text.isWellFormed())
    throw new QueryError(0, `text of at most ${MAX_QUERY} characters`);
  const cursor: Cursor = { text, at: 0, segments: parseSegments };
  need(cursor, "$");
  const query: Query = { from: "$", segments: parseSegments(cursor) };
  if (cursor.at !== text.length) throw expected(cursor, "a segment or the end");
  return query;
}

function parseSegments(cursor: Cursor): readonly Segment[] {
  const segments: Segment[] = [];
  for (let segment = parseSegment(cursor); segment !== undefined; segment = parseSegment(cursor))
    segments.push(segment);
  return segments;
}

function parseSegment(cursor: Cursor): Segment | undefined {
  if (takeAfterBlank(cursor, "..")) {
    const selectors = take(cursor, "[") ? parseBracketed(cursor) : [parseShorthand(cursor)];
    return { descendant: true, selectors };
  }
  if (takeAfterBlank(cursor, ".")) return { descendant: false, selectors: [parseShorthand(cursor)] };
  if (takeAfterBlank(cursor, "[")) return { descendant: false, selectors: parseBracketed(cursor) };
  return undefined;
}

function parseShorthand(cursor: Cursor): Selector {
  if (take(cursor, "*")) return { kind: "wildcard" };
  const name = takeMatch(cursor, SHORTHAND);
  if (name === undefined) throw expected(cursor, "a name or *");
  return { kind: "name", name };
}

function parseBracketed(cursor: Cursor): readonly Selector[] {
  const selectors: Selector[] = [];
  do {
    skipBlank(cursor);
    selectors.push(parseSelector(cursor));
    skipBlank(cursor);
  } while (take(cursor, ","));
  need(cursor, "]");
  return selectors;
}

function parseSelector(cursor: Cursor): Selector {
  const next = peek(cursor);
  if (next === '"' || next === "'") return { kind: "name", name: parseText(cursor) };
  if (take(cursor, "*")) return { kind: "wildcard" };
  if (take(cursor, "?")) {
    skipBlank(cursor);
    return { kind: "filter", test: parseTest(cursor) };
  }
  const start = parseInteger(cursor);
  if (takeAfterBlank(cursor, ":")) return parseSlice(cursor, start);
  if (start === undefined) throw expected(cursor, "a selector");
  return { kind: "index", index: start };
}

function parseSlice(cursor: Cursor, start: number | undefined): Selector {
  skipBlank(cursor);
  const end = parseInteger(cursor);
  let step = 1;
  if (takeAfterBlank(cursor, ":")) {
    const { at } = cursor;
    skipBlank(cursor);
    const given = parseInteger(cursor);
    if (given === undefined) cursor.at = at;
    step = given ?? 1;
  }
  return { kind: "slice", start, end, step };
}

/** Within the integers that two JSON readers agree on (RFC 7493), as section 2.1 asks. */
function parseInteger(cursor: Cursor): number | undefined {
  const { at } = cursor;
  const text = takeMatch(cursor, INTEGER);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new QueryError(at, "an integer of at most 2^53 - 1");
  return value;
}
