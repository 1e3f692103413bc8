// JSONPath over the text of a JSON document: where the selected values stand, so that a part can be replaced in place.
import { isList, isMap, parseValue, type Value } from "../gate/value.ts";
import type { Query } from "./query.ts";
import { follow, type Nodes, nodesOf } from "./select.ts";
import { walkOver } from "./walk.ts";

/** A value and its place in the text, quotes and brackets included. */
export interface Located {
  readonly value: Value;
  readonly start: number;
  readonly end: number;
  /** Of an object, in the order of the text. */
  readonly members?: ReadonlyMap<string, Located>;
  /** Of an array. */
  readonly items?: readonly Located[];
}

/** The document of strict JSON text; undefined for anything else, also for what two readers could read differently. */
export function locate(text: string): Located | undefined {
  const value = parseValue(text);
  return value === undefined ? undefined : placed({ text, at: 0 }, value);
}

/** As `select`, with places. Throws WorkError beyond `maxSteps`. */
export function selectLocated(query: Query, root: Located, maxSteps: number): readonly Located[] {
  return nodesOf(query, root, PLACED, walkOver(root.value, maxSteps, follow));
}

const PLACED: Nodes<Located> = {
  value: ({ value }) => value,
  items: ({ items }) => items,
  members: ({ members }) => members,
};

interface Cursor {
  readonly text: string;
  at: number;
}

const BLANK = /[ \t\n\r]*/y;
/** Numbers and words. */
const BARE = /[-+.0-9A-Za-z]+/y;

/** The text is known to be JSON of `value`: what remains is to find where each of its parts stands. */
function placed(cursor: Cursor, value: Value): Located {
  pass(cursor, BLANK);
  const start = cursor.at;
  if (isList(value)) {
    const items = value.map((item) => within(cursor, () => placed(cursor, item)));
    return { value, start, end: closed(cursor), items };
  }
  if (isMap(value)) {
    const members = new Map<string, Located>();
    for (const [key, member] of value)
      members.set(
        key,
        within(cursor, () => valueOf(cursor, member)),
      );
    return { value, start, end: closed(cursor), members };
  }
  if (typeof value === "string") passString(cursor);
  else pass(cursor, BARE);
  return { value, start, end: cursor.at };
}

/** Behind the bracket or comma that comes next. */
function within(cursor: Cursor, read: () => Located): Located {
  pass(cursor, BLANK);
  cursor.at += 1;
  return read();
}

function valueOf(cursor: Cursor, member: Value): Located {
  pass(cursor, BLANK);
  passString(cursor);
  pass(cursor, BLANK);
  cursor.at += 1;
  return placed(cursor, member);
}

/** Behind the closing bracket; an empty list or object has its opening one still ahead. */
function closed(cursor: Cursor): number {
  pass(cursor, BLANK);
  if (cursor.text[cursor.at] === "[" || cursor.text[cursor.at] === "{") cursor.at += 1;
  pass(cursor, BLANK);
  cursor.at += 1;
  return cursor.at;
}

/** By hand: an expression with alternatives would run out of stack in a string of some megabytes. */
function passString(cursor: Cursor): void {
  for (cursor.at += 1; cursor.text[cursor.at] !== '"'; cursor.at += 1)
    if (cursor.text[cursor.at] === "\\") cursor.at += 1;
  cursor.at += 1;
}

function pass(cursor: Cursor, sticky: RegExp): void {
  sticky.lastIndex = cursor.at;
  if (sticky.test(cursor.text)) cursor.at = sticky.lastIndex;
}
