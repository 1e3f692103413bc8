// Judges one character that is drawn as nothing, moves what is drawn, or is no character at all, by what stands around it.

import type { Kind, Piece } from "./pieces.ts";

/** Classes of hidden characters; each is a rule of the check `hidden-text`. */
export type Hiding =
  | "bidi"
  | "bidi-mark"
  | "combining"
  | "control"
  | "filler"
  | "full-width"
  | "homoglyph"
  | "invisible"
  | "line-separator"
  | "private-use"
  | "space"
  | "tag"
  | "unassigned"
  | "variation"
  | "zero-width";

export interface WordFault {
  readonly rule: Hiding;
  /** UTF-16 offset within what was judged. */
  readonly at: number;
}

/** What is asked of a piece of a line as a whole. */
interface Part {
  readonly kind: Kind;
  readonly rightToLeft: boolean;
}

/** One line, with what is asked of it as a whole: established once, or a line of marks alone would cost its square. */
export interface Line {
  /** By code point. */
  readonly letters: readonly string[];
  /** The first of its file. */
  readonly first: boolean;
  /** For each letter, the piece that it stands in: a comment in Hebrew says nothing about the string before it. */
  readonly parts: readonly Part[];
  readonly braille: boolean;
  /** Nothing but a form feed. */
  readonly feed: boolean;
}

/** Without its pieces it is one text. */
export function asLine(text: string, first: boolean, pieces: readonly Piece[] = []): Line {
  const cut = pieces.length > 0 ? pieces : [{ kind: "text" as const, text }];
  const parts = cut.flatMap((piece) => {
    const letters = Array.from(piece.text);
    const rightToLeft = letters.some((one) => RIGHT_TO_LEFT.test(one) && LETTER.test(one));
    const part: Part = { kind: piece.kind, rightToLeft };
    return letters.map(() => part);
  });
  return {
    letters: Array.from(text),
    first,
    parts,
    braille: /[\u2801-\u28ff]/.test(text),
    feed: /^\f+\r?$/.test(text),
  };
}

/** What may stand at all; only these are looked at one by one. */
export const SUSPECT =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{DI}\u2800\ufffc\u2d7f\ufe73\u{16fe4}\u{1d159}]/u;

/** Scripts whose spelling needs joiners: Arabic and its kin, the scripts of India and the neighbours that descend from them. */
const JOINED =
  /[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Mand}\p{scx=Phag}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Mymr}\p{scx=Khmr}\p{scx=Tibt}\p{scx=Limb}\p{scx=Java}\p{scx=Bali}\p{scx=Sund}\p{scx=Tglg}\p{scx=Rohg}\p{scx=Adlm}]/u;
/** Scripts that write no spaces, so that where a line may break has to be said. */
const UNSPACED =
  /[\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}\p{scx=Lana}\p{scx=Hira}\p{scx=Kana}\p{scx=Hani}]/u;
const RIGHT_TO_LEFT =
  /[\p{scx=Arab}\p{scx=Hebr}\p{scx=Syrc}\p{scx=Thaa}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Rohg}\p{scx=Mand}\p{scx=Samr}]/u;
const LETTER = /[\p{L}\p{M}]/u;
const WORD = /[A-Za-z0-9_$]/;
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]/u;

/** Why the character at `at` hides something; undefined when it belongs where it is. */
export function hiding(line: Line, at: number): Hiding | undefined {
  const letter = line.letters[at] ?? "";
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(letter)) return control(line, at);
  if (/[\u202a-\u202e\u2066-\u2069]/.test(letter)) return "bidi";
  if (/[\u200e\u200f\u061c]/.test(letter)) return isMarkInPlace(line, at) ? undefined : "bidi-mark";
  if (/[\u200b-\u200d\u2060\ufeff]/.test(letter))
    return isWidthlessInPlace(line, at) ? undefined : "zero-width";
  if (/[\u{e0000}-\u{e007f}]/u.test(letter)) return isFlag(line, at) ? undefined : "tag";
  if (/\p{Variation_Selector}/u.test(letter)) return isVariationInPlace(line, at) ? undefined : "variation";
  if (/[\u115f\u1160\u3164\uffa0\u2800]/.test(letter))
    return isFillerInPlace(line, at) ? undefined : "filler";
  return other(line, at);
}

/** Without a shape of their own, or with one that depends on their neighbours; and the script of whose texts they are part. */
const HOMES: readonly (readonly [RegExp, RegExp])[] = [
  [/[\u{13430}-\u{1345f}]/u, /\p{sc=Egyp}/u],
  [/\u2d7f/, /[\p{sc=Tfng}\p{M}]/u],
  [/\u{16fe4}/u, /\p{sc=Kits}/u],
  [/\u{1d159}/u, /[\u{1d100}-\u{1d1ff}]/u],
  [/\ufe73|[\u0600-\u0605\u06dd\u0890\u0891\u08e2]/, /\p{scx=Arab}/u],
  [/\u070f/, /\p{sc=Syrc}/u],
  [/\u{110bd}|\u{110cd}/u, /\p{sc=Kthi}/u],
];

