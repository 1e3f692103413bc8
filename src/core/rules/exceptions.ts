// Exceptions of the operator from the rule packs: which findings are let pass, why and until when. A patch never makes one.
import type { Reason } from "../base/reason.ts";
import { type Matcher, operatorGlobs } from "../base/glob.ts";
import { refusal } from "../base/refusal.ts";
import type { Exclusion, Suppression } from "../config/schema-checks.ts";
import type { TargetFinding } from "../proposal/finding.ts";

/**
 * What rules say about content and places. Everything else has no exception, whatever the configuration says: forms of
 * patches, blocked paths, scanners that failed, commands that did not succeed.
 */
const EXCEPTABLE: ReadonlySet<Reason> = new Set<Reason>([
  "path_protected",
  "path_dependency",
  "secret_suspected",
  "text_invisible",
  "static_finding",
  "import_denied",
  "scanner_finding",
  "guard_flagged",
]);

export interface Sifted {
  /** What counts still. */
  readonly left: readonly TargetFinding[];
  /** What was let pass, each as `finding_let_pass`: it stays in the verdict. */
  readonly passed: readonly TargetFinding[];
}

export interface Exceptions {
  /** `files`: the paths that the patch names. A finding about anything else, such as a title, has no exception. */
  sift(findings: readonly TargetFinding[], files: ReadonlySet<string>, now: number): Sifted;
  /** Suppressions of these files that let nothing of `findings` pass: expired, or about what is not there any more. */
  idle(findings: readonly TargetFinding[], files: ReadonlySet<string>, now: number): readonly Suppression[];
}

export function exceptionsOf(rules: {
  readonly exclude: readonly Exclusion[];
  readonly suppress: readonly Suppression[];
}): Exceptions {
  const exclude = rules.exclude.map((one) => ({ one, at: operatorGlobs(one.paths) }));
  const letPass = (
    found: TargetFinding,
    files: ReadonlySet<string>,
    now: number,
  ): TargetFinding | undefined => {
    const path = placeOf(found, files);
    if (path === undefined) return undefined;
    const suppressed = rules.suppress.find(
      (one) => now < Date.parse(one.expires) && isMeant(one, found, path),
    );
    if (suppressed !== undefined) return passed(found, suppressed.reason, suppressed.expires);
    const excluded = exclude.find(({ one, at }) => isExcluded(one, at, found.rule, path));
    return excluded === undefined ? undefined : passed(found, excluded.one.reason);
  };
  return {
    sift(findings, files, now) {
      const all = findings.map((found) => ({ found, pass: letPass(found, files, now) }));
      return {
        left: all.flatMap(({ found, pass }) => (pass === undefined ? [found] : [])),
        passed: all.flatMap(({ pass }) => (pass === undefined ? [] : [pass])),
      };
    },
    idle(findings, files, now) {
      const places = findings.map((found) => ({ found, path: placeOf(found, files) }));
      const isUsed = (one: Suppression): boolean =>
        now < Date.parse(one.expires) &&
        places.some(({ found, path }) => path !== undefined && isMeant(one, found, path));
      return rules.suppress.filter((one) => files.has(one.path) && !isUsed(one));
    },
  };
}

function isExcluded(one: Exclusion, at: Matcher, rule: string, path: string): boolean {
  return one.rules.includes(rule) && at(path);
}

/** The path is compared as it is written: a suppression reaches one file, under one spelling. */
function isMeant(one: Suppression, found: TargetFinding, path: string): boolean {
  if (one.rule !== found.rule || one.path !== path) return false;
  return one.fingerprint === undefined || one.fingerprint === found.fingerprint;
}

/** The file that a finding is about. A path that was cut or escaped for print is no file of the patch, and is not excepted. */
function placeOf(
  { about, refusal: { code, where } }: TargetFinding,
  files: ReadonlySet<string>,
): string | undefined {
  // A file may be called `title`.
  if (about === "words" || !EXCEPTABLE.has(code)) return undefined;
  const path = where.replace(/:\d{1,9}$/, "");
  return files.has(path) ? path : undefined;
}

function passed({ rule, refusal: said }: TargetFinding, reason: string, until?: string): TargetFinding {
  const end = until === undefined ? "" : ` until ${until}`;
  const why = `let pass${end} (${said.code}): ${reason}`;
  return { rule, refusal: refusal("finding_let_pass", why, said.where) };
}

/** Rules that say that the others could not look. */
const BLINDING: ReadonlySet<string> = new Set(["unreadable", "misread"]);

/** What an operator would write to let such findings pass: part of the refusal, so that nobody has to search for it. */
export function exceptionFix(rule: string, path: string): string {
  if (BLINDING.has(rule)) return blindFix(rule, path);
  // A path is no glob: what would be a wildcard there becomes the wildcard for one character.
  const glob = JSON.stringify(path.replace(/[*?{}[\],]/g, "?"));
  if (glob.length > 200) return "An operator can let the rule pass for this file, with rules.exclude.";
  return `An operator can add under [rules]: exclude = [{ rules = ["${rule}"], paths = [${glob}], reason = "why it may pass" }]`;
}

/**
 * Threat: with such a rule excluded for a folder, whatever is written so that no parser understands it passes: a script
 * behind a foreign `#!`, Java in escapes. So one file is proposed, for a time, and what it costs is said.
 */
function blindFix(rule: string, path: string): string {
  const name = JSON.stringify(path);
  const cost = "for this file until a day; nobody is told then what it runs";
  if (name.length > MAX_BLIND) return `An operator can let it pass with rules.suppress, ${cost}.`;
  return `An operator can let it pass ${cost}: suppress = [{ rule = "${rule}", path = ${name}, reason = "who read it", expires = "YYYY-MM-DDT00:00:00Z" }]`;
}

/** The whole fix stays within what a refusal holds. */
const MAX_BLIND = 120;
