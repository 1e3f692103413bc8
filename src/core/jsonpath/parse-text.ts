// Reads the strings of JSONPath queries, in either kind of quotes.
import { type Cursor, expected, need, peek, take, takeMatch } from "./cursor.ts";

const ESCAPED: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "/": "/",
  "\\": "\\",
};

/** The text behind the quote that comes next. Throws QueryError. */
export function parseText(cursor: Cursor): string {
  const quote = peek(cursor);
  need(cursor, quote);
  const plain = quote === '"' ? /[^"\\\u0000-\u001f]+/y : /[^'\\\u0000-\u001f]+/y;
  let text = "";
  while (!take(cursor, quote)) {
    const run = takeMatch(cursor, plain);
    if (run !== undefined) text += run;
    else if (take(cursor, "\\")) text += parseEscape(cursor, quote);
    else throw expected(cursor, "the end of the text");
  }
  return text;
}

function parseEscape(cursor: Cursor, quote: string): string {
  if (take(cursor, quote)) return quote;
  if (take(cursor, "u")) return parseUnicode(cursor);
  const letter = takeMatch(cursor, /[bfnrt/\\]/y);
  if (letter === undefined) throw expected(cursor, "an escape");
  return ESCAPED[letter] ?? letter;
}

/** Surrogates only in pairs: half a character is none. */
function parseUnicode(cursor: Cursor): string {
  const found = takeMatch(
    cursor,
    /[0-9A-CEFa-cef][0-9A-Fa-f]{3}|[Dd][0-7][0-9A-Fa-f]{2}|[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}/y,
  );
  if (found === undefined) throw expected(cursor, "four hexadecimal digits of a character");
  return found
    .split("\\u")
    .map((digits) => String.fromCharCode(Number.parseInt(digits, 16)))
    .join("");
}
