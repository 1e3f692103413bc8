// withdraw-patch: the proposer takes a proposal back, so that nobody lands it later.
import { z } from "zod";
import { type PatchId, patchIdSchema } from "../../core/base/ids.ts";
import { accept, refuse } from "../../core/base/refusal.ts";
import { states } from "../../core/proposal/state.ts";
import type { OrderWriter } from "../../io/exchange/exchange.ts";
import type { Store } from "../../io/store/store.ts";
import { writeClosure } from "../legs/dispatch.ts";
import { mayUse, type OtherParts } from "./others.ts";
import { ownProposal } from "./patch-view.ts";
import { actorOf } from "./notes.ts";
import { type Tool, tool } from "./tool.ts";

export interface WithdrawParts extends OtherParts {
  readonly store: Pick<Store, "proposal" | "settle" | "record">;
  readonly orders: Pick<OrderWriter, "close">;
  /** The proposal moved: tell who waits for it. */
  readonly kick: (id: PatchId) => void;
}

export function withdrawPatchTool(parts: WithdrawParts): Tool {
  const { store, orders, kick } = parts;
  return tool({
    name: "withdraw-patch",
    title: "Withdraw a proposal",
    description:
      "Takes back one of your proposals that has not landed. It cannot be landed afterwards; propose again instead.",
    effect: "write",
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    input: z.strictObject({ patch_id: patchIdSchema }),
    output: z.strictObject({ patch_id: patchIdSchema, state: z.enum(states) }),
    subject: ({ patch_id }) => ({ patch_id }),
    async run({ patch_id }, call) {
      const found = ownProposal(store, patch_id, call);
      if (!found.ok) return found;
      const { state, statement, reasons } = found.value;
      const data = { patch_id, state: "withdrawn", from: state, arguments_sha256: call.argumentsDigest };
      // Every write has an outcome in the log, also the one that changes nothing.
      if (state === "withdrawn") store.record({ event: "proposal.repeated", actor: actorOf(call), data });
      else {
        const note = { event: "proposal.closed" as const, actor: actorOf(call), data };
        const moved = store.settle({ id: patch_id, state: "withdrawn", statement, reasons, note });
        if (!moved) {
          const end = (await mayUse(parts, "patch-status", call)) ? state : "in a final state";
          return refuse("patch_closed", `the patch is ${end}`, patch_id);
        }
      }
      // Also when the call is repeated: the first one may have died before the note.
      await writeClosure(orders, store.proposal(patch_id) ?? found.value);
      kick(patch_id);
      return accept({ output: { patch_id, state: "withdrawn" as const }, audit: {} });
    },
  });
}
