// patch-status: where a proposal that the caller may look at stands, and what its verdict says.
import { z } from "zod";
import { patchIdSchema } from "../../core/base/ids.ts";
import { accept } from "../../core/base/refusal.ts";
import type { Store } from "../../io/store/store.ts";
import { patchView, type StatusParts, statusView, visibleProposal } from "./patch-view.ts";
import { READS, type Tool, tool } from "./tool.ts";

export function patchStatusTool(store: Pick<Store, "proposal">, parts: StatusParts): Tool {
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
    async run({ patch_id }, call) {
      const found = visibleProposal(store, patch_id, call);
      if (!found.ok) return found;
      const { state } = found.value;
      return accept({ output: await statusView(parts, call, found.value), audit: { state } });
    },
  });
}
