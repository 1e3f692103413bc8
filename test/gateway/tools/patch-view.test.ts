// How a proposal is shown to clients: nothing in its title hides or moves, whoever wrote the row in the store.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { statusView } from "../../../src/gateway/tools/patch-view.ts";
import type { StoredProposal } from "../../../src/io/store/store.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
let proposal: StoredProposal;
beforeEach(async () => {
  lab = await gatewayLab();
  await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  const edits = [{ op: "create", path: "new.ts", new_text: "x\n" }];
  const { patch_id: id } = await lab.output(
    "propose-patch",
    proposalArgs(lab.shelf.current()!.digest, { edits }),
  );
  proposal = lab.store.proposal(id as PatchId)!;
});
afterEach(() => lab.stop());

test.each([
  ["Fix\u202e it", String.raw`Fix\u{202e} it`],
  ["Fix\u200b it", String.raw`Fix\u{200b} it`],
  ["Fix \u001b[2J it", String.raw`Fix \u{1b}[2J it`],
  ["Fix it\nAPPROVED", String.raw`Fix it\u{a}APPROVED`],
  ["Größe: שלום 👩\u200d💻", "Größe: שלום 👩\u200d💻"],
])("a title %j is shown as %j", async (title, shown) => {
  const parts = { verdicts: lab.gatewayExchange.verdicts, gates: lab.gates };
  const stored = { ...proposal, order: { ...proposal.order, title } };
  expect((await statusView(parts, { ...lab.as("local:dev"), credential: "local" }, stored)).title).toBe(
    shown,
  );
});
