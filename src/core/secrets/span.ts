// A place in a text, and what may stand at its edges: the neighbours of a secret are often escapes, not letters.

export interface Span {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  /** What has this form here need not be a secret: a person is asked, and nothing is rejected for it. */
  readonly likely?: true;
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

/** Names of what nobody else may have; an id, a digest or a kind of it is something else. */
const SECRET_NAME =
  /secret|passw|token|credential|(?:api|app|access|private|licen[cs]e|sdk|auth|account|signing|master|service)[_.-]?key/i;
const OF_SECRET = /(?:id|sid|hash|digest|sum|name|type|kind|size|length)$/i;

export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !OF_SECRET.test(name);
}

/**
 * The first of those that share a character, the longest of those that begin together, the one that knows the form. What is
 * only likely comes last, but for what goes by nothing than a name: a form that says `a manual's password` knows more.
 */
export function apart(spans: readonly Span[]): readonly Span[] {
  const known = new Set(
    spans
      .filter(({ rule, likely }) => likely === true && rule !== GENERIC)
      .map(({ start, end }) => `${start}-${end}`),
  );
  const isSure = ({ rule, start, end, likely }: Span): boolean =>
    likely !== true && !(rule === GENERIC && known.has(`${start}-${end}`));
  const sure = firstOf(spans.filter(isSure));
  const rest = firstOf(spans.filter(({ likely }) => likely === true));
  if (rest.length === 0) return sure;
  return [...sure, ...beside(rest, sure)].sort((one, other) => one.start - other.start);
}

function firstOf(spans: readonly Span[]): readonly Span[] {
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

/** Those that share no character with any of `others`; both in order. */
function beside(spans: readonly Span[], others: readonly Span[]): readonly Span[] {
  let next = 0;
  return spans.filter(({ start, end }) => {
    while (next < others.length && (others[next]?.end ?? 0) <= start) next += 1;
    const other = others[next];
    return other === undefined || other.start >= end;
  });
}
