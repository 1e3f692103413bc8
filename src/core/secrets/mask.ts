// Masks parts of a text: each is replaced by the name of its rule, and every line feed stays, so that line numbers do.

/** A part of a text that must not be shown. UTF-16 offsets. */
export interface MaskSpan {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  /** The mask is put in quotes: a JSON value that had none stays one. */
  readonly quoted?: boolean;
}

/** How many parts a rule masked. */
export interface MaskCount {
  readonly rule: string;
  readonly count: number;
}

export interface Masked {
  readonly text: string;
  /** Sorted by rule; empty when the text is as it was. */
  readonly redactions: readonly MaskCount[];
}

/** Ids of rules as they stand in masks: those of the rule pack and of `[[secrets.redact]]`. */
const TOKEN = /\[REDACTED:[a-z][a-z0-9._-]{1,78}\]/;

/** What stands in place of a part. It tells nothing of the part, not even its length. */
function maskOf(rule: string): string {
  return `[REDACTED:${rule}]`;
}

export function holdsMask(text: string): boolean {
  return TOKEN.test(text);
}

/** Rules of `rules` whose mask stands in `text`. */
export function masksIn(text: string, rules: readonly string[]): readonly string[] {
  return text.includes("[REDACTED:") ? rules.filter((rule) => text.includes(maskOf(rule))) : [];
}

/**
 * Numbers, from 1, of the lines that hold a mask of one of `rules`. A line of the repository that spells out such a mask
 * itself, in a file where the rule masks something, counts as well: it cannot be told apart, and is refused rather.
 */
export function maskedLines(text: string, rules: readonly string[]): ReadonlySet<number> {
  const lines = new Set<number>();
  if (rules.length === 0) return lines;
  for (const [at, line] of text.split("\n").entries()) if (masksIn(line, rules).length > 0) lines.add(at + 1);
  return lines;
}

/** The same text and spans give the same result, whatever the order of the spans. */
export function maskText(text: string, spans: readonly MaskSpan[]): Masked {
  const { text: shown, redactions } = maskedOver(text, spans);
  return { text: shown, redactions };
}

/** A stretch that is left as it was: `start` in the text, `at` in what is shown of it. */
interface Stretch {
  readonly start: number;
  readonly at: number;
  readonly length: number;
}

export interface MaskedOver extends Masked {
  readonly stretches: readonly Stretch[];
}

/** As `maskText`, with what is left as it was. */
export function maskedOver(text: string, spans: readonly MaskSpan[]): MaskedOver {
  const united = unite(spans);
  const stretches: Stretch[] = [];
  let [shown, at] = ["", 0];
  const leave = (end: number): void => {
    stretches.push({ start: at, at: shown.length, length: end - at });
    shown += text.slice(at, end);
  };
  for (const span of united) {
    leave(span.start);
    shown += masked(text.slice(span.start, span.end), span);
    at = span.end;
  }
  leave(text.length);
  return { text: shown, redactions: counted(united), stretches };
}

export function addCounts(...lists: readonly (readonly MaskCount[])[]): readonly MaskCount[] {
  const counts = new Map<string, number>();
  for (const { rule, count } of lists.flat()) counts.set(rule, (counts.get(rule) ?? 0) + count);
  return [...counts].map(([rule, count]) => ({ rule, count })).toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

function counted(spans: readonly MaskSpan[]): readonly MaskCount[] {
  return addCounts(spans.map(({ rule }) => ({ rule, count: 1 })));
}

/** Parts that share a character become one, under the rule of the first: no seam between two shows what lay there. */
export function unite(spans: readonly MaskSpan[]): readonly MaskSpan[] {
  const sorted = spans
    .filter(({ start, end }) => end > start)
    .toSorted((a, b) => a.start - b.start || b.end - a.end || (a.rule < b.rule ? -1 : 1));
  const united: MaskSpan[] = [];
  for (const span of sorted) {
    const last = united.at(-1);
    if (last === undefined || span.start >= last.end) united.push(span);
    else if (span.end > last.end)
      united[united.length - 1] = { rule: last.rule, start: last.start, end: span.end };
  }
  return united;
}

/** Line by line. A carriage return before a line feed is no part of a secret, and stays with it. */
function masked(part: string, { rule, quoted = false }: MaskSpan): string {
  const token = quoted && !part.includes("\n") ? `"${maskOf(rule)}"` : maskOf(rule);
  return part.replaceAll(/[^\n]+/g, (line) => {
    if (!line.endsWith("\r")) return token;
    return line === "\r" ? line : `${token}\r`;
  });
}
