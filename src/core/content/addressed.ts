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
    const said = wanted.has(line) ? saidIn(piece) : undefined;
    if (said === undefined) continue;
    const open = found.at(-1);
    const gap = piece.kind === "text" ? 1 : 1 + MAX_GAP;
    if (open === undefined || line > open.last + gap) found.push({ line, last: line, parts: [said] });
    else {
      // As many line feeds as there are lines, so that a place within the passage is one in the file.
      open.parts.push(line === open.last ? " " : "\n".repeat(line - open.last), said);
      open.last = line;
    }
  }
  return found.map(({ line, parts }) => ({ line, text: parts.join("") }));
}

/** Marks that each line of a comment begins with, or of a quotation: they stand between words that belong together. */
const MARK =
  /^\s{0,200}(?:\/{2,}!?|\/\*{1,9}!?|\*(?!\/)|#{1,2}!?(?!#)|#{3,20}(?! ?(?:system|instruction|user|assistant|human|response))|--\[\[|--+|;+|%+|\{-|'|REM |rem |::|"""|''')[ \t]{0,4}/i;
const QUOTED = /^(?:\s{0,8}>){1,9} ?/;
/** A comment where the cutting found a string that goes on for lines: a backtick somewhere may have been misread. */
const STRAY = /^(?:\s{0,200}(?:\/\/|\/?\*\s|#\s)|.{0,400}[\s;})]\/\/\s)/;

function saidIn({ kind, text, start }: Piece): string | undefined {
  if (kind === "comment") return text.replace(MARK, "");
  if (kind === "text") return text.replace(QUOTED, "");
  return kind === "string" && start === 0 && STRAY.test(text) ? text.replace(MARK, "") : undefined;
}

/** The words that the names of a path are made of, as a reader takes them. */
export function pathWords(path: string): string {
  return path
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replaceAll(/[-_.+~=]+/g, " ")
    .replaceAll("/", "\n");
}
