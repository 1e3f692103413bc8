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
  /** From 1: where the words stand, as near as can be told. */
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
function judgeOf({ rule: rules, allow, threshold }: GuardRules, work?: Work): Judge {
  const ruled = matching(rules, work);
  const allowed = matching(allow, work);
  const of = (hit: ReadonlySet<number>): typeof rules => rules.filter((_, at) => hit.has(at));
  const judged = function* (
    text: string,
    views: readonly string[],
    hit: ReadonlySet<number>,
  ): Generator<undefined, Looked> {
    const subject = hit.size === 0 ? hit : yield* allowed(views);
    const covered = new Set(allow.flatMap(({ covers }, at) => (subject.has(at) ? covers : [])));
    return weighed(
      [
        ...hidden(text, threshold),
        ...of(hit).map(({ id, category, weight }) => ({
          rule: id,
          category,
          weight: covered.has(category) ? Math.floor(weight / 2) : weight,
        })),
      ],
      threshold,
    );
  };
  return function* (text, names) {
    const wanted = names && new Set(rules.flatMap(({ id }, at) => (names.has(id) ? [at] : [])));
    for (const block of parts(text, 1, BLOCK, BLOCK - WINDOW / 2)) {
      const views = spellings(block.text);
      const hit = yield* ruled(views, wanted);
      const sum = of(hit).reduce((all, { weight }) => all + weight, 0);
      if (block.text.length <= WINDOW) yield { looked: yield* judged(block.text, views, hit), part: block };
      else if (sum < threshold && !/[^\p{ASCII}]/u.test(block.text))
        yield { looked: { ...NOTHING, score: sum }, part: block };
      else
        for (const part of parts(block.text, block.line, WINDOW, WINDOW / 2)) {
          const own = hit.size === 0 ? [] : spellings(part.text);
          yield { looked: yield* judged(part.text, own, yield* ruled(own, hit)), part };
        }
    }
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
  const names = new Set(looked.hits.map(({ rule }) => rule));
  const isFlagged = (one: string): boolean =>
    [...judge(one, names)].some((judged) => judged?.looked.flagged === true);
  return { ...looked, line: line + Math.max(text.split("\n").findIndex(isFlagged), 0) };
}

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
