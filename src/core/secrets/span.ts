// A place in a text, and what may stand at its edges: the neighbours of a secret are often escapes, not letters.

export interface Span {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** What a text costs: each word that is looked at, each expression that is tried, each character read backwards. */
export interface Work {
  steps: number;
}

/** Whether a word may begin at `at`: JSON writes a line feed before it as `\n`, a URL a quote as `%22`. */
export function startsWord(text: string, at: number): boolean {
  const before = text.charAt(at - 1);
  if (!/[A-Za-z0-9]/.test(before)) return true;
  if (/[nrtbf0]/.test(before) && text.charAt(at - 2) === "\\") return true;
  return text.charAt(at - 3) === "%" && /^[0-9A-Fa-f]{2}$/.test(text.slice(at - 2, at));
}

/** The rule that goes by the name beside a value, and says nothing of its form. */
export const GENERIC = "assigned-secret";

/** The first of those that share a character, the longest of those that begin together, the one that knows the form. */
export function apart(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort(
    (one, other) =>
      one.start - other.start ||
      other.end - one.end ||
      Number(one.rule === GENERIC) - Number(other.rule === GENERIC),
  );
  let end = -1;
  return sorted.filter((span) => {
    if (span.start < end) return false;
    end = span.end;
    return true;
  });
}
