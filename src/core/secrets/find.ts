// Finds secrets in a text by the rule pack, in time linear in its length; says where they stand and never what they are.
import { type AssignedAt, assignedFinder, genericAt, type Ground, groundOf } from "./assigned.ts";
import { type Link, linkAt } from "./links.ts";
import { MANIFEST, manifestSecrets, type Sought } from "./manifest.ts";
import { SECRET_NAMES } from "./names.ts";
import { prefilter, type Word } from "./prefilter.ts";
import { isOfSite, isPublished } from "./published.ts";
import type { SecretRules } from "./rules.ts";
import { ARMOURS, BODIES, bareKeyAt, privateKeyAt } from "./keys.ts";
import { DIALLED, dialledAt, SCHEME, urlPasswordAt } from "./shapes.ts";
import { apart, GENERIC, type Span, type Work } from "./span.ts";
import { type TokenAt, tokenFinder } from "./tokens.ts";
import { valueOf } from "./values.ts";
import { resolved, unwrapped } from "./views.ts";

export interface SecretHit {
  readonly rule: string;
  /** UTF-16 offsets of the secret part itself. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
  /** It need not be a secret: a person is asked, and nothing is rejected for it. */
  readonly likely?: true;
}

export interface FindOptions {
  /** What the text is of. */
  readonly path: string;
  /** `[secrets] entropy`: whether random-looking values behind words such as password count, too. */
  readonly entropy: boolean;
  /** Rules that count here; all of them without it. One that does not count hides no hit of another in the same place. */
  readonly counts?: ((rule: string) => boolean) | undefined;
  /** Told what the text costs. */
  readonly work?: Work | undefined;
}

export interface SecretScanner {
  /** Sorted by place, never overlapping. Nothing that the text says turns a rule off. */
  find(text: string, options: FindOptions): readonly SecretHit[];
}

type Seeker =
  | { readonly kind: "token"; readonly seek: TokenAt }
  | { readonly kind: "assigned"; readonly seek: AssignedAt }
  | { readonly kind: "name" }
  | { readonly kind: "shape"; readonly seek: (text: string, at: number) => Sought };

type Costed = Pick<FindOptions, "path" | "entropy"> & { readonly work: Work };

const scanners = new WeakMap<SecretRules, SecretScanner>();

/** The scanner of `pack`, compiled when it is first asked for. */
export function scannerOf(pack: SecretRules): SecretScanner {
  const scanner = scanners.get(pack) ?? compileSecrets(pack);
  scanners.set(pack, scanner);
  return scanner;
}

/** Throws SyntaxError on an expression that is none. */
function compileSecrets(pack: SecretRules): SecretScanner {
  const filter = prefilter(seekersOf(pack));
  const spansIn = (text: string, { path, entropy, work }: Costed): readonly Span[] => {
    const spans: Span[] = [];
    const reading = { text, entropy, work, ground: groundOf(path, work), linkTo: linksIn(text, work) };
    // What lies in a hit is not looked at again by the same rule: a long one would be read once for each word in it.
    const ends = new Map<Seeker, number>();
    filter(text, (at, word, item) => {
      if (at < (ends.get(item) ?? 0)) return;
      const found = sought(item, reading, at, word);
      for (const span of found.spans) spans.push(span);
      ends.set(item, found.end);
    });
    return spans;
  };
  return {
    find(text, { path, entropy, counts = () => true, work = { steps: 0 } }) {
      const spans = [...spansIn(text, { path, entropy, work })];
      const view = resolved(text);
      for (const span of view === undefined ? [] : spansIn(view.text, { path, entropy, work }))
        spans.push({ ...span, start: view?.at(span.start) ?? 0, end: (view?.at(span.end - 1) ?? 0) + 1 });
      for (const { text: inner, start, end } of unwrapped(text))
        for (const span of spansIn(inner, { path, entropy: false, work }))
          spans.push({ ...span, start, end });
      return withLines(text, apart(counting(weighed(text, spans), counts)));
    },
  };
}

function weighed(text: string, spans: readonly Span[]): readonly Span[] {
  return spans
    .filter(({ start, end }) => !isPublished(text.slice(start, end)))
    .map((span) => (isOfSite(text, span.start) ? { ...span, likely: true } : span));
}

