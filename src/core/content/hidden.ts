// Finds what a line holds but does not show: characters that hide, reorder or pose as others. Nothing is ever taken out.
import { wordFaults } from "./homoglyphs.ts";
import { hostFaults } from "./hosts.ts";
import { asLine, type Hiding, hiding, SUSPECT } from "./invisible.ts";
import { languageOf } from "./languages.ts";
import { combiningFault, messages } from "./messages.ts";
import { type Piece, pieces } from "./pieces.ts";
import { type Surroundings, surroundings, UNKNOWN } from "./surroundings.ts";

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
  const about = surroundings(path, text);
  return odd.flatMap(({ line, number }) => inLine(line, number, byLine.get(number) ?? [], about));
}

/** What else than these is in a name, it is neither ours nor like ours. */
const ALIKE = /^[\p{ASCII}\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}]*$/u;

/** In the names of a path: judged as text, and those of files and folders of code as code, where look-alikes may be a word. */
export function hiddenInPath(path: string): readonly Hidden[] {
  if (PLAIN.test(path)) return [];
  const code = languageOf(path) !== undefined;
  let start = 0;
  const cut = path.split(/(?<=[/.])/).map((text): Piece => {
    const piece: Piece = { kind: code && ALIKE.test(text) ? "code" : "text", line: 1, start, text };
    start += text.length;
    return piece;
  });
  return inLine(path, 1, cut, UNKNOWN);
}

function inLine(text: string, number: number, cut: readonly Piece[], about: Surroundings): readonly Hidden[] {
  const line = asLine(text, number === 1, cut);
  const single = line.letters.flatMap((letter, at) => {
    const rule = SUSPECT.test(letter) ? hiding(line, at) : undefined;
    return rule === undefined ? [] : [{ rule, column: at + 1 }];
  });
  const words = cut.flatMap(({ text: part, kind, start }) =>
    [...wordFaults(part, kind, about), ...hostFaults(part), combiningFault(part, kind) ?? []]
      .flat()
      .map(({ rule, at }) => ({ rule, offset: start + at })),
  );
  const plenty = messages(text).map(({ rule, at }) => ({ rule, offset: at }));
  const first = [
    ...once(single),
    ...once([...words, ...plenty]).map(({ rule, offset }) => ({
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
