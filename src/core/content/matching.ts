// Which patterns of a list occur in a text: each is tried near its keywords alone, by automata that never go back.
import { RE2JS, RE2Set } from "re2js";
import { keywordsOf } from "./keywords.ts";

export interface Patterned {
  readonly keywords: readonly string[];
  readonly pattern: string;
}

/** What was done, for tests: time says little. */
export interface Work {
  /** Pieces that a pattern was tried on, and their characters. */
  runs: number;
  characters: number;
}

/**
 * The places in the list of those that occur in one of the spellings; only `wanted` ones, where it is given, and no more
 * than are enough. It stops now and then, so that a process can turn to others: text made of our own keywords costs a hundred times what others do.
 */
export type Matching = (
  spellings: readonly string[],
  wanted?: ReadonlySet<number>,
  isEnough?: (hit: ReadonlySet<number>) => boolean,
) => Generator<undefined, ReadonlySet<number>>;

/** Characters that patterns are tried on between two stops. */
const STRIDE = 20_000;

/** No pattern reaches farther from its keyword than this; most of a text is nothing to it. */
const REACH = 400;
const MAX_KEYWORD = 40;
/** What an automaton may remember of its states, in bytes: hostile text makes a new one with each character. */
const MAX_STATES = 4 * 1024 * 1024;

export function matching(list: readonly Patterned[], work: Work = { runs: 0, characters: 0 }): Matching {
  const find = keywordsOf(list.map(({ keywords }) => keywords));
  const programs = list.map(({ pattern }) => compiled(pattern));
  const first = list.map(({ pattern }) => isOfBeginning(pattern));
  const occurs = (at: number, piece: string): boolean => {
    work.runs += 1;
    work.characters += piece.length;
    return (programs[at]?.match(piece).length ?? 0) > 0;
  };
  return function* (spellings, wanted, isEnough) {
    const [plain = ""] = spellings;
    const hit = new Set<number>();
    let next = work.characters + STRIDE;
    for (const text of spellings) {
      const isNear = text === plain ? always : nearOf(differences(plain, text));
      const near = neighbourhoods(
        text,
        find,
        (at, end) =>
          !hit.has(at) && wanted?.has(at) !== false && (first[at] !== true || end <= REACH) && isNear(end),
      );
      for (const [at, spans] of near) {
        if (spans.some((span) => occurs(at, cut(text, span)))) hit.add(at);
        if (isEnough?.(hit) === true) return hit;
        if (work.characters < next) continue;
        next = work.characters + STRIDE;
        yield;
      }
    }
    return hit;
  };
}

function compiled(pattern: string): RE2Set {
  const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.DOTALL, MAX_STATES);
  set.add(pattern);
  set.compile();
  return set;
}

/** Whether it says nothing about anything but the beginning of a text: one `^`, and no other choice beside it. */
function isOfBeginning(pattern: string): boolean {
  if (!pattern.startsWith("^")) return false;
  let depth = 0;
  for (const sign of pattern.replaceAll(/\\.|\[[^\]]*\]/g, ""))
    if (sign === "|" && depth === 0) return false;
    else depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
  return true;
}

interface Span {
  from: number;
  to: number;
}

/** For each pattern the stretches around its keywords, each character in one of them at most. */
function neighbourhoods(
  text: string,
  find: ReturnType<typeof keywordsOf>,
  counts: (at: number, end: number) => boolean,
): ReadonlyMap<number, readonly Span[]> {
  const near = new Map<number, Span[]>();
  find(text, (end, owners) => {
    const from = Math.max(end - MAX_KEYWORD - REACH, 0);
    const to = end + REACH;
    for (const at of owners) {
      const spans = near.get(at) ?? [];
      const last = spans.at(-1);
      if (last !== undefined && from <= last.to) last.to = counts(at, end) ? to : last.to;
      else if (counts(at, end)) near.set(at, [...spans, { from, to }]);
    }
  });
  return near;
}

/** What begins in the middle of a text must not look like its beginning, which some patterns go by; nor what ends there. */
function cut(text: string, { from, to }: Span): string {
  return `${from > 0 ? " " : ""}${text.slice(from, to)}${to < text.length ? " " : ""}`;
}

const always = (): boolean => true;

/** Whether a keyword that ends at `end` is near one of the stretches; to be asked in the order of the text. */
function nearOf(stretches: readonly Span[]): (end: number) => boolean {
  let next = 0;
  return (end) => {
    while ((stretches[next]?.to ?? Infinity) < end - MAX_KEYWORD - REACH) next += 1;
    return (stretches[next]?.from ?? Infinity) <= end + REACH;
  };
}

/** Where another spelling differs from the plain one: what does not touch that was seen there. */
function differences(plain: string, text: string): readonly Span[] {
  if (plain.length !== text.length) return [hull(plain, text)];
  const found: Span[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) === plain.charCodeAt(at)) continue;
    const last = found.at(-1);
    if (last !== undefined && at <= last.to + 1) last.to = at;
    else found.push({ from: at, to: at });
  }
  return found;
}

/** Between what both begin with and what both end with. */
function hull(plain: string, text: string): Span {
  const most = Math.min(plain.length, text.length);
  let from = 0;
  while (from < most && text.charCodeAt(from) === plain.charCodeAt(from)) from += 1;
  let back = 0;
  while (
    back < most - from &&
    text.charCodeAt(text.length - 1 - back) === plain.charCodeAt(plain.length - 1 - back)
  )
    back += 1;
  return { from, to: text.length - back };
}