/** What the operator lets pass as a token of some provider is not held against a patch for the name beside it. */
function counting(spans: readonly Span[], counts: (rule: string) => boolean): readonly Span[] {
  const passed = new Set<string>();
  for (const { rule, start, end } of spans) if (!counts(rule)) passed.add(`${start}-${end}`);
  if (passed.size === 0) return spans;
  return spans.filter(
    ({ rule, start, end }) => counts(rule) && !(rule === GENERIC && passed.has(`${start}-${end}`)),
  );
}

function seekersOf(pack: SecretRules): readonly Word<Seeker>[] {
  const shape = (word: string, seek: (text: string, at: number) => Sought): Word<Seeker> => ({
    word,
    exact: false,
    item: { kind: "shape", seek },
  });
  const name: Seeker = { kind: "name" };
  return [
    ...pack.token.flatMap((rule) => {
      const item: Seeker = { kind: "token", seek: tokenFinder(rule) };
      return rule.keywords.map((word) => ({ word, exact: rule.folded !== true, item }));
    }),
    ...pack.assigned.flatMap((rule) => {
      const item: Seeker = { kind: "assigned", seek: assignedFinder(rule) };
      return rule.names.map((word) => ({ word, exact: false, item }));
    }),
    ...SECRET_NAMES.flatMap((word) =>
      spellings(word).map((one) => ({ word: one, exact: false, item: name })),
    ),
    ...ARMOURS.map((word) => shape(word, (text, at) => one(privateKeyAt(text, at)))),
    ...BODIES.map((word) => shape(word, (text, at) => one(bareKeyAt(text, at)))),
    shape(DIALLED, (text, at) => one(dialledAt(text, at))),
    shape(SCHEME, (text, at) => one(urlPasswordAt(text, at))),
    shape(MANIFEST, manifestSecrets),
  ];
}

/** A name of two characters is looked for with what stands behind it: three are the fewest. */
function spellings(word: string): readonly string[] {
  return word.length > 2 ? [word] : BEHIND_NAME.map((sign) => word + sign);
}
const BEHIND_NAME = [" ", "\t", "=", ":", '"', "'", ")", "]", "`"];
const NOT_NAME = /[^\w-]$/;

interface Reading {
  readonly text: string;
  readonly entropy: boolean;
  readonly work: Work;
  readonly ground: Ground;
  readonly linkTo: (end: number) => Link | undefined;
}

/** Rules share words, and words their ends: what is assigned there is read once. */
function linksIn(text: string, work: Work): Reading["linkTo"] {
  let last: { readonly end: number; readonly link: Link | undefined } = { end: -1, link: undefined };
  return (end) => {
    if (last.end !== end) {
      work.steps += 1;
      const near = linkAt(text, end);
      last = { end, link: near === undefined ? undefined : valueOf(text, near) };
    }
    return last.link;
  };
}

function sought(seeker: Seeker, reading: Reading, at: number, word: string): Sought {
  const { text, entropy, work, ground, linkTo } = reading;
  work.steps += 1;
  if (seeker.kind === "shape") return seeker.seek(text, at);
  if (seeker.kind === "token") return one(seeker.seek(text, at, work));
  if (seeker.kind === "name" && !entropy) return NOTHING;
  const bare = word.replace(NOT_NAME, "");
  const link = linkTo(at + bare.length);
  if (link === undefined) return NOTHING;
  if (seeker.kind === "assigned") return one(seeker.seek(text, at, word, link));
  const spans = genericAt(text, at, bare, link, ground);
  // What a person is asked for hides no name within it, behind which it would be sure.
  return { spans, end: spans.findLast(({ likely }) => likely !== true)?.end ?? 0 };
}

const NOTHING: Sought = { spans: [], end: 0 };

function one(span: Span | undefined): Sought {
  return span === undefined ? NOTHING : { spans: [span], end: span.end };
}

function withLines(text: string, spans: readonly Span[]): readonly SecretHit[] {
  let line = 1;
  let feed = text.indexOf("\n");
  return spans.map((span) => {
    for (; feed !== -1 && feed < span.start; feed = text.indexOf("\n", feed + 1)) line += 1;
    return { ...span, line };
  });
}
