// What is masked in which file: secrets by the rule pack, and what the operator's rules name; for everybody, or for one caller.
import type { Config } from "../config/schema.ts";
import { foldedName } from "../identity/principal.ts";
import { beneath, covers } from "./beneath.ts";
import { echoes } from "./echoes.ts";
import { countedRules } from "./excluded.ts";
import type { SecretHit, SecretScanner } from "./find.ts";
import { type Masked, maskedOver, type MaskSpan, maskText } from "./mask.ts";
import { compileRedactions, matterOf, type RedactRule, type Watch } from "./redact.ts";

export interface Masker {
  /** Undefined when a rule covers the file and cannot be applied to it: then nothing of the file may be served. */
  mask(path: string, text: string): Masked | undefined;
  /** The parts that `mask` masks, in any order; they may overlap. */
  spans(path: string, text: string): readonly MaskSpan[] | undefined;
}

type Words = Pick<Config, "secrets" | "rules">;

/**
 * For everybody, when publishing. Rules for some principals only are tried as well: a file that they cannot be applied to is
 * served to nobody, because the gateway could not hide a part of it. The gateway meets only the masked text, in which such a
 * rule may find nothing any more; so a file of which it would then show what the rule hides is served to nobody, too.
 *
 * `rules.exclude` says that a rule does not count at a path, so nothing there is masked by it. `rules.suppress` lets a
 * finding pass for a while; what is served must not depend on the hour, so it is masked all the same.
 */
export function publicMasker(config: Words, scanner: SecretScanner, watch?: Watch): Masker {
  const { mask, entropy, redact } = config.secrets;
  const rules = compileRedactions(redact, watch);
  const counted = countedRules(config.rules);
  const callers = distinctCallers(config, watch);
  return masking((path, text) => {
    const own = apply(rules, path, text);
    if (own === undefined) return undefined;
    const counts = (rule: string): boolean => counted(rule, path);
    const hits = mask ? allHits(text, (rest) => scanner.find(rest, { path, entropy, counts })) : [];
    const again = echoes(text, hits);
    if (again === undefined) return undefined;
    const spans = [...own, ...hits, ...again];
    return callers.every((caller) => hidesAll(caller, path, text, spans)) ? spans : undefined;
  });
}

/** Whether the caller's rules hide in what is published all that they name in the file itself. */
function hidesAll(caller: CallerMasker, path: string, text: string, spans: readonly MaskSpan[]): boolean {
  if (caller.rulesFor(path) === "") return true;
  const [named, hidden] = [caller.spans(path, text), servedSpans(caller, path, text, spans)];
  // What the caller is shown nothing of is hidden.
  return named !== undefined && (hidden === undefined || covers(text, hidden, named));
}

/** All that is masked for a caller, in places of the file itself; undefined when nothing of it is shown to the caller. */
export function servedSpans(
  caller: CallerMasker,
  path: string,
  text: string,
  spans: readonly MaskSpan[],
): readonly MaskSpan[] | undefined {
  if (caller.rulesFor(path) === "") return spans;
  const shown = maskedOver(text, spans);
  const own = caller.spans(path, shown.text);
  return own === undefined ? undefined : [...spans, ...beneath(shown, own)];
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
    for (const hit of hits) all.push(hit);
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

export function callerMaskers(
  { secrets }: Pick<Config, "secrets">,
  watch?: Watch,
): (principal: string) => CallerMasker {
  const rules = compileRedactions(secrets.redact, watch).filter(({ principals }) => principals !== undefined);
  return (principal) => {
    const own = rules.filter(({ principals }) => principals?.has(foldedName(principal)) === true);
    return {
      rulesFor: (path) =>
        own
          .filter(({ covers: at }) => at(path))
          .map(({ id }) => id)
          .join(" "),
      ...masking((path, text) => {
        const matter = matterOf(text);
        const found = own.filter(({ covers: at }) => at(path)).map((rule) => rule.find(matter));
        return found.includes(undefined) ? undefined : found.flatMap((spans) => spans ?? []);
      }),
    };
  };
}

/** Everybody for whom there are rules. */
function distinctCallers(config: Pick<Config, "secrets">, watch: Watch | undefined): readonly CallerMasker[] {
  const names = config.secrets.redact.flatMap(({ principals }) => principals ?? []);
  return [...new Set(names.map(foldedName))].map(callerMaskers(config, watch));
}

function apply(rules: readonly RedactRule[], path: string, text: string): readonly MaskSpan[] | undefined {
  const matter = matterOf(text);
  const spans: MaskSpan[] = [];
  for (const rule of rules) {
    if (!rule.covers(path)) continue;
    const found = rule.find(matter);
    if (found === undefined) return undefined;
    if (rule.principals === undefined) for (const span of found) spans.push(span);
  }
  return spans;
}
