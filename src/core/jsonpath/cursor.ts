// The place in a query up to which it has been read, and the words that every part of the grammar is read with.
import type { Segment } from "./query.ts";

export interface Cursor {
  readonly text: string;
  at: number;
  /** Reads segments: filters hold queries, and so the grammar's two files would need each other. */
  readonly segments: (cursor: Cursor) => readonly Segment[];
}

/** The text is no query of RFC 9535; says where and what was expected, never more of the text than a position. */
export class QueryError extends Error {
  constructor(at: number, expected: string) {
    super(`${expected} is expected at character ${at + 1}`);
    this.name = "QueryError";
  }
}

export function expected(cursor: Cursor, what: string): QueryError {
  return new QueryError(cursor.at, what);
}

/** Take `word` if it comes next. */
export function take(cursor: Cursor, word: string): boolean {
  if (!cursor.text.startsWith(word, cursor.at)) return false;
  cursor.at += word.length;
  return true;
}

export function need(cursor: Cursor, word: string): void {
  if (!take(cursor, word)) throw expected(cursor, word);
}

/** Take what the sticky expression matches here; undefined when it does not. */
export function takeMatch(cursor: Cursor, sticky: RegExp): string | undefined {
  sticky.lastIndex = cursor.at;
  const found = sticky.exec(cursor.text)?.[0];
  cursor.at += found?.length ?? 0;
  return found;
}

export function peek(cursor: Cursor): string {
  return cursor.text.charAt(cursor.at);
}

/** `S` of the grammar: blanks, tabs, line feeds, carriage returns. */
export function skipBlank(cursor: Cursor): void {
  takeMatch(cursor, /[ \t\n\r]*/y);
}

/** `S` and then `word`; without the word, nothing was read. */
export function takeAfterBlank(cursor: Cursor, word: string): boolean {
  const { at } = cursor;
  skipBlank(cursor);
  if (take(cursor, word)) return true;
  cursor.at = at;
  return false;
}
