// The operator's own rules of masking, `[[secrets.redact]]`: RE2 expressions, and JSONPath over JSON files.
import { compileExpression } from "../base/expression.ts";
import { foldedGlobs, type Matcher } from "../base/glob.ts";
import type { Redaction } from "../config/schema-checks.ts";
import { foldedName } from "../identity/principal.ts";
import { type Located, locate, selectLocated } from "../jsonpath/located.ts";
import { parseQuery } from "../jsonpath/parse.ts";
import { WorkError } from "../jsonpath/walk.ts";
import type { MaskSpan } from "./mask.ts";

/** A text that several rules look at; its JSON is read once. */
export interface MaskMatter {
  readonly text: string;
  /** Undefined when the text is no JSON. */
  readonly json: () => Located | undefined;
}

export interface RedactRule {
  readonly id: string;
  /** Read as widely as any file system would: a rule hides. */
  readonly covers: Matcher;
  /** Folded names of those it is for; undefined: everybody. */
  readonly principals: ReadonlySet<string> | undefined;
  /** Undefined when the rule cannot be applied: nothing of the file may be served then. */
  find(matter: MaskMatter): readonly MaskSpan[] | undefined;
}

/** Starts to count the time that goes by; what it gives says whether there has been too much of it. */
export type Watch = () => () => boolean;

const PATIENT: Watch = () => () => false;

/** Throws what RE2 and JSONPath say of a bad expression; a configuration that was read holds none (rules-content.ts). */
export function compileRedactions(
  rules: readonly Redaction[],
  watch: Watch = PATIENT,
): readonly RedactRule[] {
  return rules.map((rule) => ({
    id: rule.id,
    covers: foldedGlobs(rule.paths),
    principals: rule.principals === undefined ? undefined : new Set(rule.principals.map(foldedName)),
    find: finderOf(rule, watch),
  }));
}

export function matterOf(text: string): MaskMatter {
  let read: { readonly json: Located | undefined } | undefined;
  return { text, json: () => (read ??= { json: locate(text) }).json };
}

function finderOf({ id, pattern, json_path: path }: Redaction, watch: Watch): RedactRule["find"] {
  if (path !== undefined) return jsonFinder(id, path);
  return patternFinder(id, pattern ?? "", watch);
}

/**
 * One search is linear in the text, and many of them may each look to its end for what might follow (`key=(\w+)(?:.*END)?`):
 * so the searches of one file are timed, and a file that takes too long cannot be masked.
 */
function patternFinder(rule: string, pattern: string, watch: Watch): RedactRule["find"] {
  const { program } = compileExpression(pattern);
  const grouped = program.groupCount() > 0;
  return ({ text }) => {
    const spans: MaskSpan[] = [];
    if (!program.test(text)) return spans;
    const matcher = program.matcher(text);
    const isOver = watch();
    while (matcher.find()) {
      if (isOver()) return undefined;
      const first = grouped ? matcher.start(1) : -1;
      // A group that took no part: the rule matched all the same, so the whole of it is masked.
      spans.push(
        first >= 0
          ? { rule, start: first, end: matcher.end(1) }
          : { rule, start: matcher.start(), end: matcher.end() },
      );
    }
    return spans;
  };
}

/** What a query may cost: some steps for each character, so that the size of a file bounds the work. */
const STEPS = 1_000_000;
const STEPS_PER_CHARACTER = 4;

function jsonFinder(rule: string, path: string): RedactRule["find"] {
  const query = parseQuery(path);
  return ({ text, json }) => {
    const root = json();
    if (root === undefined) return undefined;
    try {
      const most = STEPS + STEPS_PER_CHARACTER * text.length;
      return selectLocated(query, root, most).map((node) => spanOf(rule, node));
    } catch (cause) {
      if (cause instanceof WorkError) return undefined;
      throw cause;
    }
  };
}

/** A string keeps its quotes; anything else, a whole object too, is masked with all its signs. */
function spanOf(rule: string, { value, start, end }: Located): MaskSpan {
  if (typeof value !== "string") return { rule, start, end, quoted: true };
  // Of an empty string there is nothing to mask, and the mask tells that there is something.
  return { rule, start: start + 1, end: end - 1 };
}
