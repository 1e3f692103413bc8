// Forms that only a secret has: one rule, tried where one of its words stands.
import { decoded } from "./base64.ts";
import { entropyOf, isChosen, isComposed, isMixed, isPlaceholder } from "./drawn.ts";
import type { TokenRule } from "./rules.ts";
import { isStanding } from "./shapes.ts";
import { namesSecret, type Span, startsWord, type Work } from "./span.ts";

export type TokenAt = (text: string, at: number, work: Work) => Span | undefined;

/** Throws SyntaxError on an expression that is none. */
export function tokenFinder(rule: TokenRule): TokenAt {
  // The end is looked at ahead, so that the longer of two forms is tried when the shorter one does not end there.
  const end = rule.alone === true ? "(?![A-Za-z0-9+/_-])" : rule.open === true ? "" : "(?![A-Za-z0-9])";
  const form = new RegExp(`(?:${rule.pattern})${end}`, "dy");
  const [least, most] = rule.before ?? [0, 0];
  const head = rule.head === undefined ? undefined : charactersOf(rule.head);
  const counts = (secret: string): boolean =>
    !(rule.chosen === "connection" ? isStanding(secret) : isPlaceholder(secret)) &&
    entropyOf(secret) >= (rule.entropy ?? 0) &&
    (rule.drawn !== true || isMixed(secret));
  const behind: TokenAt = (text, at, work) => {
    const from = runBefore(text, at, most, head ?? []);
    work.steps += at - from;
    form.lastIndex = at;
    if (at - from < least || !form.test(text) || !counts(text.slice(from, form.lastIndex))) return undefined;
    return { ...named(rule, text, from, form.lastIndex), start: from, end: form.lastIndex };
  };
  const around: TokenAt = (text, at, work) => {
    for (let from = Math.max(0, at - most); from <= at - least; from++) {
      if (!mayBegin(rule, text, from)) continue;
      form.lastIndex = from;
      work.steps += 1;
      const [start, end] = edges(form.exec(text)) ?? [-1, -1];
      if (start === -1 || !counts(text.slice(start, end))) continue;
      return { ...named(rule, text, start, end), start, end: rule.rest === true ? wordEnd(text, end) : end };
    }
    return undefined;
  };
  if (head !== undefined) return behind;
  return rule.begins === true
    ? (text, at, work) => (beginsSetting(text, at) ? around(text, at, work) : undefined)
    : around;
}

/** A name, and what assigns to it; so many characters before a value are looked at. */
const NAME = /([\w.-]{2,60})\\{0,2}["'`]?[ \t]{0,3}(?:=>|:=|[:=(,])[ \t]{0,3}\\{0,2}["'`]?$/;
const NAME_REACH = 80;

/** A form that is only likely is sure behind a name for secrets; a password is when it is no word. */
function named(rule: TokenRule, text: string, start: number, end: number): Pick<Span, "rule" | "likely"> {
  const { id, chosen } = rule;
  const secret = text.slice(start, end);
  if (chosen !== undefined && !JUDGES[chosen](secret)) return { rule: id, likely: true };
  if (rule.likely !== true) return { rule: id };
  const name = NAME.exec(text.slice(Math.max(0, start - NAME_REACH), start))?.[1] ?? "";
  return namesSecret(name) ? { rule: id } : { rule: id, likely: true };
}

const JUDGES: Readonly<Record<NonNullable<TokenRule["chosen"]>, (secret: string) => boolean>> = {
  word: isChosen,
  pair: (secret) => isChosen(passwordIn(secret) ?? secret),
  connection: isComposed,
};

function passwordIn(pair: string): string | undefined {
  const said = decoded(pair);
  return said === undefined || !/^[\x20-\x7e]*$/.test(said) ? undefined : said.slice(said.indexOf(":") + 1);
}

function mayBegin({ open, alone }: TokenRule, text: string, at: number): boolean {
  if (alone === true && /[+/_-]/.test(text.charAt(at - 1))) return false;
  return open === true || startsWord(text, at);
}

/** Tried from each begin, a flood of keywords would cost the square of their distance. */
function runBefore(text: string, at: number, most: number, head: readonly boolean[]): number {
  let from = at;
  while (from > 0 && at - from < most && head[text.charCodeAt(from - 1)] === true) from -= 1;
  return from;
}

function charactersOf(set: string): readonly boolean[] {
  const one = new RegExp(`^${set}$`);
  return Array.from({ length: 128 }, (_, code) => one.test(String.fromCharCode(code)));
}

function beginsSetting(text: string, at: number): boolean {
  const before = text.charAt(at - 1);
  return /^[\n\r:"'`]?$/.test(before) || (/[nr]/.test(before) && text.charAt(at - 2) === "\\");
}

function edges(match: RegExpExecArray | null): readonly [number, number] | undefined {
  return match?.indices?.[1] ?? match?.indices?.[0];
}

function wordEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && /[A-Za-z0-9+/=_.-]/.test(text.charAt(end))) end += 1;
  return end;
}
