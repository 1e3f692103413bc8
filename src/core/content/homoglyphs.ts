// Judges words: letters of two scripts where one is there to be taken for the other (after UTS #39), and odd forms of ASCII.
import { looksLike } from "./confusables.ts";
import type { Hiding } from "./invisible.ts";
import type { Kind } from "./pieces.ts";

export interface WordFault {
  readonly rule: Hiding;
  /** UTF-16 offset within the piece. */
  readonly at: number;
}

const ASCII_LETTER = /[A-Za-z]/;
const LATIN = /\p{sc=Latn}/u;
const LETTER_OR_DIGIT = /[\p{L}\p{Nd}]/u;
/** As mathematicians write: letters of Unicode's own alphabets, and full-width ones. */
const STYLED = /[\u{1d400}-\u{1d7ff}]/u;
const FULL = /[\uff01-\uff5e]/;

/** What stands between words; a hyphen does, so that a Russian ending may follow an English name. */
const WORDS = /[\p{L}\p{M}\p{N}_$]+/gu;

/** Findings of one piece; nothing at all is done for ASCII. Linear. */
export function wordFaults(text: string, kind: Kind): readonly WordFault[] {
  if (!/[^\p{ASCII}]/u.test(text)) return [];
  const plain = kind === "code";
  const words = [...text.matchAll(WORDS)].flatMap(({ 0: word, index }) => {
    const fault = judge(word, plain);
    return fault === undefined ? [] : [{ ...fault, at: index + fault.at }];
  });
  return [...words, ...signs(text, plain)];
}

function judge(word: string, code: boolean): WordFault | undefined {
  const letters = Array.from(word);
  if (!letters.some((letter) => letter > "\u007f")) return undefined;
  const at = (index: number): number => letters.slice(0, index).join("").length;
  const ascii = letters.some((letter) => ASCII_LETTER.test(letter));
  const full = letters.findIndex((letter) => FULL.test(letter));
  if (full !== -1 && (code || ascii)) return { rule: "full-width", at: at(full) };
  const posing = letters.findIndex((letter) => isPosing(letter, ascii, code));
  if (posing === -1) return undefined;
  const foreign = letters.filter(
    (letter) => LETTER_OR_DIGIT.test(letter) && !LATIN.test(letter) && letter > "\u007f",
  );
  // A word of another script in which a few letters look like ours is a word of that script.
  if (!ascii && !(code && isWholly(foreign))) return undefined;
  if (ascii && isEnding(letters)) return undefined;
  return { rule: "homoglyph", at: at(posing) };
}

/** Whether it is there to be taken for an ASCII letter or digit. */
function isPosing(letter: string, ascii: boolean, code: boolean): boolean {
  if (letter <= "\u007f") return false;
  if (STYLED.test(letter)) return ascii;
  if (ascii && /\p{Nd}/u.test(letter) && !FULL.test(letter)) return true;
  if (looksLike(letter) === undefined) return false;
  // Latin letters that look like others are those of phonetics and of Turkish; within code they are not.
  return LATIN.test(letter) ? code && letter !== "\u0131" : true;
}

/** Every letter could be ours. One Greek letter is a quantity, as in mathematics. */
function isWholly(letters: readonly string[]): boolean {
  if (letters.length === 1 && /\p{sc=Grek}/u.test(letters[0] ?? "")) return false;
  return (
    letters.length > 0 && letters.every((letter) => looksLike(letter) !== undefined && /\p{L}/u.test(letter))
  );
}

/** An ending of another language behind an abbreviation, as in the Russian for "of the API". */
function isEnding(letters: readonly string[]): boolean {
  const start = letters.findIndex((letter) => letter > "\u007f");
  const [name, ending] = [letters.slice(0, start), letters.slice(start)];
  return (
    name.length > 1 &&
    name.every((letter) => /[A-Z0-9]/.test(letter)) &&
    ending.every((letter) => /\p{Ll}/u.test(letter) && !LATIN.test(letter))
  );
}

/** Signs that are no ASCII but pass for a semicolon, an exclamation mark, a bar; full-width ones and odd spaces in code. */
function signs(text: string, code: boolean): readonly WordFault[] {
  const found: WordFault[] = [];
  for (const { 0: sign, index } of text.matchAll(
    /[\u037e\u01c0-\u01c3\u2024\ua789\u02d0\ua78c\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e]|\p{Zs}/gu,
  )) {
    const rule = signFault(sign, text.charAt(index - 1), text.charAt(index + 1), code);
    if (rule !== undefined) found.push({ rule, at: index });
  }
  return found;
}

function signFault(sign: string, before: string, after: string, code: boolean): Hiding | undefined {
  if (sign === " ") return undefined;
  if (!code) return undefined;
  const between = /[A-Za-z0-9_$]/.test(before) && /[A-Za-z0-9_$]/.test(after);
  // Text within markup within code keeps its words together with these.
  if (/[\u00a0\u2009\u202f]/.test(sign)) return between ? "space" : undefined;
  if (/\p{Zs}/u.test(sign)) return "space";
  if (FULL.test(sign)) return "full-width";
  return /\p{sc=Grek}/u.test(before) ? undefined : "homoglyph";
}
