// The content guard: how much a text reads like instructions to a model. It advises; it never says that anything is safe.
import type { GuardCategory, GuardRules } from "./guard-pack.ts";
import { looksLike } from "./confusables.ts";
import { wordFaults } from "./homoglyphs.ts";
import { matching, type Work } from "./matching.ts";
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
  /** From 1: where the words stand, as near as can be told. Found when it is asked for: that costs another look. */
  readonly line: number;
}

export interface Guard {
  /** The worst window of a text of any length. Linear in the text; never throws. */
  look(text: string): Looked;
  /** Each window by itself, as it is asked for, and nothing at stops between: for whoever wants all places, or has other things to do. */
  each(text: string): Iterable<Looked>;
}

const HIDDEN_RUN: GuardHit = { rule: "hidden-message", category: "hidden-text", weight: 10 };
/** For each word in which letters pose as others: one may be a slip, three are written so that rules do not meet them. */
const POSING: GuardHit = { rule: "posing-letters", category: "hidden-text", weight: 5 };
/** A message in characters that are not drawn: tags, selectors, or two kinds of nothing for zero and one. */
const HIDDEN = /[\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}\ufe00-\ufe0d\u200b-\u200f\u061c\u2060-\u2064]{8}/u;

const NOTHING: Looked = { flagged: false, level: "none", score: 0, hits: [], line: 1 };

/** `work` counts what is done, for tests. */
export function compileGuard(pack: GuardRules, work?: Work): Guard {
  const judge = judgeOf(pack, work);
  return {
    *each(text) {
      for (const judged of judge(text))
        yield judged === undefined ? NOTHING : located(judged.looked, judged.part, judge);
    },
    look(text) {
      let worst: Judged | undefined;
      for (const judged of judge(text)) {
        if (judged === undefined) continue;
        if (judged.looked.score > (worst?.looked.score ?? 0)) worst = judged;
        if (worst?.looked.level === "high") break;
      }
      return worst === undefined ? NOTHING : located(worst.looked, worst.part, judge);
    },
  };
}

interface Judged {
  readonly looked: Looked;
  readonly part: Part;
}

/** Each window of the text that can be flagged, and each long part of it in which nothing can be; nothing at a stop between. */
type Judge = (text: string, wanted?: ReadonlySet<string>) => Iterable<Judged | undefined>;

/**
 * What does not occur in a long part of a text does not occur in the windows of it, nor in their lines: patterns are tried
 * on the whole first, then where enough of them hit, and only those.
 */
function judgeOf(pack: GuardRules, work?: Work): Judge {
  const { rule: rules, threshold } = pack;
  const ruled = matching(rules, work);
  const judged = weighing(pack, work);
  const sumOf = (hit: ReadonlySet<number>): number =>
    [...hit].reduce((sum, at) => sum + (rules[at]?.weight ?? 0), 0);
  const isPlenty = (hit: ReadonlySet<number>): boolean => sumOf(hit) >= PLENTY * threshold;
  const inBlock = function* (part: Part, wanted?: ReadonlySet<number>): Generator<Judged | undefined> {
    const views = spellings(part.text);
    const hit = yield* ruled(views, wanted, isPlenty);
    if (isPlenty(hit)) yield { looked: withMore(yield* judged(part.text, views, hit), threshold), part };
    else if (part.text.length <= WINDOW) yield { looked: yield* judged(part.text, views, hit), part };
    else if (sumOf(hit) < threshold && !/[^\p{ASCII}]/u.test(part.text))
      yield { looked: { ...NOTHING, score: sumOf(hit) }, part };
    else
      for (const window of parts(part.text, part.line, WINDOW, WINDOW / 2)) {
        const own = hit.size === 0 ? [] : spellings(window.text);
        yield { looked: yield* judged(window.text, own, yield* ruled(own, hit)), part: window };
      }
  };
  return function* (text, names) {
    const wanted = names && new Set(rules.flatMap(({ id }, at) => (names.has(id) ? [at] : [])));
    for (const block of parts(text, 1, BLOCK, BLOCK - WINDOW / 2)) yield* inBlock(block, wanted);
  };
}

