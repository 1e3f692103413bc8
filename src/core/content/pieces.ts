// Cuts the lines of a file into code, strings and comments: near enough to tell who is spoken to, not what is executed.
import { type Language, languageOf } from "./languages.ts";

export type Kind = "code" | "string" | "comment" | "text";

export interface Piece {
  readonly kind: Kind;
  /** From 1. */
  readonly line: number;
  /** UTF-16 offset within its line. */
  readonly start: number;
  readonly text: string;
}

/** What is still open at the end of a line. */
interface Open {
  readonly kind: "string" | "comment";
  /** Empty: the line's end. */
  readonly close: string;
  /** Whether a backslash keeps the next character from closing it. */
  readonly quote: boolean;
}

/** All of `text`, each character once and in order; without line feeds. Linear in the text. */
export function pieces(path: string, text: string): readonly Piece[] {
  const language = languageOf(path);
  const lines = text.split("\n");
  if (language === undefined)
    return lines.map((line, at) => ({ kind: "text", line: at + 1, start: 0, text: line }));
  const found: Piece[] = [];
  let open: Open | undefined;
  for (const [at, line] of lines.entries()) open = cut(line, at + 1, language, open, found);
  return found;
}

/** One line; answers what is still open behind it. */
function cut(
  line: string,
  number: number,
  language: Language,
  before: Open | undefined,
  found: Piece[],
): Open | undefined {
  let [open, at, from] = [before, 0, 0];
  // A quote that was not closed once is not closed further on: asking again at each would be quadratic.
  const lone = new Set<string>();
  const push = (kind: Kind, to: number): void => {
    if (to > from) found.push({ kind, line: number, start: from, text: line.slice(from, to) });
    from = to;
  };
  while (at < line.length) {
    if (open === undefined) {
      const begun = lone.has(line.charAt(at)) ? undefined : opening(line, at, language);
      if (begun !== undefined && isLone(line, at, begun)) {
        lone.add(begun.close);
        continue;
      }
      if (begun !== undefined) push("code", at);
      at += begun?.skip ?? 1;
      open = begun;
    } else {
      const end = closing(line, at, open);
      if (end === -1) break;
      at = end + open.close.length;
      push(open.kind, at);
      open = undefined;
    }
  }
  push(open?.kind ?? "code", line.length);
  return open?.close === "" ? undefined : open;
}

function opening(
  line: string,
  at: number,
  language: Language,
): (Open & { readonly skip: number }) | undefined {
  const comment = (close: string, skip: number): Open & { skip: number } => ({
    kind: "comment",
    close,
    quote: false,
    skip,
  });
  for (const mark of language.long) if (line.startsWith(mark, at)) return comment(mark, mark.length);
  for (const [mark, close] of language.block)
    if (line.startsWith(mark, at)) return comment(close, mark.length);
  if (line.charAt(at) === "*" && isContinued(line, at, language)) return comment("", 1);
  for (const mark of language.line)
    if (line.startsWith(mark, at) && isCommentMark(line, at, mark)) return comment("", mark.length);
  const quote = line.charAt(at);
  return language.quotes.includes(quote) ? { kind: "string", close: quote, quote: true, skip: 1 } : undefined;
}

/** `https://` begins none, nor does the # of `$#` or `a#b`. */
function isCommentMark(line: string, at: number, mark: string): boolean {
  const before = line.charAt(at - 1);
  if (at === 0) return true;
  if (mark === "//") return before !== ":";
  if (mark === "#" || mark === "'") return /[\s;{}(),]/.test(before);
  return mark !== "%" || before !== "\\";
}

/** A line of a block comment that was begun further up than the text that is looked at. */
function isContinued(line: string, at: number, { block }: Language): boolean {
  if (!/^(?:\s|$)/.test(line.charAt(at + 1)) || line.slice(0, at).trim() !== "") return false;
  return block.some(([open]) => open === "/*") && !line.includes("/*", at);
}

/** An apostrophe, or a lifetime; a backtick may be closed on a later line. */
function isLone(line: string, at: number, { quote, close }: Open): boolean {
  return quote && close !== "`" && stringEnd(line, at + 1, close) === -1;
}

function closing(line: string, at: number, { quote, close }: Open): number {
  if (close === "") return -1;
  return quote ? stringEnd(line, at, close) : line.indexOf(close, at);
}

/** Where the closing quote stands, or -1. */
function stringEnd(line: string, from: number, quote: string): number {
  for (let at = from; at < line.length; at += 1) {
    if (line.charAt(at) === "\\") at += 1;
    else if (line.charAt(at) === quote) return at;
  }
  return -1;
}
