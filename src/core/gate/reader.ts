// Reads JSON text without loss: JSON.parse rounds numbers and lets the last of two equal keys win in silence.
import { type Decimal, decimalOf } from "./decimal.ts";

/** JSON without loss; value.ts names it for everybody else. */
export type Exact = null | boolean | string | Decimal | readonly Exact[] | ReadonlyMap<string, Exact>;

interface Cursor {
  readonly text: string;
  readonly maxDepth: number;
  at: number;
}

/** Undefined where the text is not JSON, or not one that every reader reads alike (value.ts parseValue). */
export function readJson(text: string, maxDepth: number): Exact | undefined {
  const cursor: Cursor = { text, maxDepth, at: 0 };
  try {
    const value = readValue(cursor, 0);
    return peek(cursor) === END ? value : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

const END = -1;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

const NUMBER = /[-+0-9.eE]+/y;
const WORDS: readonly (readonly [string, null | boolean])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

function readValue(cursor: Cursor, depth: number): Exact {
  const next = peek(cursor);
  if (next === QUOTE) return readText(cursor);
  if (next === OPEN_MAP) return readMap(cursor, depth);
  if (next === OPEN_LIST) return readList(cursor, depth);
  for (const [word, value] of WORDS) {
    if (!cursor.text.startsWith(word, cursor.at)) continue;
    cursor.at += word.length;
    return value;
  }
  return readNumber(cursor);
}

function readNumber(cursor: Cursor): Exact {
  const start = cursor.at;
  NUMBER.lastIndex = start;
  NUMBER.test(cursor.text);
  cursor.at = NUMBER.lastIndex; // 0 where there is none of its characters
  const decimal = decimalOf(cursor.text.slice(start, cursor.at));
  if (decimal === undefined) throw new SyntaxError();
  return decimal;
}

function readText(cursor: Cursor): string {
  const start = cursor.at;
  let plain = true;
  let end = start + 1;
  for (; ; end += 1) {
    const code = cursor.text.charCodeAt(end);
    if (code === QUOTE) break;
    // NaN behind the end; control characters must be escaped.
    if (!(code >= 0x20)) throw new SyntaxError();
    if (code === BACKSLASH) {
      plain = false;
      end += 1;
    }
  }
  cursor.at = end + 1;
  const value = plain
    ? cursor.text.slice(start + 1, end)
    : (JSON.parse(cursor.text.slice(start, end + 1)) as string);
  if (!value.isWellFormed()) throw new SyntaxError();
  return value;
}

function readList(cursor: Cursor, depth: number): Exact {
  const list: Exact[] = [];
  enter(cursor, depth);
  if (taken(cursor, CLOSE_LIST)) return list;
  do list.push(readValue(cursor, depth + 1));
  while (taken(cursor, COMMA));
  take(cursor, CLOSE_LIST);
  return list;
}

function readMap(cursor: Cursor, depth: number): Exact {
  const map = new Map<string, Exact>();
  enter(cursor, depth);
  if (taken(cursor, CLOSE_MAP)) return map;
  do {
    if (peek(cursor) !== QUOTE) throw new SyntaxError();
    const key = readText(cursor);
    // Of two equal keys some readers take the first and some the last: nobody could say what was signed.
    if (map.has(key)) throw new SyntaxError();
    take(cursor, COLON);
    map.set(key, readValue(cursor, depth + 1));
  } while (taken(cursor, COMMA));
  take(cursor, CLOSE_MAP);
  return map;
}

function enter(cursor: Cursor, depth: number): void {
  if (depth >= cursor.maxDepth) throw new SyntaxError();
  cursor.at += 1;
}

/** The next character that is not white space; -1 at the end. */
function peek(cursor: Cursor): number {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) cursor.at += 1;
    else return Number.isNaN(code) ? END : code;
  }
}

function taken(cursor: Cursor, code: number): boolean {
  if (peek(cursor) !== code) return false;
  cursor.at += 1;
  return true;
}

function take(cursor: Cursor, code: number): void {
  if (!taken(cursor, code)) throw new SyntaxError();
}
