// Check `hidden-text`: characters in added lines that hide, reorder or pose as others ask for a person; none is taken out.
import { refusal } from "../../core/base/refusal.ts";
import { hiddenIn } from "../../core/content/hidden.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { asFinding, type Check, warnedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";

export const hiddenTextCheck: Check = {
  id: "hidden-text",
  tool: "countersign",
  after: ["tree"],
  exceptable: true,
  async run({ contents }) {
    const files = await contents();
    return files.ok ? warnedBy(files.value.flatMap(inFile)) : { result: "SKIPPED", findings: [] };
  },
};

/** What the base has is not held against the patch: a line counts when the patch adds it. */
function inFile({ path, text, added }: PatchedFile): readonly TargetFinding[] {
  return hiddenIn(path, text, added).map(({ rule, line, column, character }) => {
    const why = `${character} in column ${column}, which is not what it looks like`;
    return asFinding(`hidden-${rule}`, refusal("text_invisible", why, `${path}:${line}`));
  });
}
