// Check `structure`: every byte of the patch is accounted for, and the patch is in its one canonical spelling.
import { asFinding, type Check, failedBy } from "./check.ts";

export const structureCheck: Check = {
  id: "structure",
  tool: "countersign",
  after: [],
  run(matter) {
    const files = matter.files();
    return Promise.resolve(failedBy(files.ok ? [] : [asFinding("structure", files.refusal)]));
  },
};
