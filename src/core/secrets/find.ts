// Finds secrets in a text by the rule pack, in time linear in its length; says where they stand and never what they are.
import { entropyOf, isPlaceholder } from "./drawn.ts";
import { type Prefilter, prefilter } from "./prefilter.ts";
import type { SecretRules, TokenRule } from "./rules.ts";

export interface SecretHit {
  readonly rule: string;
  /** UTF-16 offsets of the secret part itself. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
}

export interface FindOptions {
  /** What the text is of; some values are ordinary in lock files. */
  readonly path: string;
  /** `[secrets] entropy`: whether random-looking values behind words such as password count, too. */
  readonly entropy: boolean;
}

export interface SecretScanner {
  /** Sorted by place, never overlapping. Nothing that the text says turns a rule off. */
  find(text: string, options: FindOptions): readonly SecretHit[];
}

interface Span {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

interface Compiled {
  readonly rule: TokenRule;
  readonly form: RegExp;
}

/** Compiled once for each pack. Throws SyntaxError on an expression that is none. */
export function compileSecrets(pack: SecretRules): SecretScanner {
  const tokens = pack.token.map((rule): Compiled => ({ rule, form: new RegExp(rule.pattern, "dy") }));
  const filter: Prefilter<Compiled> = prefilter(
    tokens.flatMap((one) => one.rule.keywords.map((word) => [word, one] as const)),
  );
  return {
    find(text) {
      const spans: Span[] = [];
      filter(text, ({ at, items }) => {
        for (const one of items) {
          const span = tokenAt(text, at, one);
          if (span !== undefined) spans.push(span);
        }
      });
      return withLines(text, apart(spans));
    },
  };
}

function tokenAt(text: string, at: number, { rule, form }: Compiled): Span | undefined {
  const first = Math.max(0, at - (rule.before ?? 0));
  for (let from = first; from <= at; from++) {
    if (rule.open !== true && isWord(text, from - 1)) continue;
    form.lastIndex = from;
    const match = form.exec(text);
    if (match === null || (rule.open !== true && isWord(text, form.lastIndex))) continue;
    const [start, end] = match.indices?.[1] ?? [from, form.lastIndex];
    const secret = text.slice(start, end);
    if (isPlaceholder(secret) || entropyOf(secret) < (rule.entropy ?? 0)) continue;
    return { rule: rule.id, start, end };
  }
  return undefined;
}

function isWord(text: string, at: number): boolean {
  return /[A-Za-z0-9]/.test(text.charAt(at));
}

/** The first of those that share a character, the longest of those that begin together. */
function apart(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((one, other) => one.start - other.start || other.end - one.end);
  let end = -1;
  return sorted.filter((span) => {
    if (span.start < end) return false;
    end = span.end;
    return true;
  });
}

function withLines(text: string, spans: readonly Span[]): readonly SecretHit[] {
  let line = 1;
  let from = 0;
  return spans.map((span) => {
    for (
      let feed = text.indexOf("\n", from);
      feed !== -1 && feed < span.start;
      feed = text.indexOf("\n", from)
    ) {
      line += 1;
      from = feed + 1;
    }
    return { ...span, line };
  });
}
