// Judges words: letters of two scripts where one is there to be taken for the other (after UTS #39), and odd forms of ASCII.
import { asSeen, looksLike } from "./confusables.ts";
import type { WordFault } from "./invisible.ts";
import type { Kind } from "./pieces.ts";
import { signs } from "./signs.ts";
import { type Surroundings, UNKNOWN } from "./surroundings.ts";

const ASCII_LETTER = /[A-Za-z]/;
const LATIN = /\p{sc=Latn}/u;
const LETTER_OR_DIGIT = /[\p{L}\p{Nd}]/u;
/** As mathematicians write: letters of Unicode's own alphabets, and full-width ones. */
const STYLED = /[\u{1d400}-\u{1d7ff}]/u;
const FULL = /[\uff01-\uff5e]/;

/** What stands between words; a hyphen does, so that a Russian ending may follow an English name. */
const WORDS = /[\p{L}\p{M}\p{N}_$]+/gu;

interface Word {
  readonly letters: readonly string[];
  readonly kind: Kind;
  /** In code, or where only code stands. */
  readonly code: boolean;
  readonly file: Surroundings;
  /** Whether another word of the file may be meant: in a string that is no table of all languages. */
  readonly twin: boolean;
}

const MAX_TWIN = 200;

/** Findings of one piece; nothing at all is done for ASCII. Linear. */
export function wordFaults(text: string, kind: Kind, file: Surroundings = UNKNOWN): readonly WordFault[] {
  if (!/[^\p{ASCII}]/u.test(text)) return [];
  const prose = kind !== "code" && kind !== "string" && RUSSIAN.test(text);
  const words = [...text.matchAll(WORDS)].flatMap(({ 0: word, index }) => {
    if (!/[^\p{ASCII}]/u.test(word)) return [];
    const code = kind === "code" ? !isProse(text, index, word) : standsAsCode(text, index, word);
    const fault = judge(
      { letters: Array.from(word), kind, code, file, twin: kind === "string" && text.length <= MAX_TWIN },
      word,
      prose,
    );
    return fault === undefined ? [] : [{ ...fault, at: index + fault.at }];
  });
  return [...words, ...signs(text, kind === "code", file.markup)];
}

function judge(one: Word, word: string, prose: boolean): WordFault | undefined {
  const { letters, code } = one;
  const at = (index: number): number => letters.slice(0, index).join("").length;
  const ascii = letters.some((letter) => ASCII_LETTER.test(letter));
  const full = letters.findIndex((letter) => FULL.test(letter));
  if (full !== -1 && (code || ascii)) return { rule: "full-width", at: at(full) };
  const odd = code ? oddForm(one) : -1;
  if (odd !== -1) return { rule: "homoglyph", at: at(odd) };
  if (isTwin(one, word)) return { rule: "homoglyph", at: word.search(/[^\p{ASCII}]/u) };
  const posing = letters.findIndex((letter) => isPosing(letter, ascii, one));
  if (posing === -1) return undefined;
  const foreign = letters.filter(
    (letter) => LETTER_OR_DIGIT.test(letter) && !LATIN.test(letter) && letter > "\u007f",
  );
  // A word of another script in which a few letters look like ours is a word of that script.
  const posed = ascii || isMixedNumber(letters) || (code && isWholly(foreign));
  return posed && !(ascii && isEnding(letters, prose)) ? { rule: "homoglyph", at: at(posing) } : undefined;
}

/** The first of them, or -1. Where only code may stand, one letter alone is a sign of mathematics. */
function oddForm({ letters, kind, file }: Word): number {
  const odd = letters.findIndex((letter) => isOddForm(letter, file));
  return kind === "code" || isOddForm(letters[odd + 1] ?? "", file) ? odd : -1;
}

/** Python reads `ſ`, `ﬁ` and the letters of mathematics as the ASCII ones that they stand for; a reader of a scan does not. */
function isOddForm(letter: string, { markup }: Surroundings): boolean {
  if (letter <= "\u007f" || letter === "" || (markup && /[ªº]/.test(letter))) return false;
  return /\p{ID_Continue}/u.test(letter) && /^\w+$/.test(letter.normalize("NFKC"));
}

