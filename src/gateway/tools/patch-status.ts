// patch-status: where a proposal of the caller stands, and what its verdict says.
import { z } from "zod";
import { patchIdSchema } from "../../core/base/ids.ts";
import { accept } from "../../core/base/refusal.ts";
import type { Store } from "../../io/store/store.ts";
import { ownProposal, patchView, viewOf } from "./patch-view.ts";
import { READS, type Tool, tool } from "./tool.ts";

export function patchStatusTool(store: Pick<Store, "proposal">): Tool {
  return tool({
    name: "patch-status",
    title: "Status of a proposal",
    description:
      "Tells the state of one of your proposals, the validator's outcome with reasons and fixes, and what to do next.",
    effect: "read",
    annotations: READS,
    input: z.strictObject({ patch_id: patchIdSchema }),
    output: patchView,
    subject: ({ patch_id }) => ({ patch_id }),
    run({ patch_id }, { principal }) {
      const found = ownProposal(store, patch_id, principal);
      return Promise.resolve(
        found.ok ? accept({ output: viewOf(found.value), audit: { state: found.value.state } }) : found,
      );
    },
  });
}
