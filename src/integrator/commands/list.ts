// `countersign list`: every proposal that is known here, with its state.
import { z } from "zod";
import type { PatchId } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { type Context, openContext } from "../context.ts";
import { repairRecords } from "../git/repair.ts";
import { stateStyle } from "../proposals/page.ts";
import { type Proposal, viewProposal } from "../proposals/view.ts";
import { columns } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

export const list = command({
  usage: "list",
  about: "proposals and their states",
  options: [...whereOptions, jsonOption],
  schema: z.strictObject({ ...where, ...json }),
  run: async (world, _args, options) => {
    const context = await openContext(world, options);
    const { landed } = await repairRecords(context);
    const proposals = await allProposals(world, context, landed);
    if (options.json === true)
      printJson(world, { repository: context.setup.config.repository.name, proposals: proposals.map(row) });
    else world.terminal.out(table(world, proposals));
    return 0;
  },
});

/** Orders and our own landings together, newest first; what has landed may have lost its order. */
async function allProposals(
  world: World,
  { exchange, keys }: Context,
  landed: ReadonlySet<PatchId>,
): Promise<readonly Proposal[]> {
  const ids = new Set([...(await exchange.orders.list()), ...landed]);
  const input = { exchange, keys, landed, now: world.now() };
  const views: Proposal[] = [];
  for (const id of ids) views.push(await viewProposal(id, input));
  return views.toSorted((a, b) => (b.order?.created ?? "").localeCompare(a.order?.created ?? ""));
}

export function row({ id, state, order, trouble }: Proposal): Readonly<Record<string, unknown>> {
  return {
    patch_id: id,
    state,
    title: order?.title ?? null,
    principal: order?.principal ?? null,
    created: order?.created ?? null,
    expires: order?.expires ?? null,
    patch_sha256: order?.patch_sha256 ?? null,
    trouble: trouble ?? null,
  };
}

const TITLE = 60;

function table(world: World, proposals: readonly Proposal[]): string {
  if (proposals.length === 0) return "No proposals. An agent makes one with propose-patch.\n";
  const { paint } = world.terminal;
  const rows = proposals.map(({ id, state, order }) => [
    id.slice(0, 8),
    state,
    order === undefined ? "-" : order.created.slice(0, 16).replace("T", " "),
    order === undefined ? "-" : printable(order.title.slice(0, TITLE)),
  ]);
  return columns([["ID", "STATE", "CREATED (UTC)", "TITLE"], ...rows], (cell, column, line) => {
    const proposal = proposals[line - 1];
    if (proposal === undefined) return paint("bold", cell);
    return column === 1 ? paint(stateStyle[proposal.state], cell) : cell;
  });
}
