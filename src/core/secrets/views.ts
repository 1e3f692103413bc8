// Other ways to read a text: with its escapes resolved, its pieces put together, or what base64 in it says.
import { decoded } from "./base64.ts";

/** Another reading; `at` tells where a character of it stands in the text. */
export interface View {
  readonly text: string;
  readonly at: (offset: number) => number;
}

/** What cannot be seen, and pieces of a template with nothing in them. */
const INVISIBLE = String.raw`\$\{(?:""|'')\}|[\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]`;
const UNICODE = String.raw`\\u(?:00([2-7][0-9A-Fa-f])|\{([2-7][0-9A-Fa-f])\})|\\x([2-7][0-9A-Fa-f])`;
const PERCENT = "%([2-7][0-9A-Fa-f])";
const ENTITY = "&#(?:x([2-7][0-9A-Fa-f])|(\\d{2,3})|820[345]|8288|65279);";
/** What may stand between two pieces beside their operator. */
const REMARK = String.raw`(?:[ \t]{0,8}(?:/\*[^*]{0,80}\*/|(?://|#)[^\n"'\u0060]{0,80}\r?\n)\s{0,40})?`;
const [BEHIND, BEFORE] = [
  String.raw`(?<=[A-Za-z0-9_-])\\?["'\u0060]`,
  String.raw`[bBrRfFuU@]?\\?["'\u0060](?=[A-Za-z0-9_-])`,
];
/** The end of one literal and the begin of the next, behind and before characters that secrets have. */
const JOINT = String.raw`${BEHIND}${REMARK}(?:\s{0,40}(?:\+{1,2}|\.{1,2}|&|<>|\|\|)\s{0,40}|[ \t]{0,8}\r?\n\s{0,40}|[ \t]{1,8}|(?<=/)|\.concat\([ ]{0,2})${REMARK}[ \t]{0,8}${BEFORE}`;
const COMMA = String.raw`(${BEHIND}\s{0,40},\s{0,40}${BEFORE})`;
const CONTINUED = String.raw`\\\r?\n[ \t]{0,40}`;
/** Letters of the width of Chinese ones. */
const WIDE = "([\uff01-\uff5e])";
const TO_NARROW = 0xfee0;

/** Lists whose parts are put together: in them, a comma stands between two pieces. */
const LISTS =
  /\[[^[\]]{1,2000}\]\s{0,40}\.join\([ ]{0,2}(["'`])\1[ ]{0,2}\)|(["'])\2\.join\([ ]{0,2}[[(][^[\]()]{1,2000}[\])]|concat!\([^()]{1,2000}\)|String\.join\([ ]{0,2}"",[^()]{1,2000}\)/g;

const RESOLVED = new RegExp(
  [UNICODE, PERCENT, ENTITY, INVISIBLE, WIDE, JOINT, COMMA, CONTINUED].map((part) => `(?:${part})`).join("|"),
  "g",
);

/** Undefined when the text has nothing to resolve. */
export function resolved(text: string): View | undefined {
  const pieces: string[] = [];
  const starts: number[] = [];
  const shifts: number[] = [];
  let [from, length] = [0, 0];
  const put = (piece: string, origin: number): void => {
    if (piece === "") return;
    starts.push(length);
    shifts.push(origin - length);
    pieces.push(piece);
    length += piece.length;
  };
  const isPiece = piecesIn(text);
  for (const match of text.matchAll(RESOLVED)) {
    if (match[8] !== undefined && !isPiece(match.index)) continue;
    put(text.slice(from, match.index), from);
    const hex = match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5];
    const code = hex === undefined ? narrow(match[7]) || Number(match[6] ?? 0) : Number.parseInt(hex, 16);
    from = match.index + match[0].length;
    // A resolved character ends where its escape does, so that a hit that ends with it covers all of it.
    if (code >= 0x20 && code < 0x7f) put(String.fromCharCode(code), from - 1);
  }
  if (from === 0) return undefined;
  put(text.slice(from), from);
  return { text: pieces.join(""), at: (offset) => offset + (shifts[pieceOf(starts, offset)] ?? 0) };
}

function narrow(wide: string | undefined): number {
  return wide === undefined ? 0 : wide.charCodeAt(0) - TO_NARROW;
}

/** Asked for places in order. */
function piecesIn(text: string): (at: number) => boolean {
  const lists = [...text.matchAll(LISTS)].map(({ 0: list, index }) => [index, index + list.length] as const);
  let next = 0;
  return (at) => {
    while (next < lists.length && (lists[next]?.[1] ?? 0) <= at) next += 1;
    return (lists[next]?.[0] ?? Number.POSITIVE_INFINITY) <= at;
  };
}

/** Index of the last of `starts` that is not behind `offset`. */
function pieceOf(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface Wrapped {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const RUN = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{40,}={0,2}/g;
/** What the first characters say decides whether the rest is decoded at all. */
const PROBE = 24;
/** The next line of a block, at the same place or deeper, as tools break them after 64 or 76 characters. */
const LINE = /\r?\n[ \t]{0,40}([A-Za-z0-9+/_-]{1,100}={0,2})(?=[ \t]{0,8}["'`]?(?:[\r\n,<]|$))/y;

/** Runs of base64 that say readable text, in one line or in many of the same length. */
export function unwrapped(text: string): readonly Wrapped[] {
  let until = 0;
  return [...text.matchAll(RUN)].flatMap(({ 0: run, index }) => {
    if (index < until) return [];
    const probe = decoded(run.slice(0, PROBE));
    if (probe === undefined || !isReadable(probe)) return [];
    const block = blockAt(text, index, run);
    for (const { said, end } of block.said === run
      ? [block]
      : [block, { said: run, end: index + run.length }]) {
      const whole = decoded(said);
      if (whole === undefined || !isReadable(whole.slice(0, -3))) continue;
      until = end;
      return [{ text: whole, start: index, end }];
    }
    return [];
  });
}

function blockAt(text: string, start: number, run: string): { readonly said: string; readonly end: number } {
  const lines = [run];
  let end = start + run.length;
  for (let last = run.length; last === run.length;) {
    LINE.lastIndex = end;
    const [, line] = LINE.exec(text) ?? [];
    if (line === undefined || line.length > run.length) break;
    lines.push(line);
    end = LINE.lastIndex;
    last = line.length;
  }
  return { said: lines.join(""), end };
}

function isReadable(text: string): boolean {
  return /^[\t\n\r\x20-\x7e]*$/.test(text);
}
