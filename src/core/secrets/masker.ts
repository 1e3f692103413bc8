// What is masked in which file: secrets by the rule pack, and what the operator's rules name; for everybody, or for one caller.
import { type Matcher, operatorGlobs } from "../base/glob.ts";
import type { Config } from "../config/schema.ts";
import { foldedName } from "../identity/principal.ts";
import type { SecretHit, SecretScanner } from "./find.ts";
import { type Masked, type MaskSpan, maskText } from "./mask.ts";
import { compileRedactions, matterOf, type RedactRule } from "./redact.ts";

export interface Masker {
  /** Undefined when a rule covers the file and cannot be applied to it: then nothing of the file may be served. */
  mask(path: string, text: string): Masked | undefined;
  /** The parts that `mask` masks, in any order; they may overlap. */
  spans(path: string, text: string): readonly MaskSpan[] | undefined;
}

type Words = Pick<Config, "secrets" | "rules">;

/**
 * For everybody, when publishing. Rules for some principals only are tried as well, so that a file that they cannot be
 * applied to is served to nobody: the gateway could not hide a part of it.
 */
export function publicMasker(config: Words, scanner: SecretScanner): Masker {
  const { mask, entropy, redact } = config.secrets;
  const rules = compileRedactions(redact);
  const excluded = excludedRules(config);
  return masking((path, text) => {
    const own = apply(rules, path, text);
    if (own === undefined) return undefined;
    const hits = mask ? allHits(text, (rest) => scanner.find(rest, { path, entropy })) : [];
    const counted = hits.filter(({ rule }) => !excluded(rule, path));
    return [...own, ...counted, ...echoes(text, counted)];
  });
}

/** So often a text is looked through at most; after the second time there is hardly ever anything left. */
const ROUNDS = 4;

/** Of hits that overlap the scanner tells one, and what is left of the other would be shown: so it is looked for again. */
function allHits(text: string, find: (rest: string) => readonly SecretHit[]): readonly SecretHit[] {
  const all: SecretHit[] = [];
  let rest = text;
  for (let round = 0; round < ROUNDS; round += 1) {
    const hits = find(rest);
    if (hits.length === 0) break;
    all.push(...hits);
    rest = blanked(rest, hits);
  }
  return all;
}

/** Blanks in place of the hits: every other character keeps its place. */
function blanked(text: string, hits: readonly SecretHit[]): string {
  let shown = "";
  let at = 0;
  for (const { start, end } of hits) {
    shown += text.slice(at, start) + text.slice(start, end).replaceAll(/[^\n]/g, " ");
    at = end;
  }
  return shown + text.slice(at);
}

function masking(spans: Masker["spans"]): Masker {
  const mask: Masker["mask"] = (path, text) => {
    const found = spans(path, text);
    return found === undefined ? undefined : maskText(text, found);
  };
  return { spans, mask };
}

/** What is masked for one caller beyond what is masked for everybody. */
export interface CallerMasker extends Masker {
  /** Names the rules that apply to a path: equal ones mask equally. Empty when there are none. */
  rulesFor(path: string): string;
}

export function callerMaskers({ secrets }: Pick<Config, "secrets">): (principal: string) => CallerMasker {
  const rules = compileRedactions(secrets.redact).filter(({ principals }) => principals !== undefined);
  return (principal) => {
    const own = rules.filter(({ principals }) => principals?.has(foldedName(principal)) === true);
    return {
      rulesFor: (path) =>
        own
          .filter(({ covers }) => covers(path))
          .map(({ id }) => id)
          .join(" "),
      ...masking((path, text) => {
        const matter = matterOf(text);
        const found = own.filter(({ covers }) => covers(path)).map((rule) => rule.find(matter));
        return found.includes(undefined) ? undefined : found.flatMap((spans) => spans ?? []);
      }),
    };
  };
}

function apply(rules: readonly RedactRule[], path: string, text: string): readonly MaskSpan[] | undefined {
  const matter = matterOf(text);
  const spans: MaskSpan[] = [];
  for (const rule of rules) {
    if (!rule.covers(path)) continue;
    const found = rule.find(matter);
    if (found === undefined) return undefined;
    if (rule.principals === undefined) spans.push(...found);
  }
  return spans;
}

/**
 * `rules.exclude` says that a rule does not count at a path, so nothing there is masked by it. `rules.suppress` lets a
 * finding pass for a while; what is served must not depend on the hour, so it is masked all the same.
 */
function excludedRules({ rules }: Pick<Words, "rules">): (rule: string, path: string) => boolean {
  const byRule = new Map<string, Matcher[]>();
  for (const { rules: names, paths } of rules.exclude) {
    const at = operatorGlobs(paths);
    for (const name of names) byRule.set(name, [...(byRule.get(name) ?? []), at]);
  }
  return (rule, path) => byRule.get(rule)?.some((matches) => matches(path)) === true;
}

/** Shorter values are words that occur for other reasons. */
const ECHO = 8;
/** Most values that are looked for again: one pass over the text each. */
const ECHOES = 64;

/** Where a secret stands once more in its file, without the name beside it that gave it away. */
function echoes(text: string, hits: readonly SecretHit[]): readonly MaskSpan[] {
  const values = new Map<string, string>();
  for (const { rule, start, end } of hits) {
    if (end - start >= ECHO && values.size < ECHOES) values.set(text.slice(start, end), rule);
  }
  const spans: MaskSpan[] = [];
  for (const [value, rule] of values) {
    for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length))
      spans.push({ rule, start: at, end: at + value.length });
  }
  return spans;
}
