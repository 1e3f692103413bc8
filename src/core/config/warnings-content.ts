// What is allowed about checks of content, scanners and exceptions and still deserves a second look.
import type { Config } from "./schema.ts";
import type { Warning } from "./warning.ts";

/** What only the caller knows: the time (milliseconds since 1970) and the ids of the rules in the packs. */
export interface ContentFacts {
  readonly now: number;
  readonly rules: ReadonlySet<string>;
}

export function contentWarnings(config: Config, facts: ContentFacts | undefined): readonly Warning[] {
  return [...scannerWarnings(config), ...(facts === undefined ? [] : exceptionWarnings(config, facts))];
}

function scannerWarnings({
  scanners,
  sandbox,
  static_analysis: analysis,
  guard,
}: Config): readonly Warning[] {
  const idle = (["gitleaks", "semgrep", "bandit"] as const).filter((name) => scanners[name] === "found");
  const found: readonly (readonly [boolean, string, string])[] = [
    [
      scanners.semgrep_rules !== "" && scanners.semgrep === "off",
      "scanners.semgrep_rules",
      "changes nothing: scanners.semgrep is off",
    ],
    [
      idle.length > 0 && sandbox.driver === "none",
      "sandbox.driver",
      `is "none": ${idle.join(", ")} would not run even where installed`,
    ],
    [
      analysis.allowed_imports.length === 0,
      "static_analysis.allowed_imports",
      'is empty: no import is allowed at all; ["*"] allows every one',
    ],
    [
      analysis.denied_imports.includes("*"),
      "static_analysis.denied_imports",
      "has *: no import is allowed at all, whatever allowed_imports says",
    ],
    [
      !guard.enabled && (guard.endpoint !== "" || guard.trusted.length > 0),
      "guard.enabled",
      "is false: the other keys of [guard] change nothing",
    ],
  ];
  return found.filter(([on]) => on).map(([, key, message]) => ({ key, message }));
}

/** Rules that stand in no pack: those of scanners, and of checks whose rules are part of the program. */
const ELSEWHERE =
  /^(?:gitleaks|semgrep|bandit|secretlint|hidden|guard|import)[-.]|^(?:unpublished|unreadable|advisory)$/;

/** An exception that reaches nothing looks like one that works. */
function exceptionWarnings({ rules }: Config, { now, rules: known }: ContentFacts): readonly Warning[] {
  const isUnknown = (rule: string): boolean => !known.has(rule) && !ELSEWHERE.test(rule);
  const unknown = (key: string, rule: string): Warning => ({
    key,
    message: `names ${rule}, which is no rule of the packs: it lets nothing pass`,
  });
  return [
    ...rules.exclude.flatMap((one, at) =>
      one.rules.filter(isUnknown).map((rule) => unknown(`rules.exclude.${at}.rules`, rule)),
    ),
    ...rules.suppress.flatMap((one, at) => [
      ...(isUnknown(one.rule) ? [unknown(`rules.suppress.${at}.rule`, one.rule)] : []),
      ...(Date.parse(one.expires) <= now
        ? [
            {
              key: `rules.suppress.${at}.expires`,
              message: `was ${one.expires}: it lets nothing pass any more`,
            },
          ]
        : []),
    ]),
  ];
}

/** Every `id` in the packs, however deep: what an exception can name. */
export function ruleIdsOf(packs: unknown): ReadonlySet<string> {
  const ids = new Set<string>();
  const look = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    if ("id" in part && typeof part.id === "string") ids.add(part.id);
    for (const value of Object.values(part)) look(value);
  };
  look(packs);
  return ids;
}