type Weighing = (
  text: string,
  views: readonly string[],
  hit: ReadonlySet<number>,
) => Generator<undefined, Looked>;

/** What a text weighs in which these rules hit. */
function weighing({ rule: rules, allow, threshold }: GuardRules, work?: Work): Weighing {
  const allowed = matching(allow, work);
  return function* (text, views, hit) {
    const subject = hit.size === 0 ? hit : yield* allowed(views);
    const covered = new Set(allow.flatMap(({ covers }, at) => (subject.has(at) ? covers : [])));
    return weighed(
      [
        ...hidden(text, threshold),
        ...rules
          .filter((_, at) => hit.has(at))
          .map(({ id, category, weight }) => ({
            rule: id,
            category,
            weight: covered.has(category) ? Math.floor(weight / 2) : weight,
          })),
      ],
      threshold,
    );
  };
}

/** A finding of its own: exceptions from the rules that were named must not cover those that were not asked any more. */
function withMore(looked: Looked, threshold: number): Looked {
  const more: GuardHit = {
    rule: "many-rules",
    category: looked.hits[0]?.category ?? "instruction-override",
    weight: threshold,
  };
  const score = looked.score + threshold;
  return {
    ...looked,
    flagged: true,
    level: score >= 2 * threshold ? "high" : "medium",
    score,
    hits: [...looked.hits, more],
  };
}

function weighed(found: readonly GuardHit[], threshold: number): Looked {
  const score = found.reduce((sum, { weight }) => sum + weight, 0);
  const flagged = score >= threshold;
  const level = flagged ? (score >= 2 * threshold ? "high" : "medium") : "none";
  return { flagged, level, score, hits: found.toSorted((x, y) => y.weight - x.weight), line: 1 };
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

/** Words of two scripts; in a text whose every foreign letter looks like one of ours, every word that holds one. */
function posingWords(text: string): number {
  if (!/[^\p{ASCII}]/u.test(text)) return 0;
  const foreign = text.match(/[^\P{L}A-Za-z]/gu) ?? [];
  const all =
    foreign.length > 1 && foreign.every((letter) => looksLike(letter) !== undefined) && /[a-z]/.test(text);
  return all ? (text.match(/\S*[^\P{L}A-Za-z]\S*/gu) ?? []).length : wordFaults(text, "text").length;
}

/** Told of the first line that is flagged by itself; of the part's own first line when none is. */
function located(looked: Looked, { text, line }: Part, judge: Judge): Looked {
  if (!looked.flagged || !text.includes("\n")) return { ...looked, line };
  let found: number | undefined;
  return {
    ...looked,
    get line() {
      return (found ??= line + Math.max(firstFlagged(text, looked, judge), 0));
    },
  };
}

function firstFlagged(text: string, { hits }: Looked, judge: Judge): number {
  const names = new Set(hits.map(({ rule }) => rule));
  const isFlagged = (one: string): boolean =>
    [...judge(one, names)].some((judged) => judged?.looked.flagged === true);
  return text.split("\n").findIndex(isFlagged);
}

/** So many thresholds in one part, of which some window holds more than one, and no other rule is tried on it. */
const PLENTY = 5;
/** Weak signals count together when they stand together: windows of this many characters, each overlapping the next by half. */
const WINDOW = 3000;
/** Four windows: what is looked at in one go. */
const BLOCK = 7500;

interface Part {
  readonly text: string;
  readonly line: number;
}

function* parts(text: string, first: number, size: number, step: number): Generator<Part> {
  let line = first;
  for (let from = 0; from === 0 || from + size - step < text.length; from += step) {
    const part = text.slice(from, from + size);
    yield { text: part, line };
    line += part.slice(0, step).split("\n").length - 1;
  }
}
