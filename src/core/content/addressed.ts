// The words of a file that speak to a reader: comments of code, and every line of what is no code.
import { pieces } from "./pieces.ts";

export interface Passage {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Comments and text of the wanted lines; what stands on neighbouring lines is one passage. Linear. */
export function passages(path: string, text: string, wanted: ReadonlySet<number>): readonly Passage[] {
  const found: { line: number; last: number; parts: string[] }[] = [];
  for (const { kind, line, text: part } of pieces(path, text)) {
    if ((kind !== "comment" && kind !== "text") || !wanted.has(line)) continue;
    const open = found.at(-1);
    if (open === undefined || line > open.last + 1) found.push({ line, last: line, parts: [part] });
    else {
      open.parts.push(line === open.last ? " " : "\n", part);
      open.last = line;
    }
  }
  return found.map(({ line, parts }) => ({ line, text: parts.join("") }));
}
