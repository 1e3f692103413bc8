// Check `limits`: the sizes of the proposal, counted again.
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { limitFaults } from "../../core/proposal/limits.ts";
import { asFinding, type Check, failedBy } from "./check.ts";
import type { Matter } from "./matter.ts";

export const limitsCheck: Check = {
  id: "limits",
  tool: "countersign",
  after: ["structure"],
  run(matter) {
    const { proposal } = matter.setup.config;
    const files = matter.files();
    const faults = [
      ...(files.ok ? limitFaults(files.value, proposal) : [files.refusal]),
      ...rationaleFaults(matter),
    ];
    return Promise.resolve(failedBy(faults.map((fault) => asFinding("limits", fault))));
  },
};

function rationaleFaults({ order, setup }: Matter): readonly Refusal[] {
  const { rationale_min, rationale_max } = setup.config.proposal;
  const length = Array.from(order.rationale).length;
  if (length >= rationale_min && length <= rationale_max) return [];
  const why = `the rationale has ${length} characters, ${rationale_min} to ${rationale_max} are allowed`;
  return [refusal("input_invalid", why, "rationale")];
}
