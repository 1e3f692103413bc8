// Static analysis of markup: what its attributes do, and each of its scripts as a file of its own, at its lines.
import type { Compiled } from "./compiled.ts";
import { UNREADABLE } from "./finding.ts";
import { type Signed, signed } from "./sign.ts";
import { markupOf, type Script, type Tag } from "./tags.ts";

/** What a script may be: the name of a grammar. */
export type ScriptKind = "javascript" | "typescript" | "tsx";

interface Analysed {
  readonly hits: readonly Signed[];
  readonly imports: readonly { readonly line: number; readonly module: string }[];
}

const MOST_SCRIPTS = 300;

/** Throws a `RangeError` where there are more scripts than anybody reads. */
export function analyseMarkup(
  text: string,
  own: Compiled | undefined,
  analyse: (text: string, kind: ScriptKind) => Analysed,
): Analysed {
  const { tags, scripts, doubtful } = markupOf(text);
  const code = scripts.filter(isCode);
  if (code.length > MOST_SCRIPTS) throw new RangeError("more scripts than anybody reads");
  const lineOf = lines(text);
  const hits = doubtful.map((at) =>
    placed(signed(UNREADABLE, { text: text.slice(at, at + 500) }), lineOf(at)),
  );
  const imports: { line: number; module: string }[] = [];
  for (const tag of tags) hits.push(...attributes(tag, own).map((hit) => placed(hit, lineOf(tag.start))));
  for (const at of raw(text)) hits.push(...broken("{@html", own).map((hit) => placed(hit, lineOf(at))));
  for (const { tag, text: body } of code) {
    const first = lineOf(tag.end) - 1;
    const inner = analyse(body, kindOf(tag));
    hits.push(...inner.hits.map((hit) => ({ ...hit, line: hit.line + first, end: hit.end + first })));
    for (const { line, module } of inner.imports) imports.push({ line: line + first, module });
  }
  return { hits, imports };
}

function placed(hit: Signed, line: number): Signed {
  return { ...hit, line, end: line };
}

/** Svelte's way of writing markup as it is. */
function raw(text: string): readonly number[] {
  return [...text.matchAll(/\{@html\b/gu)].map(({ index }) => index);
}

/** Data that no browser runs; whatever else a script says of itself, it may be code. */
const DATA =
  /^(?:application\/(?:ld\+)?json|application\/[\w.-]{1,40}\+json|text\/(?:json|html|plain|markdown|template|x-template|x-handlebars(?:-template)?|ng-template|x-mathjax-config|x-shader[\w/-]{0,20})|speculationrules|x-shader[\w/-]{0,20})$/u;

function isCode({ tag, text }: Script): boolean {
  return !DATA.test((tag.attributes.get("type") ?? "").trim().toLowerCase()) && text.trim() !== "";
}

function kindOf({ attributes: all }: Tag): ScriptKind {
  const kind = (all.get("lang") ?? all.get("type") ?? "").trim().toLowerCase();
  if (/tsx|jsx|babel/u.test(kind)) return "tsx";
  return /^(?:ts|typescript|(?:text|application)\/typescript)$/u.test(kind) ? "typescript" : "javascript";
}

const MAX_VALUE = 4000;

/** Each attribute as `tag name="value"`, and behind it that the tag says what the file's digest must be. */
function attributes({ name, attributes: all }: Tag, own: Compiled | undefined): readonly Signed[] {
  const pinned = all.has("integrity") ? " integrity" : "";
  return [...all].flatMap(([key, value]) =>
    broken(
      `${name.slice(0, 100)} ${key.slice(0, 200)}="${resolved(value).slice(0, MAX_VALUE)}"${pinned}`,
      own,
    ),
  );
}

function broken(text: string, own: Compiled | undefined): readonly Signed[] {
  return (own?.strings ?? [])
    .filter(({ regex }) => regex.test(text))
    .map(({ rule }) => signed(rule.id, { text }));
}

/** Threat: `jav&#x61;script:`, and line breaks within it, which a browser takes out of addresses. */
function resolved(value: string): string {
  return value
    .replaceAll(
      /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?|&(?:tab|newline|colon);/giu,
      (all: string, hex?: string, ten?: string) => {
        if (hex === undefined && ten === undefined) return /colon/iu.test(all) ? ":" : "";
        const code = hex === undefined ? Number(ten) : Number.parseInt(hex, 16);
        return code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
      },
    )
    .replaceAll(/[\u0000-\u001f]/gu, "")
    .trim();
}

/** Number of the line in which a place lies. */
function lines(text: string): (at: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (place) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= place) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
