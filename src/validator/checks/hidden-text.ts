// Check `hidden-text`: characters in added lines and new names that hide, reorder or pose as others ask for a person.
import { refusal } from "../../core/base/refusal.ts";
import { type Hidden, hiddenIn, hiddenInPath } from "../../core/content/hidden.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { asFinding, type Check, warnedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";

export const hiddenTextCheck: Check = {
  id: "hidden-text",
  tool: "countersign",
  after: ["tree"],
  exceptable: true,
  async run({ files, contents }) {
    const [patched, texts] = [files(), await contents()];
    if (!patched.ok || !texts.ok) return { result: "SKIPPED", findings: [] };
    return warnedBy([...patched.value.flatMap(inName), ...texts.value.flatMap(inFile)]);
  },
};

/** A name that the base has is not held against the patch; one that no eye can tell from it is. */
function inName({ kind, path }: FilePatch): readonly TargetFinding[] {
  if (kind === "modify" || kind === "delete") return [];
  return hiddenInPath(path).map((hidden) => finding(hidden, "of the path", path));
}

/** What the base has is not held against the patch: a line counts when the patch adds it. */
function inFile({ path, text, added }: PatchedFile): readonly TargetFinding[] {
  return hiddenIn(path, text, added).map((hidden) => finding(hidden, "", `${path}:${hidden.line}`));
}

function finding({ rule, column, character }: Hidden, of: string, where: string): TargetFinding {
  const place = [`column ${column}`, of].filter((one) => one !== "").join(" ");
  const why = `${character} in ${place}, which is not what it looks like`;
  return asFinding(`hidden-${rule}`, refusal("text_invisible", why, where));
}
