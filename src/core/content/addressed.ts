// The words of a file that speak to a reader: comments of code, every line of what is no code, and the names of its path.
import { type Piece, pieces } from "./pieces.ts";

export interface Passage {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Lines of code that comments may stand around and be read as one text. */
const MAX_GAP = 3;

/** Comments and text of the wanted lines; what stands on neighbouring lines is one passage. Linear. */
export function passages(path: string, text: string, wanted: ReadonlySet<number>): readonly Passage[] {
  const found: { line: number; last: number; parts: string[] }[] = [];
  for (const piece of pieces(path, text)) {
    const { line } = piece;
    if (!wanted.has(line) || !isSaid(piece)) continue;
    const open = found.at(-1);
    const gap = piece.kind === "text" ? 1 : 1 + MAX_GAP;
    if (open === undefined || line > open.last + gap) found.push({ line, last: line, parts: [piece.text] });
    else {
      // As many line feeds as there are lines, so that a place within the passage is one in the file.
      open.parts.push(line === open.last ? " " : "\n".repeat(line - open.last), unmarked(piece));
      open.last = line;
    }
  }
  return found.map(({ line, parts }) => ({ line, text: parts.join("") }));
}

/** Marks that each further line of a comment begins with, or of a quotation: they stand between words of one sentence. */
const MARK =
  /^\s{0,200}(?:\/{2,}!?|\/\*{1,9}!?|\*(?!\/)|#{1,2}!?(?!#)|#{3,20}(?! ?(?:system|instruction|user|assistant|human|response))|--\[\[|--+|;+|%+|\{-|'|REM |rem |::|"""|''')[ \t]{0,4}/i;
const QUOTED = /^(?:\s{0,8}>){1,9} ?/;
/** A comment where the cutting found a string that goes on for lines: a backtick somewhere may have been misread. */
const STRAY = /^(?:\s{0,200}(?:\/\/|\/?\*\s|#\s)|.{0,400}[\s;})]\/\/\s)/;

function isSaid({ kind, text, start }: Piece): boolean {
  return kind === "comment" || kind === "text" || (kind === "string" && start === 0 && STRAY.test(text));
}

function unmarked({ kind, text }: Piece): string {
  return text.replace(kind === "text" ? QUOTED : MARK, "");
}

/** The words that the names of a path are made of, as a reader takes them. */
export function pathWords(path: string): string {
  return path
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replaceAll(/[-_.+~=]+/g, " ")
    .replaceAll("/", "\n");
}