/** Whether it is there to be taken for an ASCII letter or digit. */
function isPosing(letter: string, ascii: boolean, { code, file }: Word): boolean {
  if (letter <= "\u007f") return false;
  if (STYLED.test(letter)) return ascii;
  if (/\p{Nd}/u.test(letter) && !FULL.test(letter)) return true;
  if (looksLike(letter) === undefined) return false;
  // Latin letters that look like others are those of phonetics and of Turkish; within code they are not.
  return LATIN.test(letter) ? code && !(letter === "\u0131" && file.turkish) : true;
}

/** A number of two scripts is one in neither. */
function isMixedNumber(letters: readonly string[]): boolean {
  return letters.some((one) => /[0-9]/.test(one)) && letters.some((one) => /[^\P{Nd}0-9]/u.test(one));
}

/** What is a quantity in mathematics: small letters of Greek, but for the one that nobody can tell from ours. */
const QUANTITY = /[α-ξπ-ω]/u;

/** Every letter could be ours. */
function isWholly(letters: readonly string[]): boolean {
  if (letters.length === 1 && QUANTITY.test(letters[0] ?? "")) return false;
  return (
    letters.length > 0 && letters.every((letter) => looksLike(letter) !== undefined && /\p{L}/u.test(letter))
  );
}

/** In a string: a word that looks like another one of the same file, letter for letter. */
function isTwin({ twin, file }: Word, word: string): boolean {
  return twin && word.length >= 3 && !word.includes("\u0131") && file.words().has(asSeen(word));
}

/** A letter of Cyrillic that no ASCII letter looks like: words around it are what they seem. */
const RUSSIAN = /[бвгджзийлмнптфцчшщъыьэюяБГДЖЗИЙЛПФЦЧШЩЪЫЬЭЮЯ]/u;

/** An ending of another language behind a name or an abbreviation, as in the Russian for "of the API". */
function isEnding(letters: readonly string[], prose: boolean): boolean {
  const start = letters.findIndex((letter) => letter > "\u007f");
  const [name, ending] = [letters.slice(0, start), letters.slice(start)];
  const foreign = ending.every((letter) => /\p{Ll}/u.test(letter) && !LATIN.test(letter));
  if (name.length < 2 || !foreign) return false;
  if (name.every((letter) => /[A-Z0-9]/.test(letter))) return true;
  // Written so that everybody sees it, or among words of that language.
  return ending.length <= 3 && (prose || ending.some((letter) => looksLike(letter) === undefined));
}

/** Where one word of a sentence stands in code, as in markup: beside another one of its script that looks like no ASCII. */
function isProse(text: string, at: number, word: string): boolean {
  const before = /(\p{L}{1,30}) {0,3}[ -]$/u.exec(text.slice(Math.max(at - 34, 0), at))?.[1] ?? "";
  const after =
    /^[ -] {0,3}(\p{L}{1,30})/u.exec(text.slice(at + word.length, at + word.length + 34))?.[1] ?? "";
  return (
    /\p{sc=Cyrl}/u.test(word) && !ASCII_LETTER.test(word) && (RUSSIAN.test(before) || RUSSIAN.test(after))
  );
}

const DECLARES =
  /\b(?:const|let|var|val|def|fn|func|function|fun|class|struct|import|new|return|await|mut) $/;

/** However a file was cut into strings and comments, or could not be: a word that is declared, set or called is code's. */
function standsAsCode(text: string, at: number, word: string): boolean {
  if (DECLARES.test(text.slice(Math.max(at - 12, 0), at))) return true;
  if (!/\p{Ll}/u.test(word.normalize("NFKC"))) return false;
  const after = text.slice(at + word.length, at + word.length + 8);
  return /^(?: ?(?:=|[+-]=)(?!=)|\((?:\)|[\w"'])|\.[A-Za-z_]+\()/.test(after);
}
