// Other ways to read a text: with its escapes resolved, its pieces put together, or what base64 in it says.
import { decoded } from "./base64.ts";

/** Another reading; `at` tells where a character of it stands in the text. */
export interface View {
  readonly text: string;
  readonly at: (offset: number) => number;
}

const INVISIBLE = String.raw`[\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]`;
const UNICODE = String.raw`\\u(?:00([2-7][0-9A-Fa-f])|\{([2-7][0-9A-Fa-f])\})|\\x([2-7][0-9A-Fa-f])`;
const PERCENT = "%([2-7][0-9A-Fa-f])";
const ENTITY = "&#(?:x([2-7][0-9A-Fa-f])|(\\d{2,3})|820[345]|8288|65279);";
/** The end of one literal and the begin of the next, behind and before characters that secrets have. */
const JOINT = String.raw`(?<=[A-Za-z0-9_-])\\?["'\u0060](?:[ \t]{0,8}(?:\+{1,2}|\.{1,2}|&|<>|\|\|)\s{0,40}|[ \t]{0,8}\r?\n\s{0,40}|[ \t]{1,8})[bBrRfFuU@]?\\?["'\u0060](?=[A-Za-z0-9_-])`;
const CONTINUED = String.raw`\\\r?\n[ \t]{0,40}`;

const RESOLVED = new RegExp(
  [UNICODE, PERCENT, ENTITY, INVISIBLE, JOINT, CONTINUED].map((part) => `(?:${part})`).join("|"),
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
  for (const match of text.matchAll(RESOLVED)) {
    put(text.slice(from, match.index), from);
    const hex = match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5];
    const code = hex === undefined ? Number(match[6] ?? 0) : Number.parseInt(hex, 16);
    from = match.index + match[0].length;
    // A resolved character ends where its escape does, so that a hit that ends with it covers all of it.
    if (code >= 0x20 && code < 0x7f) put(String.fromCharCode(code), from - 1);
  }
  if (from === 0) return undefined;
  put(text.slice(from), from);
  return { text: pieces.join(""), at: (offset) => offset + (shifts[pieceOf(starts, offset)] ?? 0) };
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

/** Runs of base64 that say readable text. */
export function unwrapped(text: string): readonly Wrapped[] {
  return [...text.matchAll(RUN)].flatMap(({ 0: run, index }) => {
    const probe = decoded(run.slice(0, PROBE));
    if (probe === undefined || !isReadable(probe)) return [];
    const whole = decoded(run);
    return whole !== undefined && isReadable(whole.slice(0, -3))
      ? [{ text: whole, start: index, end: index + run.length }]
      : [];
  });
}

function isReadable(text: string): boolean {
  return /^[\t\n\r\x20-\x7e]*$/.test(text);
}
