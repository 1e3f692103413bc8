// Check `static-analysis`: what added code does, which modules it imports, and which bad versions of packages it asks for.
import { alarms } from "../../core/analysis/advisories.ts";
import { hasLists, importJudge, mayImportUnread } from "../../core/analysis/imports.ts";
import { type AnalysisRule, languageOf } from "../../core/analysis/rules.ts";
import { CountersignError, type FailureCode } from "../../core/base/failure.ts";
import { reasons } from "../../core/base/reason.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { exceptionFix } from "../../core/rules/exceptions.ts";
import type { Bench } from "../bench.ts";
import { type Found, type Import, MISREAD, UNREADABLE } from "../scanners/finding.ts";
import { asFinding, type Check, type Examined, failedBy, warnedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";
import { everyLine, type Formers, formerOf, newIn } from "./before.ts";
import { CheckFault } from "./fault.ts";

/** Longer files are not parsed: a person has to look at them. */
const MAX_FILE = 1024 * 1024;

const SKIPPED: Examined = { result: "SKIPPED", findings: [] };

export function staticAnalysisCheck({ setup, inspector }: Pick<Bench, "setup" | "inspector">): Check {
  const pack = setup.rules["static-analysis"];
  const source = JSON.stringify(pack.rules);
  const byId = new Map(pack.rules.map((rule) => [rule.id, rule]));
  const { static_analysis: own } = setup.config;
  const judge = importJudge(own);
  return {
    id: "static-analysis",
    tool: "countersign",
    after: ["tree"],
    exceptable: true,
    async run(matter) {
      const files = await matter.contents();
      const patches = matter.files();
      const changes = await matter.changes();
      if (!files.ok || !patches.ok || !changes.ok) return SKIPPED;
      const before = formerOf(patches.value, changes.value, matter.blobs());
      const code = files.value.filter(({ path, text }) => languageOf(path, text) !== undefined);
      const [readable, long] = [code.filter(isShort), code.filter((file) => !isShort(file))];
      const { found, imports } = await newIn(readable, before, (some) =>
        inspector.analyse(some, source).catch(onlyOnce),
      );
      const findings = [
        ...long.map(({ path, added: lines }) => unreadable(path, Math.min(...lines, 1))),
        ...found.map((one) => finding(one, byId)),
        ...imports.flatMap((one) => imported(one, judge(one.module))),
        ...(hasLists(own) ? files.value.flatMap((file) => unread(file, before)) : []),
        ...files.value.flatMap((file) => known(file, before, pack.advisories)),
      ];
      return own.result === "reject" ? failedBy(findings) : warnedBy(findings);
    },
  };
}

/** Code that keeps the parser busy for too long does so at every try; a crash may have been the machine's. */
function onlyOnce(cause: unknown): never {
  const isSlow = cause instanceof CountersignError && SLOW.includes(cause.code);
  if (!isSlow) throw cause;
  throw new CheckFault(
    refusal("check_error", "static analysis took too long or found too much to tell", "static-analysis"),
    { cause },
  );
}

const SLOW: readonly FailureCode[] = ["exec_timeout", "exec_overflow"];

function isShort({ text }: PatchedFile): boolean {
  return text.length <= MAX_FILE;
}

function finding(found: Found, byId: ReadonlyMap<string, AnalysisRule>): TargetFinding {
  const { rule, path, line } = found;
  if (rule === UNREADABLE) return unreadable(path, line);
  if (rule === MISREAD) return misread(path, line);
  const known = byId.get(rule);
  // A rule that is not in the pack is not what was asked for.
  if (known === undefined) throw new TypeError("the inspector names a rule that is not in the pack");
  return asFinding(
    rule,
    refusal(
      "static_finding",
      `${rule}: ${known.why}`,
      `${path}:${line}`,
      fixOf("static_finding", rule, path),
    ),
  );
}

function unreadable(path: string, line: number): TargetFinding {
  const why = "the parser cannot read this, so nobody knows what it does";
  return asFinding(
    UNREADABLE,
    refusal("static_finding", why, `${path}:${line}`, fixOf("static_finding", UNREADABLE, path)),
  );
}

function misread(path: string, line: number): TargetFinding {
  const why = "tools read or run this otherwise than it looks, so nobody knows what it does";
  return asFinding(
    MISREAD,
    refusal("static_finding", why, `${path}:${line}`, fixOf("static_finding", MISREAD, path)),
  );
}

function imported(
  { path, line }: Import,
  judged: ReturnType<ReturnType<typeof importJudge>>,
): readonly TargetFinding[] {
  if (judged === "allowed") return [];
  if (judged === "unnamed") {
    const why = "the line imports a module that is named by an expression, so no list can be applied";
    return [
      asFinding(
        "import-unlisted",
        refusal("import_denied", why, `${path}:${line}`, "Name the module by a constant."),
      ),
    ];
  }
  const [rule, why, key] =
    judged === "denied"
      ? [
          "import-denied",
          "imports a module of static_analysis.denied_imports",
          "take it out of static_analysis.denied_imports",
        ]
      : [
          "import-unlisted",
          "imports a module that is not in static_analysis.allowed_imports",
          "add it to static_analysis.allowed_imports",
        ];
  const fix = `Do without the module, or ask an operator to ${key}.`;
  return [asFinding(rule, refusal("import_denied", `the line ${why}`, `${path}:${line}`, fix))];
}

/** Where imports are limited, a language in which nobody reads them cannot be waved through. */
function unread({ path, text, added }: PatchedFile, before: Formers): readonly TargetFinding[] {
  const language = languageOf(path, text);
  const isRead = language !== undefined && language !== "php" && language !== "rb";
  if (isRead || !mayImportUnread(path, text)) return [];
  const former = before.get(path);
  if (added.size === 0 && former?.removed.size === 0 && former.path === path) return [];
  const why = "imports of this language are not read, so the lists of static_analysis cannot be applied";
  const fix = `Ask a person to look at what it imports. ${exceptionFix("import-unlisted", path)}`;
  return [asFinding("import-unlisted", refusal("import_denied", why, `${path}:${[...added][0] ?? 1}`, fix))];
}

/** Of a file that was given another name every line is new: under the old one it may have been no manifest. */
function known(
  { path, text, added }: PatchedFile,
  before: Formers,
  advisories: Parameters<typeof alarms>[3],
): readonly TargetFinding[] {
  const former = before.get(path);
  const isRenamed = former !== undefined && former.path !== path;
  return alarms(path, text, isRenamed ? everyLine(text) : added, advisories).map(
    ({ advisory: { name, id }, line }) =>
      asFinding(
        "advisory",
        refusal(
          "static_finding",
          `asks for a version of ${name} that is known to be bad (${id})`,
          `${path}:${line}`,
          fixOf("static_finding", "advisory", path),
        ),
      ),
  );
}

function fixOf(code: "static_finding", rule: string, path: string): string {
  return `${reasons[code].fix} ${exceptionFix(rule, path)}`;
}
