// One proposal on a page for review: who and why, the verdict with its findings, the whole diff, and the next step.
import type { Verdict } from "../../core/attestation/statement.ts";
import { printable } from "../../core/base/refusal.ts";
import { claimsOf } from "../../core/proposal/order.ts";
import { verdictFault } from "../decision/judged.ts";
import { MIN_CONFIRM } from "../git/terms.ts";
import { notedDiff } from "../terminal/diff.ts";
import { columns, type Paint, type Style, uncommanding, wrapped } from "../terminal/print.ts";
import { notesOf, verdictText } from "./findings.ts";
import type { Proposal } from "./view.ts";

export const stateStyle: Readonly<Record<Proposal["state"], Style>> = {
  pending: "dim",
  validating: "dim",
  approved: "green",
  manual_required: "yellow",
  rejected: "red",
  error: "red",
  landed: "cyan",
  conflict: "yellow",
  expired: "dim",
  withdrawn: "dim",
  superseded: "dim",
};

export interface PageStyle {
  readonly paint: Paint;
  readonly width: number;
  /** Options that lead a command back to the same state. */
  readonly place: string;
}

export function page(proposal: Proposal, { paint, width, place }: PageStyle): string {
  const { id, state, order, verdict, trouble } = proposal;
  const parts = [
    columns(headRows(proposal), (cell, column, line) =>
      line === 1 && column === 1 ? paint(stateStyle[state], cell) : column === 0 ? paint("dim", cell) : cell,
    ),
  ];
  if (trouble !== undefined)
    parts.push(`${paint("red", `${trouble.code}: ${trouble.message}`)}\n${trouble.fix}\n`);
  if (order !== undefined) parts.push(quoted(order.rationale, width));
  if (verdict !== undefined) parts.push(verdictText(verdict, paint));
  if (order !== undefined) parts.push(diffPart(order.patch, verdict, paint));
  else if (isPutAside(proposal)) parts.push(PUT_ASIDE);
  if (order !== undefined && (state === "approved" || state === "manual_required") && follows(verdict))
    parts.push(nextStep(id, verdict, order.patch_sha256, place));
  return uncommanding(parts.join("\n"));
}

/** A rejected patch whose order is gone: put aside for the secret in it, or cleared away. Neither is shown. */
export function isPutAside({ order, verdict, trouble }: Proposal): boolean {
  return order === undefined && trouble === undefined && verdict?.predicate.outcome === "REJECTED";
}

const PUT_ASIDE =
  "The patch is not shown: its order was put aside (a secret was found in it, or nobody could look for one) or cleared away.\n";

function diffPart(patch: string, verdict: Verdict | undefined, paint: Paint): string {
  const notes = verdict === undefined ? [] : notesOf(verdict);
  const { text, placed } = notedDiff(patch, paint, notes);
  const rest = notes.length - placed;
  const hint = `${rest} of ${notes.length} findings are about lines that the diff does not show; all stand above.\n`;
  return placed === 0 || rest === 0 ? text : `${text}${paint("dim", hint)}`;
}

/** What integrate would refuse whatever else is true (decision_missing) is not offered. */
function follows(verdict: Verdict | undefined): boolean {
  return verdict?.predicate.decision !== undefined && verdictFault(verdict) === undefined;
}

/** Each line behind `> `: a line of the agent's can then be no verdict, no finding, no diff and no next step of ours. */
function quoted(text: string, width: number): string {
  return wrapped(text, width - 2)
    .map((line) => `${`> ${line}`.trimEnd()}\n`)
    .join("");
}

export function headRows({ id, state, order, verdict }: Proposal): readonly (readonly string[])[] {
  const rows = [
    ["patch", id],
    ["state", state],
  ];
  if (order !== undefined) {
    rows.push(
      ["title", printable(order.title)],
      ["by", printable(`${order.principal}, ${order.change_type}, risk ${order.risk_level}`)],
    );
    rows.push(["created", order.created], ["expires", order.expires], ["patch sha256", order.patch_sha256]);
    // The agent says so; nobody checked it.
    for (const { name, value } of claimsOf(order.evidence))
      rows.push(["claimed", printable(`${name} = ${JSON.stringify(value)}`)]);
  }
  if (verdict !== undefined) {
    const { predicate } = verdict;
    rows.push(
      ["base", `${predicate.base.digest.gitCommit} (${printable(predicate.targetRef)})`],
      ["verdict until", predicate.expires],
      ["policy sha256", predicate.policy.digest.sha256],
      ...rulePacks(predicate.policy.annotations.rules),
    );
  }
  return rows;
}

/** Version and digest of each pack that judged; old verdicts say one version for all. */
function rulePacks(rules: Verdict["predicate"]["policy"]["annotations"]["rules"]): readonly string[][] {
  if (typeof rules === "string") return [["rules", printable(rules)]];
  const packs = Object.entries(rules);
  return packs.map(([name, { version, digest }]) => [
    `rules ${name}`,
    `${printable(version)} ${digest.sha256}`,
  ]);
}

/** The whole id: who owns the orders chooses ids, and a short one can come to mean another patch before it is typed. */
function nextStep(id: string, verdict: Verdict | undefined, sha256: string, place: string): string {
  const confirm =
    verdict?.predicate.outcome === "MANUAL_REQUIRED" ? ` --confirm ${sha256.slice(0, MIN_CONFIRM)}` : "";
  return `next: countersign integrate ${id}${confirm}${place}\n`;
}
