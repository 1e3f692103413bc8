// Finds the lines of a text that a query matches: literally, or with RE2, whose running time is linear in the text.
import { RE2JS } from "re2js";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";

export interface LineMatch {
  /** From 1. */
  readonly line: number;
  /** The line without its line end, or the part of it around the match. */
  readonly text: string;
  /** True when `text` is only a part of the line. */
  readonly cut: boolean;
}

/** Matches from line `from` (counted from 0) on, lazily. */
export type Finder = (text: string, from: number) => Iterable<LineMatch>;

/** Where a line matches, or -1. */
type Locate = (line: string) => number;

/** Longest text of a match, in characters; the line itself may be a megabyte. */
const MAX_SHOWN = 400;

export function finder(query: string, regex: boolean): Result<Finder> {
  if (/[\r\n]/.test(query))
    return refuse("query_invalid", "a query matches within one line; it holds a line end", "query");
  if (!regex) return accept((text, from) => literal(text, from, query));
  try {
    const expression = RE2JS.compile(query);
    const locate: Locate = (line) => {
      if (!expression.test(line)) return -1;
      const matcher = expression.matcher(line);
      return matcher.find() ? matcher.start() : -1;
    };
    return accept((text, from) => eachLine(text, from, locate));
  } catch (error) {
    return refuse(
      "query_invalid",
      error instanceof Error ? error.message : "the expression cannot be read",
      "query",
    );
  }
}

function* eachLine(text: string, from: number, locate: Locate): Iterable<LineMatch> {
  let line = 0;
  for (let start = 0; start < text.length; line++) {
    const feed = text.indexOf("\n", start);
    const end = feed === -1 ? text.length : feed;
    if (line >= from) {
      const content = withoutReturn(text.slice(start, end));
      const at = locate(content);
      if (at !== -1) yield shown(line + 1, content, at);
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
