// What a verdict found, for people: by check, and as notes for the lines of the diff that they are about.
import type { CheckResult, Finding, Verdict } from "../../core/attestation/statement.ts";
import { printable } from "../../core/base/refusal.ts";
import { verdictFault } from "../decision/judged.ts";
import { gateLine } from "../decision/record-text.ts";
import type { Note } from "../terminal/diff.ts";
import { columns, type Paint, type Style } from "../terminal/print.ts";

const resultStyle: Readonly<Record<CheckResult, Style>> = {
  PASSED: "green",
  WARNED: "yellow",
  FAILED: "red",
  SKIPPED: "yellow",
  ERROR: "red",
};

type Check = Verdict["predicate"]["checks"][number];

/** Outcome and what it comes from, the checks with their tools, and every finding below the check that made it. */
export function verdictText(verdict: Verdict, paint: Paint): string {
  const { checks, decision, outcome } = verdict.predicate;
  const rows = checks.map(({ id, result, tool, findings }) => [
    id,
    result,
    printable(`${tool.name} ${tool.version}`),
    findings.length === 0 ? "" : `${findings.length} finding${findings.length === 1 ? "" : "s"}`,
  ]);
  const table = columns(rows, (cell, column, line) => {
    const check = checks[line];
    return column === 1 && check !== undefined ? paint(resultStyle[check.result], cell) : cell;
  }).replace(/ +$/gm, "");
  const head = `${paint("bold", `verdict: ${outcome}`)}\n${why(checks)}`;
  const gate = gateLine(decision, verdictFault(verdict), paint);
  return `${head}${gate}${table}${checks.map((check) => group(check, paint)).join("")}`;
}

/** Which checks stood in the way of an approval. */
function why(checks: readonly Check[]): string {
  const lacking = checks.filter(({ result }) => result !== "PASSED");
  const named = lacking.map(({ id, result }) => `${id} ${result}`).join(", ");
  return named === "" ? "" : `because: ${named}\n`;
}

function group({ id, result, findings }: Check, paint: Paint): string {
  if (findings.length === 0) return "";
  const said = findings.map((found) => {
    const { rule, refusal } = found;
    const place = placeOf(found);
    const head = `${paint(styleOf(found, result), wordOf(found))}${place === "" ? "" : ` ${place}`}`;
    return `  ${head} ${printable(refusal.message)} [${printable(rule)}]\n    ${printable(refusal.fix)}\n`;
  });
  return `\n${paint("bold", id)} ${paint(resultStyle[result], result)}\n${said.join("")}`;
}

/** What an exception let pass is no lack, and is never shown as one. */
export function isLetPass({ refusal }: Finding): boolean {
  return refusal.code === "finding_let_pass";
}

function wordOf(found: Finding): string {
  return isLetPass(found) ? "let pass" : found.refusal.code;
}

function styleOf(found: Finding, result: CheckResult): Style {
  return isLetPass(found) ? "dim" : resultStyle[result];
}

/** `path:line`, as the refusal says it; older verdicts have the line beside it. */
function placeOf({ line, refusal: { where } }: Finding): string {
  const place = printable(where);
  return line === null || place.endsWith(`:${line}`) ? place : `${place}:${line}`;
}

/** The path that a finding is about, without the line. */
export function pathOf({ line, refusal: { where } }: Finding): string {
  return line !== null && where.endsWith(`:${line}`) ? where.slice(0, -`:${line}`.length) : where;
}

export function notesOf({ predicate: { checks } }: Verdict): readonly Note[] {
  return checks.flatMap(({ id, result, findings }) =>
    findings.map((found) => ({
      path: printable(pathOf(found)),
      line: found.line,
      text: `${id} ${result}: ${wordOf(found)}: ${printable(found.refusal.message)} [${printable(found.rule)}]`,
      style: styleOf(found, result),
    })),
  );
}
