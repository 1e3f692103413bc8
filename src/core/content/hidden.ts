// Finds what a line holds but does not show: characters that hide, reorder or pose as others. Nothing is ever taken out.
import { wordFaults } from "./homoglyphs.ts";
import { asLine, type Hiding, hiding, SUSPECT } from "./invisible.ts";
import { type Piece, pieces } from "./pieces.ts";

export interface Hidden {
  readonly rule: Hiding;
  /** Both from 1; columns count characters. */
  readonly line: number;
  readonly column: number;
  /** `U+202E` */
  readonly character: string;
}

const PLAIN = /^[\t\x20-\x7e]*\r?$/;

/** The first of each rule in each line of `wanted`, or of all lines, in their order. Linear in the text; never throws. */
export function hiddenIn(path: string, text: string, wanted?: ReadonlySet<number>): readonly Hidden[] {
  const odd = text.split("\n").flatMap((line, at) => {
    const number = at + 1;
    return (wanted?.has(number) ?? true) && !PLAIN.test(line) ? [{ line, number }] : [];
  });
  if (odd.length === 0) return [];
  const byLine = Map.groupBy(pieces(path, text), ({ line }) => line);
  return odd.flatMap(({ line, number }) => inLine(line, number, byLine.get(number) ?? []));
}

function inLine(text: string, number: number, cut: readonly Piece[]): readonly Hidden[] {
  const line = asLine(text, number === 1);
  const single = line.letters.flatMap((letter, at) => {
    const rule = SUSPECT.test(letter) ? hiding(line, at) : undefined;
    return rule === undefined ? [] : [{ rule, column: at + 1 }];
  });
  const words = cut.flatMap((piece) =>
    wordFaults(piece.text, piece.kind).map(({ rule, at }) => ({ rule, offset: piece.start + at })),
  );
  const first = [
    ...once(single),
    ...once(words).map(({ rule, offset }) => ({
      rule,
      column: Array.from(text.slice(0, offset)).length + 1,
    })),
  ];
  return once(first).map(({ rule, column }) => ({
    rule,
    line: number,
    column,
    character: named(line.letters[column - 1] ?? ""),
  }));
}

function once<T extends { readonly rule: Hiding }>(found: readonly T[]): readonly T[] {
  const rules = new Set<Hiding>();
  return found.filter(({ rule }) => !rules.has(rule) && rules.add(rule));
}

function named(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
