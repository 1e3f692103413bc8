// What opens a comment or a string in a line of code, and what closes it.
import type { Language } from "./languages.ts";

export interface Open {
  readonly kind: "string" | "comment";
  /** Empty: the line's end. */
  readonly close: string;
  /** A quote of one character. */
  readonly quote: boolean;
  readonly raw: boolean;
}

export interface Opening extends Open {
  /** Characters that opened it. */
  readonly skip: number;
}

export function opening(line: string, at: number, language: Language): Opening | undefined {
  for (const mark of language.long) if (line.startsWith(mark, at)) return comment(mark, mark.length);
  for (const [mark, close] of language.block)
    if (line.startsWith(mark, at)) return comment(close, mark.length);
  if (line.charAt(at) === "*" && isContinued(line, at, language)) return comment("", 1);
  for (const mark of language.line)
    if (line.startsWith(mark, at) && isCommentMark(line, at, mark)) return comment("", mark.length);
  const close = line.charAt(at);
  if (!language.quotes.includes(close)) return undefined;
  return { kind: "string", close, quote: true, raw: language.raw?.includes(close) ?? false, skip: 1 };
}

function comment(close: string, skip: number): Opening {
  return { kind: "comment", close, quote: false, raw: false, skip };
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
export function isLone(line: string, at: number, open: Open): boolean {
  return open.quote && open.close !== "`" && stringEnd(line, at + 1, open) === -1;
}

/** Where it is closed, or -1. */
export function closing(line: string, at: number, open: Open): number {
  if (open.close === "") return -1;
  return open.quote ? stringEnd(line, at, open) : line.indexOf(open.close, at);
}

function stringEnd(line: string, from: number, { close, raw }: Open): number {
  if (raw) return line.indexOf(close, from);
  for (let at = from; at < line.length; at += 1) {
    if (line.charAt(at) === "\\") at += 1;
    else if (line.charAt(at) === close) return at;
  }
  return -1;
}
