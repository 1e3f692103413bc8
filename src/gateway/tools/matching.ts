// Finds the lines of a text that a query matches: literally, or with RE2, in pieces of bounded work.
import { compileExpression, type Expression } from "../../core/base/expression.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";

export interface LineMatch {
  /** From 1. */
  readonly line: number;
  /** The line without its line end, or the part of it around the match. */
  readonly text: string;
  /** True when `text` is only a part of the line. */
  readonly cut: boolean;
}

/** No match, but work: the searcher may stop here and go on at line `next` (counted from 0). */
export interface Rest {
  readonly next: number;
  /** Steps since the last rest. */
  readonly steps: number;
}

/** Matches from line `from` (counted from 0) on, lazily, with a rest after each `REST_STEPS` of work. */
export type Finder = (text: string, from: number) => Iterable<LineMatch | Rest>;

/**
 * A larger program could take seconds for a single line of a megabyte, and a line is not divided. Counted in RE2's
 * instructions.
 */
const MAX_PROGRAM = 128;

/** Below a tenth of a second, whatever the expression. */
const REST_STEPS = 1_000_000;

/** Longest text of a match, in characters; the line itself may be a megabyte. */
const MAX_SHOWN = 400;

export function finder(query: string, regex: boolean): Result<Finder> {
  if (/[\r\n]/.test(query))
    return refuse("query_invalid", "a query matches within one line; it holds a line end", "query");
  if (!regex) return accept((text, from) => literal(text, from, query));
  const expression = compiled(query);
  return expression.ok ? accept((text, from) => eachLine(text, from, expression.value)) : expression;
}

function compiled(query: string): Result<Expression> {
  let expression: Expression;
  try {
    expression = compileExpression(query);
  } catch (error) {
    const why = error instanceof Error ? error.message : "the expression cannot be read";
    return refuse("query_invalid", why, "query");
  }
  if (expression.size <= MAX_PROGRAM) return accept(expression);
  const why = `the expression takes ${expression.size} instructions, ${MAX_PROGRAM} are allowed`;
  return refuse("query_invalid", why, "query", "Search for its parts one after the other.");
}

function* eachLine(text: string, from: number, { program, cost }: Expression): Iterable<LineMatch | Rest> {
  let line = 0;
  let steps = 0;
  for (let start = 0; start < text.length; line++) {
    const feed = text.indexOf("\n", start);
    const end = feed === -1 ? text.length : feed;
    if (line >= from) {
      const content = withoutReturn(text.slice(start, end));
      const matcher = program.test(content) ? program.matcher(content) : undefined;
      if (matcher?.find() === true) yield shown(line + 1, content, matcher.start());
      steps += content.length * cost;
      if (steps >= REST_STEPS) {
        yield { next: line + 1, steps };
        steps = 0;
      }
    }
    start = end + 1;
  }
}

/** Jumps from match to match and counts only the lines between: most files of a search hold none. */
function* literal(text: string, from: number, query: string): Iterable<LineMatch> {
  let line = 0;
  let start = 0;
  for (let at = text.indexOf(query); at !== -1; at = text.indexOf(query, start)) {
    for (let feed = text.indexOf("\n", start); feed !== -1 && feed < at; feed = text.indexOf("\n", start)) {
      line++;
      start = feed + 1;
    }
    const feed = text.indexOf("\n", at);
    const end = feed === -1 ? text.length : feed;
    if (line >= from) yield shown(line + 1, withoutReturn(text.slice(start, end)), at - start);
    if (feed === -1) return;
    line++;
    start = end + 1;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function shown(line: number, content: string, at: number): LineMatch {
  if (content.length <= MAX_SHOWN) return { line, text: content, cut: false };
  const from = Math.max(0, Math.min(at - MAX_SHOWN / 4, content.length - MAX_SHOWN));
  return { line, text: whole(content.slice(from, from + MAX_SHOWN)), cut: true };
}

/** Without the halves of characters that a cut leaves at both ends. */
function whole(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}
