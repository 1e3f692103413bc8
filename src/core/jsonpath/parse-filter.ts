// Reads the filters of JSONPath queries: comparisons, existence, and the five functions of RFC 9535.
import { compileExpression, type Expression } from "../base/expression.ts";
import { decimalOf } from "../gate/decimal.ts";
import type { Value } from "../gate/value.ts";
import { type Cursor, expected, need, peek, skipBlank, take, takeAfterBlank, takeMatch } from "./cursor.ts";
import { parseText } from "./parse-text.ts";
import { isSingular, type Operand, type Operator, operators, type Query, type Test } from "./query.ts";

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

export function parseTest(cursor: Cursor): Test {
  return parseParts(cursor, "or", "||", (inner) => parseParts(inner, "and", "&&", parseBasic));
}

function parseParts(
  cursor: Cursor,
  kind: "or" | "and",
  sign: string,
  parsePart: (cursor: Cursor) => Test,
): Test {
  const first = parsePart(cursor);
  const parts = [first];
  while (takeAfterBlank(cursor, sign)) {
    skipBlank(cursor);
    parts.push(parsePart(cursor));
  }
  return parts.length === 1 ? first : { kind, parts };
}

function parseBasic(cursor: Cursor): Test {
  // `!` binds to a test or to parentheses, never to a comparison.
  const negated = take(cursor, "!");
  if (negated) skipBlank(cursor);
  const test = take(cursor, "(") ? parseGroup(cursor) : parsePlain(cursor, !negated);
  return negated ? { kind: "not", test } : test;
}

function parseGroup(cursor: Cursor): Test {
  skipBlank(cursor);
  const test = parseTest(cursor);
  skipBlank(cursor);
  need(cursor, ")");
  return test;
}

function parsePlain(cursor: Cursor, comparable: boolean): Test {
  const matching = parseMatching(cursor);
  if (matching !== undefined) return matching;
  const query = parseAnyQuery(cursor);
  const operator = comparable ? takeOperator(cursor) : undefined;
  if (operator === undefined && query !== undefined) return { kind: "exists", query };
  if (query !== undefined && operator !== undefined)
    return { kind: "compare", operator, left: singular(cursor, query), right: parseOperand(cursor) };
  const left = parseOperand(cursor);
  const behind = comparable ? takeOperator(cursor) : undefined;
  if (behind === undefined) throw expected(cursor, "a comparison");
  return { kind: "compare", operator: behind, left, right: parseOperand(cursor) };
}

function takeOperator(cursor: Cursor): Operator | undefined {
  const operator = operators.find((sign) => takeAfterBlank(cursor, sign));
  if (operator !== undefined) skipBlank(cursor);
  return operator;
}

function parseAnyQuery(cursor: Cursor): Query | undefined {
  if (take(cursor, "@")) return { from: "@", segments: cursor.segments(cursor) };
  return take(cursor, "$") ? { from: "$", segments: cursor.segments(cursor) } : undefined;
}

function needQuery(cursor: Cursor): Query {
  const query = parseAnyQuery(cursor);
  if (query === undefined) throw expected(cursor, "a query");
  return query;
}

function singular(cursor: Cursor, query: Query): Operand {
  if (!isSingular(query)) throw expected(cursor, "a query for one node before it");
  return { kind: "query", query };
}

function parseOperand(cursor: Cursor): Operand {
  const query = parseAnyQuery(cursor);
  if (query !== undefined) return singular(cursor, query);
  const next = peek(cursor);
  if (next === '"' || next === "'") return { kind: "literal", value: parseText(cursor) };
  const number = takeMatch(cursor, NUMBER);
  if (number !== undefined) return { kind: "literal", value: exact(cursor, number) };
  const word = takeMatch(cursor, /[a-z][a-z0-9_]*/y) ?? "";
  const value = WORDS.get(word);
  if (value !== undefined) return { kind: "literal", value };
  return parseFunction(cursor, word);
}

function exact(cursor: Cursor, text: string): Value {
  const value = decimalOf(text);
  if (value === undefined) throw expected(cursor, "a smaller exponent before it");
  return value;
}

function parseFunction(cursor: Cursor, name: string): Operand {
  if (name !== "length" && name !== "count" && name !== "value")
    throw expected(cursor, "a value, a query or a function of RFC 9535 before it");
  need(cursor, "(");
  skipBlank(cursor);
  const call: Operand =
    name === "length" ? { kind: name, of: parseOperand(cursor) } : { kind: name, query: needQuery(cursor) };
  skipBlank(cursor);
  need(cursor, ")");
  return call;
}

function parseMatching(cursor: Cursor): Test | undefined {
  const kind = takeMatch(cursor, /(?:match|search)(?=\()/y);
  if (kind !== "match" && kind !== "search") return undefined;
  need(cursor, "(");
  skipBlank(cursor);
  const text = parseOperand(cursor);
  skipBlank(cursor);
  need(cursor, ",");
  skipBlank(cursor);
  const pattern = parsePattern(cursor);
  skipBlank(cursor);
  need(cursor, ")");
  return { kind, text, pattern };
}

/**
 * Narrower than RFC 9535: the pattern stands in the query. One that lies in the document would be compiled by us and
 * written by whoever wrote the document.
 */
function parsePattern(cursor: Cursor): Expression {
  const next = peek(cursor);
  if (next !== '"' && next !== "'") throw expected(cursor, "a pattern in quotes");
  const source = parseText(cursor);
  try {
    return compileExpression(dotless(source));
  } catch {
    throw expected(cursor, "a regular expression before it");
  }
}

/** The dot of I-Regexp (RFC 9485, section 5) is neither a line feed nor a carriage return. */
function dotless(source: string): string {
  return source.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\./gsu, (part) => (part === "." ? "[^\\n\\r]" : part));
}
