// Cuts the lines of a file into code, strings and comments: near enough to tell who is spoken to, not what is executed.
import { type Language, languageOf } from "./languages.ts";
import { characterLength, isRegexPlace, regexLength } from "./literals.ts";
import { closing, isLone, type Open, opening } from "./openings.ts";

export type Kind = "code" | "string" | "comment" | "text";

export interface Piece {
  readonly kind: Kind;
  /** From 1. */
  readonly line: number;
  /** UTF-16 offset within its line. */
  readonly start: number;
  readonly text: string;
}

/** All of `text`, each character once and in order; without line feeds. Linear in the text. */
export function pieces(path: string, text: string): readonly Piece[] {
  const language = languageOf(path);
  const lines = text.split("\n");
  if (language === undefined)
    return lines.map((line, at) => ({ kind: "text", line: at + 1, start: 0, text: line }));
  const cutter = new Cutter(language);
  for (const [at, line] of lines.entries()) cutter.cut(line, at + 1);
  if (language.data !== true) return cutter.found;
  return cutter.found.map((piece) => (piece.kind === "comment" ? piece : { ...piece, kind: "text" }));
}

/** Enough to see a keyword, whatever spaces follow it. */
const LOOK_BACK = 40;

class Cutter {
  readonly found: Piece[] = [];
  readonly #language: Language;
  #open: Open | undefined;
  /** For each template whose `${}` is open, how many braces are open in it. */
  readonly #templates: number[] = [];
  /** The end of the code before, on an earlier line if need be: a name when a value stands there. */
  #before = "";
  #line = "";
  #number = 0;
  #at = 0;
  /** Where the piece begins. */
  #from = 0;
  /** What was not closed once is not closed further on: asking again at each would be quadratic. */
  readonly #lone = new Set<string>();

  constructor(language: Language) {
    this.#language = language;
  }

  cut(line: string, number: number): void {
    [this.#line, this.#number, this.#at, this.#from] = [line, number, 0, 0];
    this.#lone.clear();
    while (this.#at < line.length)
      if (this.#open === undefined) this.#inCode();
      else if (!this.#isClosed(this.#open)) break;
    this.#at = line.length;
    this.#push(this.#open?.kind ?? "code");
    if (this.#open?.close === "") this.#open = undefined;
  }

  #inCode(): void {
    const letter = this.#line.charAt(this.#at);
    const length = this.#literal(letter);
    if (length > 0) {
      this.#push("code");
      this.#at += length;
      this.#push("string");
    } else if (!this.#isOpened(letter) && !this.#isBackInTemplate(letter)) {
      // `\"` in code opens nothing.
      const escapes = letter === "\\" && this.#language.quotes.includes(this.#line.charAt(this.#at + 1));
      this.#at += escapes ? 2 : 1;
    }
  }

  #literal(letter: string): number {
    const { regex, characters } = this.#language;
    if (letter === "'" && characters === true) return characterLength(this.#line, this.#at);
    if (letter !== "/" || regex !== true || this.#lone.has(letter)) return 0;
    if (!isRegexPlace(this.#line, this.#at, this.#codeBefore())) return 0;
    const length = regexLength(this.#line, this.#at);
    if (length === 0) this.#lone.add(letter);
    return length;
  }

  #codeBefore(): string {
    const own = this.#line.slice(Math.max(this.#from, this.#at - LOOK_BACK), this.#at).trimEnd();
    return own === "" ? this.#before : own;
  }

  #isOpened(letter: string): boolean {
    if (letter !== "/" && this.#lone.has(letter)) return false;
    const begun = opening(this.#line, this.#at, this.#language);
    if (begun === undefined) return false;
    if (isLone(this.#line, this.#at, begun)) {
      this.#lone.add(begun.close);
      return false;
    }
    this.#push("code");
    this.#at += begun.skip;
    this.#open = begun;
    return true;
  }

  #isClosed(open: Open): boolean {
    const template = open.close === "`" && this.#language.templates === true;
    const end = closing(this.#line, this.#at, open);
    const hole = template ? holeIn(this.#line, this.#at, end) : -1;
    if (end === -1 && hole === -1) return false;
    this.#at = hole === -1 ? end + open.close.length : hole + 2;
    this.#push(open.kind);
    this.#open = undefined;
    if (hole !== -1) {
      this.#templates.push(0);
      this.#before = "{";
    }
    return true;
  }

  #isBackInTemplate(letter: string): boolean {
    const depth = this.#templates.at(-1);
    if (depth === undefined || (letter !== "{" && letter !== "}")) return false;
    if (letter === "}" && depth === 0) {
      this.#templates.pop();
      this.#at += 1;
      this.#push("code");
      this.#open = TEMPLATE;
      return true;
    }
    this.#templates[this.#templates.length - 1] = depth + (letter === "{" ? 1 : -1);
    return false;
  }

  /** Everything from where the last one ended. */
  #push(kind: Kind): void {
    const text = this.#line.slice(this.#from, this.#at);
    if (text !== "") this.found.push({ kind, line: this.#number, start: this.#from, text });
    this.#from = this.#at;
    if (kind === "string") this.#before = "x";
    else if (kind === "code" && text.trim() !== "") this.#before = text.trimEnd().slice(-LOOK_BACK);
  }
}

const TEMPLATE: Open = { kind: "string", close: "`", quote: true, raw: false };

/** Where the first `${` of a template stands before `end`, or -1. */
function holeIn(line: string, from: number, end: number): number {
  const to = end === -1 ? line.length : end;
  for (let at = from; at < to; at += 1) {
    if (line.charAt(at) === "\\") at += 1;
    else if (line.startsWith("${", at)) return at;
  }
  return -1;
}
