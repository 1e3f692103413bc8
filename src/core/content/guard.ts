// The content guard: how much a text reads like instructions to a model. It advises; it never says that anything is safe.
import { RE2JS } from "re2js";
import type { GuardCategory, GuardRules } from "./guard-pack.ts";
import { looksLike } from "./confusables.ts";
import { wordFaults } from "./homoglyphs.ts";
import { messages } from "./messages.ts";
import { spellings } from "./spellings.ts";

export interface GuardHit {
  readonly rule: string;
  readonly category: GuardCategory;
  readonly weight: number;
}

export type ThreatLevel = "none" | "medium" | "high";

export interface Looked {
  readonly flagged: boolean;
  readonly level: ThreatLevel;
  readonly score: number;
  /** The heaviest first; none of the text. */
  readonly hits: readonly GuardHit[];
  /** From 1: where the words stand, as near as can be told. */
  readonly line: number;
}

export interface Guard {
  /** The worst window of a text of any length. Linear in the text; never throws. */
  look(text: string): Looked;
  /** Each window by itself, as it is asked for: for whoever wants all places, or has other things to do in between. */
  each(text: string): Iterable<Looked>;
}

interface Compiled {
  readonly keywords: readonly string[];
  readonly program: RE2JS;
}

const HIDDEN_RUN: GuardHit = { rule: "hidden-message", category: "hidden-text", weight: 10 };
/** For each word in which letters pose as others: one may be a slip, three are written so that rules do not meet them. */
const POSING: GuardHit = { rule: "posing-letters", category: "hidden-text", weight: 5 };
/** A message in characters that are not drawn: tags, selectors, or two kinds of nothing for zero and one. */
const HIDDEN = /[\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}\ufe00-\ufe0d\u200b-\u200f\u061c\u2060-\u2064]{8}/u;

const NOTHING: Looked = { flagged: false, level: "none", score: 0, hits: [], line: 1 };

export function compileGuard(pack: GuardRules): Guard {
  const judge = judgeOf(pack);
  return {
    *each(text) {
      for (const { text: part, line } of windows(text)) {
        const looked = judge(part);
        yield looked.flagged ? { ...looked, line: line + within(part, judge) } : { ...looked, line };
      }
    },
    look(text) {
      let worst = NOTHING;
      for (const { text: part, line } of windows(text)) {
        const looked = judge(part);
        if (looked.score > worst.score)
          worst = { ...looked, line: looked.flagged ? line + within(part, judge) : line };
        if (worst.level === "high") break;
      }
      return worst;
    },
  };
}

type Judge = (text: string) => Looked;

function judgeOf({ rule, allow, threshold }: GuardRules): Judge {
  const rules = rule.map(compiled);
  const allows = allow.map(compiled);
  return (text) => {
    const views = spellings(text).map(openView);
    const hit = rules.filter((one) => isHit(one, views));
    const subject = hit.length === 0 ? [] : allows.filter((one) => isHit(one, views));
    const covered = new Set(subject.flatMap(({ covers }) => covers));
    const found: readonly GuardHit[] = [
      ...hidden(text, threshold),
      ...hit.map(({ id, category, weight }) => ({
        rule: id,
        category,
        weight: covered.has(category) ? Math.floor(weight / 2) : weight,
      })),
    ];
    const score = found.reduce((sum, { weight }) => sum + weight, 0);
    const flagged = score >= threshold;
    const level = flagged ? (score >= 2 * threshold ? "high" : "medium") : "none";
    return { flagged, level, score, hits: found.toSorted((x, y) => y.weight - x.weight), line: 1 };
  };
}

function hidden(text: string, threshold: number): readonly GuardHit[] {
  const posing = posingWords(text) * POSING.weight;
  return [
    ...(HIDDEN.test(text) || isMessage(text) ? [HIDDEN_RUN] : []),
    ...(posing === 0 ? [] : [{ ...POSING, weight: Math.min(posing, threshold) }]),
  ];
}

/** One sign on each letter, where one is writing. */
function isMessage(text: string): boolean {
  return /[^\p{ASCII}]/u.test(text) && text.split("\n").some((line) => messages(line).length > 0);
}

function compiled<T extends { readonly pattern: string; readonly keywords: readonly string[] }>(
  one: T,
): T & Compiled {
  return { ...one, program: RE2JS.compile(one.pattern, RE2JS.DOTALL) };
}

/** One spelling of a window, and where words stand in it: many rules go by the same ones. */
interface View {
  readonly text: string;
  readonly placesOf: (word: string) => readonly number[];
}

function openView(text: string): View {
  const known = new Map<string, readonly number[]>();
  return {
    text,
    placesOf: (word) => {
      const before = known.get(word);
      if (before !== undefined) return before;
      const places: number[] = [];
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) places.push(at);
      known.set(word, places);
      return places;
    },
  };
}

function isHit({ keywords, program }: Compiled, views: readonly View[]): boolean {
  return views.some((view) => around(view, keywords).some((part) => program.matcher(part).find()));
}

/** No pattern of the pack reaches farther from its keyword than this; RE2 is slow, and most of a text is nothing to it. */
const REACH = 400;

/** The neighbourhoods of the keywords, each character in one of them at most. */
function around({ text, placesOf }: View, keywords: readonly string[]): readonly string[] {
  const places = keywords.flatMap(placesOf).toSorted((a, b) => a - b);
  const parts: string[] = [];
  // What begins in the middle of a text must not look like its beginning, which some rules go by.
  const part = (start: number, end: number): string => `${start > 0 ? " " : ""}${text.slice(start, end)}`;
  let from = 0;
  let to = -1;
  for (const place of places) {
    if (place - REACH > to) {
      if (to >= 0) parts.push(part(from, to));
      from = Math.max(0, place - REACH);
    }
    to = place + REACH;
  }
  return to < 0 ? parts : [...parts, part(from, to)];
}

/** Words of two scripts; in a text whose every foreign letter looks like one of ours, every word that holds one. */
function posingWords(text: string): number {
  const foreign = text.match(/[^\P{L}A-Za-z]/gu) ?? [];
  const all =
    foreign.length > 1 && foreign.every((letter) => looksLike(letter) !== undefined) && /[a-z]/.test(text);
  return all ? (text.match(/\S*[^\P{L}A-Za-z]\S*/gu) ?? []).length : wordFaults(text, "text").length;
}

/** The first line that is flagged by itself, from 0; the window's own first line when none is. */
function within(part: string, judge: Judge): number {
  const at = part.split("\n").findIndex((line) => judge(line).flagged);
  return Math.max(at, 0);
}

/** Weak signals count together when they stand together: windows of this many characters, each overlapping the next by half. */
const WINDOW = 3000;

interface Window {
  readonly text: string;
  readonly line: number;
}

function* windows(text: string): Generator<Window> {
  let line = 1;
  for (let from = 0; from === 0 || from + WINDOW / 2 < text.length; from += WINDOW / 2) {
    const part = text.slice(from, from + WINDOW);
    yield { text: part, line };
    line += part.slice(0, WINDOW / 2).split("\n").length - 1;
  }
}
