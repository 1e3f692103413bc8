// `countersign show ID`: one proposal for review: who, why, verdict, findings, and the whole diff; as JSON, as SARIF, or how it was decided.
import { z } from "zod";
import { utf8 } from "../../core/base/bytes.ts";
import { printable } from "../../core/base/refusal.ts";
import { parseDiff } from "../../core/proposal/diff.ts";
import { namedPaths } from "../../core/proposal/diff-model.ts";
import { type Context, openContext } from "../context.ts";
import { storyText } from "../decision/story-text.ts";
import { storyCode, storyOf } from "../decision/story.ts";
import { repairRecords } from "../git/repair.ts";
import { knownIds, resolveId } from "../proposals/lookup.ts";
import { headRows, isPutAside, page } from "../proposals/page.ts";
import { sarifOf } from "../proposals/sarif.ts";
import { type Proposal, viewProposal } from "../proposals/view.ts";
import { columns, type Paint, painter, uncommanding } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, sameState, where, whereOptions } from "./command.ts";
import { row } from "./list.ts";

export const show = command({
  usage: "show <id>",
  about: "one proposal: rationale, verdict, findings, and the diff with the findings in place",
  options: [
    ...whereOptions,
    {
      flags: "--trace",
      about: "instead of the diff: every decision about it, from the audit log, the verdict and the landings",
    },
    { flags: "--sarif", about: "print the verdict's findings as SARIF 2.1.0" },
    {
      flags: "--color <when>",
      about: "auto (on a terminal, unless NO_COLOR is set), always or never",
    },
    jsonOption,
  ],
  schema: z
    .strictObject({
      ...where,
      ...json,
      trace: z.boolean().optional(),
      sarif: z.boolean().optional(),
      color: z.enum(["auto", "always", "never"]).optional(),
    })
    .refine(({ sarif, trace, json: asJson }) => sarif !== true || (trace !== true && asJson !== true), {
      error: "cannot be given together with --json or --trace",
      path: ["sarif"],
    }),
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
    const paint =
      (options.color ?? "auto") === "auto" ? world.terminal.paint : painter(options.color === "always");
    if (options.trace === true)
      return trace(world, context, proposal, options.json === true ? undefined : paint);
    if (options.sarif === true) return sarif(world, proposal, context.setup.config.paths.max_depth);
    if (options.json === true)
      printJson(world, {
        ...row(proposal),
        order: proposal.order ?? null,
        verdict: proposal.verdict ?? null,
      });
    else
      world.terminal.out(page(proposal, { paint, width: world.terminal.width, place: sameState(options) }));
    if (proposal.order !== undefined || proposal.state === "landed" || isPutAside(proposal)) return 0;
    if (proposal.trouble === undefined) world.terminal.err(`There is no order ${id}.\n`);
    return 1;
  },
});

/**
 * Exit 0: the verdict is genuine and was printed, whatever it says; 1: nothing can be believed, and nothing is printed;
 * 2: there is no verdict yet. A viewer must never show findings that nobody signed, nor an empty list in their place.
 */
function sarif(world: World, { id, verdict, order, trouble }: Proposal, maxDepth: number): number {
  const { terminal } = world;
  if (trouble !== undefined) {
    terminal.err(`${terminal.paintErr("red", `${trouble.code}: ${trouble.message}`)}\n${trouble.fix}\n`);
    return 1;
  }
  if (verdict === undefined) {
    terminal.err(`There is no verdict on ${id} yet.\n`);
    return 2;
  }
  const parsed = order === undefined ? undefined : parseDiff(utf8(order.patch), maxDepth);
  const files = new Set(parsed?.ok === true ? namedPaths(parsed.value).map(printable) : []);
  printJson(
    world,
    sarifOf(verdict, (path) => files.has(path)),
  );
  return 0;
}

/** As JSON without `paint`. Exit 1 where something was changed, 2 where not all of it can be seen from here. */
async function trace(
  world: World,
  context: Context,
  proposal: Proposal,
  paint: Paint | undefined,
): Promise<number> {
  const story = await storyOf(world, context, proposal.id);
  const known = proposal.order !== undefined || proposal.state === "landed" || story.log.entries.length > 0;
  const { trouble } = proposal;
  if (paint === undefined)
    printJson(world, { ...row(proposal), trace: { ...story, verdict: story.verdict ?? null } });
  else {
    world.terminal.out(uncommanding(columns(headRows(proposal))));
    if (trouble !== undefined) world.terminal.out(`${paint("red", `${trouble.code}: ${trouble.message}`)}\n`);
    world.terminal.out(`\n${storyText(story, paint)}`);
  }
  if (!known && story.verdict === undefined) world.terminal.err(`There is no order ${proposal.id}.\n`);
  return trouble !== undefined || (!known && story.verdict === undefined) ? 1 : storyCode(story);
}