/** A tab anywhere, a carriage return as part of the line's end, a form feed alone on its line as GNU sources have it. */
function control(line: Line, at: number): Hiding | undefined {
  const letter = line.letters[at];
  if (letter === "\t" || (letter === "\r" && at === line.letters.length - 1)) return undefined;
  if (letter === "\f" && line.feed) return undefined;
  return letter === "\u0085" || letter === "\u2028" || letter === "\u2029" ? "line-separator" : "control";
}

const MARK = /[\u200e\u200f\u061c]/;

/** In a piece that is written from right to left somewhere, alone, and not within a word that is not. */
function isMarkInPlace(line: Line, at: number): boolean {
  const [before, after] = around(line, at);
  const part = line.parts[at];
  if (part?.rightToLeft !== true || MARK.test(before) || MARK.test(after)) return false;
  if (part.kind === "code") return RIGHT_TO_LEFT.test(before) || RIGHT_TO_LEFT.test(after);
  return !(WORD.test(before) && WORD.test(after));
}

function isWidthlessInPlace(line: Line, at: number): boolean {
  const letter = line.letters[at] ?? "";
  const [before, after] = around(line, at);
  if (letter === "\ufeff") return line.first && at === 0;
  if (letter === "\u200b") return UNSPACED.test(before) && UNSPACED.test(after);
  return /[\u200c\u200d]/.test(letter) && isJoinerInPlace(line, at);
}

function isJoinerInPlace(line: Line, at: number): boolean {
  const letter = line.letters[at] ?? "";
  const [before, after] = around(line, at);
  if (JOINED.test(before) && LETTER.test(before)) return !SUSPECT.test(after) && !WORD.test(after);
  if (JOINED.test(after) && LETTER.test(after)) return !SUSPECT.test(before) && !WORD.test(before);
  const drawn = before === "\ufe0f" ? (line.letters[at - 2] ?? "") : before;
  return letter === "\u200d" && PICTURE.test(drawn) && PICTURE.test(after);
}

function around({ letters }: Line, at: number): readonly [before: string, after: string] {
  return [letters[at - 1] ?? "", letters[at + 1] ?? ""];
}

/** Flags of regions, the one use of tags that Unicode recommends: England, Scotland and Wales. */
const FLAGS: readonly string[] = ["gbeng", "gbsct", "gbwls"];
const FLAG_LENGTH = 6;

function isFlag({ letters }: Line, at: number): boolean {
  const reach = letters.slice(Math.max(at - FLAG_LENGTH, 0), at);
  const start = at - reach.length + reach.lastIndexOf("\u{1f3f4}");
  if (start < at - reach.length) return false;
  const codes = letters.slice(start + 1, start + 1 + FLAG_LENGTH).map((one) => one.codePointAt(0) ?? 0);
  const said = String.fromCodePoint(...codes.slice(0, -1).map((code) => Math.max(code - 0xe0000, 0)));
  return codes.at(-1) === 0xe007f && FLAGS.includes(said);
}

/** On a base that takes it: an emoji, an ideograph, a sign of mathematics, a letter of Mongolian and a few others. */
function isVariationInPlace(line: Line, at: number): boolean {
  const selector = line.letters[at] ?? "";
  const [base, after] = around(line, at);
  if (/[\u180b-\u180d\u180f]/.test(selector)) return /\p{scx=Mong}/u.test(base) && !/\p{VS}/u.test(base);
  if (/[0-9#*]/.test(base)) return selector === "\ufe0f" && after === "\u20e3";
  if (selector === "\ufe0e" || selector === "\ufe0f")
    return /[\p{Emoji}\p{Extended_Pictographic}]/u.test(base);
  if (
    selector <= "\ufe02" &&
    selector >= "\ufe00" &&
    /[\p{Sm}\p{scx=Mymr}\p{scx=Phag}\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f]/u.test(base)
  )
    return base > "\u007f";
  // In a name of code it makes another name that is drawn the same.
  if (line.parts[at]?.kind === "code") return false;
  return /\p{Unified_Ideograph}/u.test(base) || /[\uf900-\ufaff]/.test(base);
}

/** Letters without a shape: those of Hangul belong beside conjoining letters, the Braille blank beside Braille. */
function isFillerInPlace(line: Line, at: number): boolean {
  const letter = line.letters[at] ?? "";
  const beside = around(line, at);
  if (/[\u115f\u1160]/.test(letter))
    return beside.some((one) => /[\u1100-\u115e\u1161-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/.test(one));
  return letter === "\u2800" && line.braille && !beside.some((one) => WORD.test(one));
}

function other(line: Line, at: number): Hiding | undefined {
  const letter = line.letters[at] ?? "";
  const beside = around(line, at);
  const within = (letters: RegExp): boolean => beside.every((one) => letters.test(one));
  const home = HOMES.find(([letters]) => letters.test(letter))?.[1];
  if (home !== undefined) return beside.some((one) => home.test(one)) ? undefined : "filler";
  if (letter === "\u180e" && within(/\p{scx=Mong}/u)) return undefined;
  if (letter === "\u034f" && within(/\p{M}/u)) return undefined;
  if (/\p{Co}/u.test(letter)) return "private-use";
  if (/[\p{DI}\ufff9-\ufffc]/u.test(letter)) return "invisible";
  return /[\p{Cn}\p{Cs}]/u.test(letter) ? "unassigned" : undefined;
}
