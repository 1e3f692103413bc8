// Masked text and the text beneath it: where parts of the one stand in the other, and whether something is hidden wholly.
import { type MaskedOver, type MaskSpan, unite } from "./mask.ts";

/** Where parts of what is shown stand in the text beneath it. What lies in a mask there is hidden already, and is left out. */
export function beneath({ stretches }: MaskedOver, parts: readonly MaskSpan[]): readonly MaskSpan[] {
  const found: MaskSpan[] = [];
  let first = 0;
  for (const { rule, start, end } of unite(parts)) {
    while (first < stretches.length - 1 && (stretches[first + 1]?.at ?? 0) <= start) first += 1;
    for (let index = first; index < stretches.length; index++) {
      const stretch = stretches[index];
      if (stretch === undefined || stretch.at >= end) break;
      const [from, to] = [Math.max(start, stretch.at), Math.min(end, stretch.at + stretch.length)];
      const shift = stretch.start - stretch.at;
      if (from < to) found.push({ rule, start: from + shift, end: to + shift });
    }
  }
  return found;
}

/** Whether every character of `parts` lies in one of `spans`; line ends are never masked. */
export function covers(text: string, spans: readonly MaskSpan[], parts: readonly MaskSpan[]): boolean {
  const hidden = unite(spans);
  let first = 0;
  for (const part of unite(parts)) {
    while (first < hidden.length && (hidden[first]?.end ?? 0) <= part.start) first += 1;
    let at = part.start;
    for (let index = first; index < hidden.length && at < part.end; index++) {
      const span = hidden[index];
      if (span === undefined || span.start >= part.end) break;
      if (/[^\r\n]/.test(text.slice(at, Math.max(at, span.start)))) return false;
      at = Math.max(at, span.end);
    }
    if (/[^\r\n]/.test(text.slice(at, part.end))) return false;
  }
  return true;
}
