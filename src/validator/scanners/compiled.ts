// The rules of one language, made ready for running: expressions compiled once, each rule under what it looks at.
import { type AnalysisRule, type Language, languages } from "../../core/analysis/rules.ts";

interface Called {
  readonly rule: AnalysisRule;
  readonly name: RegExp;
  readonly has: RegExp | undefined;
  readonly lacks: RegExp | undefined;
}

export interface Compiled {
  readonly calls: readonly Called[];
  readonly imports: readonly { readonly rule: AnalysisRule; readonly name: RegExp }[];
  readonly shapes: readonly { readonly rule: AnalysisRule; readonly regex: RegExp | undefined }[];
  /** Ids of rules that say nothing about tests. */
  readonly notInTests: ReadonlySet<string>;
  readonly strings: readonly { readonly rule: AnalysisRule; readonly regex: RegExp }[];
}

export function compileRules(rules: readonly AnalysisRule[]): ReadonlyMap<Language, Compiled> {
  return new Map(
    languages.map((language) => [language, compile(rules.filter((rule) => rule.in.includes(language)))]),
  );
}

function compile(rules: readonly AnalysisRule[]): Compiled {
  return {
    calls: rules.flatMap((rule) =>
      rule.call === undefined
        ? []
        : [{ rule, name: names(rule.call), has: expression(rule.has), lacks: expression(rule.lacks) }],
    ),
    imports: rules.flatMap((rule) => (rule.import === undefined ? [] : [{ rule, name: names(rule.import) }])),
    shapes: rules.flatMap((rule) =>
      rule.kind === undefined && rule.pattern === undefined ? [] : [{ rule, regex: expression(rule.regex) }],
    ),
    notInTests: new Set(rules.filter(({ tests }) => tests === false).map(({ id }) => id)),
    strings: rules.flatMap((rule) =>
      rule.string === undefined ? [] : [{ rule, regex: new RegExp(rule.string, "u") }],
    ),
  };
}

function expression(source: string | undefined): RegExp | undefined {
  return source === undefined ? undefined : new RegExp(source, "u");
}

/** `*` stands for any part of a name, dots included. */
function names(patterns: readonly string[]): RegExp {
  const sources = patterns.map((pattern) =>
    pattern.replaceAll(/[\\^$.|+()[\]{}?]/gu, String.raw`\$&`).replaceAll("*", ".*"),
  );
  return new RegExp(`^(?:${sources.join("|")})$`, "u");
}
