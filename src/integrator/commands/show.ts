// `countersign show ID`: one proposal for review: who, why, verdict, findings, and the whole diff; with --trace, how it was decided.
import { z } from "zod";
import type { CheckResult, Verdict } from "../../core/attestation/statement.ts";
import { claimsOf } from "../../core/proposal/order.ts";
import { printable } from "../../core/base/refusal.ts";
import { type Context, openContext } from "../context.ts";
import { verdictFault } from "../decision/judged.ts";
import { gateLine } from "../decision/record-text.ts";
import { storyText } from "../decision/story-text.ts";
import { storyCode, storyOf } from "../decision/story.ts";
import { repairRecords } from "../git/repair.ts";
import { MIN_CONFIRM } from "../git/terms.ts";
import { knownIds, resolveId } from "../proposals/lookup.ts";
import { type Proposal, viewProposal } from "../proposals/view.ts";
import { columns, diffText, type Paint, type Style, wrapped } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, sameState, where, whereOptions } from "./command.ts";
import { row, stateStyle } from "./list.ts";

export const show = command({
  usage: "show <id>",
  about: "one proposal: rationale, verdict, findings, diff",
  options: [
    ...whereOptions,
    {
      flags: "--trace",
      about: "instead of the diff: every decision about it, from the audit log, the verdict and the landings",
    },
    jsonOption,
  ],
  schema: z.strictObject({ ...where, ...json, trace: z.boolean().optional() }),
  run: async (world, args, options) => {
    const context = await openContext(world, options);
    const { landed } = await repairRecords(context);
    const id = resolveId(argument(args, 0, "the patch id"), await knownIds(context));
    const proposal = await viewProposal(id, {
      exchange: context.exchange,
      keys: context.keys,
      landed,
      now: world.now(),
    });
    if (options.trace === true) return trace(world, context, proposal, options.json === true);
    if (options.json === true)
      printJson(world, {
        ...row(proposal),
        order: proposal.order ?? null,
        verdict: proposal.verdict ?? null,
      });
    else world.terminal.out(page(world, proposal, sameState(options)));
    if (proposal.order !== undefined || proposal.state === "landed") return 0;
    if (proposal.trouble === undefined) world.terminal.err(`There is no order ${id}.\n`);
    return 1;
  },
});

/** Exit 1 where something was changed, 2 where not all of it can be seen from here. */
async function trace(world: World, context: Context, proposal: Proposal, asJson: boolean): Promise<number> {
  const story = await storyOf(world, context, proposal.id);
  const known = proposal.order !== undefined || proposal.state === "landed" || story.log.entries.length > 0;
  const { trouble } = proposal;
  if (asJson) printJson(world, { ...row(proposal), trace: { ...story, verdict: story.verdict ?? null } });
  else {
    const { paint } = world.terminal;
    world.terminal.out(columns(headRows(proposal)));
    if (trouble !== undefined) world.terminal.out(`${paint("red", `${trouble.code}: ${trouble.message}`)}\n`);
    world.terminal.out(`\n${storyText(story, paint)}`);
  }
  if (!known && story.verdict === undefined) world.terminal.err(`There is no order ${proposal.id}.\n`);
  return trouble !== undefined || (!known && story.verdict === undefined) ? 1 : storyCode(story);
}

function page(world: World, proposal: Proposal, place: string): string {
  const { paint, width } = world.terminal;
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
  if (order !== undefined) parts.push(diffText(order.patch, paint));
  if (order !== undefined && (state === "approved" || state === "manual_required") && follows(verdict))
    parts.push(nextStep(id, verdict, order.patch_sha256, place));
  return parts.join("\n");
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

function headRows({ id, state, order, verdict }: Proposal): readonly (readonly string[])[] {
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
    );
  }
  return rows;
}

const resultStyle: Readonly<Record<CheckResult, Style>> = {
  PASSED: "green",
  WARNED: "yellow",
  FAILED: "red",
  SKIPPED: "yellow",
  ERROR: "red",
};

function verdictText(verdict: Verdict, paint: Paint): string {
  const { predicate } = verdict;
  const { checks, decision } = predicate;
  const rows = checks.map((check) => [check.id, check.result, `${check.tool.name} ${check.tool.version}`]);
  const table = columns(rows, (cell, column, line) => {
    const check = checks[line];
    return column === 1 && check !== undefined ? paint(resultStyle[check.result], cell) : cell;
  });
  const findings = checks.flatMap((check) =>
    check.findings.map(({ rule, line, refusal }) => {
      const at = `${printable(refusal.where)}${line === null ? "" : `:${line}`}`;
      return `  ${paint(resultStyle[check.result], refusal.code)} ${at} ${printable(refusal.message)} [${printable(rule)}]\n    ${printable(refusal.fix)}\n`;
    }),
  );
  const gate = gateLine(decision, verdictFault(verdict), paint);
  return `${paint("bold", `verdict: ${predicate.outcome}`)}\n${gate}${table}${findings.join("")}`;
}

/** The whole id: who owns the orders chooses ids, and a short one can come to mean another patch before it is typed. */
function nextStep(id: string, verdict: Verdict | undefined, sha256: string, place: string): string {
  const confirm =
    verdict?.predicate.outcome === "MANUAL_REQUIRED" ? ` --confirm ${sha256.slice(0, MIN_CONFIRM)}` : "";
  return `next: countersign integrate ${id}${confirm}${place}\n`;
}
