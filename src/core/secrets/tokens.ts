// Forms that only a secret has: one rule, tried where one of its words stands.
import { entropyOf, isMixed, isPlaceholder } from "./drawn.ts";
import type { TokenRule } from "./rules.ts";
import { type Span, startsWord } from "./span.ts";

export type TokenAt = (text: string, at: number) => Span | undefined;

/** Throws SyntaxError on an expression that is none. */
export function tokenFinder(rule: TokenRule): TokenAt {
  // The end is looked at ahead, so that the longer of two forms is tried when the shorter one does not end there.
  const form = new RegExp(`(?:${rule.pattern})${rule.open === true ? "" : "(?![A-Za-z0-9])"}`, "dy");
  const [least, most] = rule.before ?? [0, 0];
  return (text, at) => {
    for (let from = Math.max(0, at - most); from <= at - least; from++) {
      if (rule.open !== true && !startsWord(text, from)) continue;
      form.lastIndex = from;
      const [start, end] = edges(form.exec(text)) ?? [-1, -1];
      if (start === -1) continue;
      const secret = text.slice(start, end);
      if (isPlaceholder(secret) || entropyOf(secret) < (rule.entropy ?? 0)) continue;
      if (rule.drawn === true && !isMixed(secret)) continue;
      return { rule: rule.id, start, end: rule.rest === true ? wordEnd(text, end) : end };
    }
    return undefined;
  };
}

function edges(match: RegExpExecArray | null): readonly [number, number] | undefined {
  return match?.indices?.[1] ?? match?.indices?.[0];
}

function wordEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && /[A-Za-z0-9+/=_.-]/.test(text.charAt(end))) end += 1;
  return end;
}
