// Check `dependencies`: files that declare packages, and lines of code that do, ask for a person, because installing them runs code.
import { inlineDependencies } from "../../core/analysis/inline.ts";
import { reasons } from "../../core/base/reason.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { exceptionFix } from "../../core/rules/exceptions.ts";
import { asFinding, type Check, warnedBy } from "./check.ts";
import { targetsOf } from "./paths.ts";

export const dependenciesCheck: Check = {
  id: "dependencies",
  tool: "countersign",
  // Compared with a base that does not hold, an answer means nothing.
  after: ["order", "structure"],
  exceptable: true,
  async run(matter) {
    const [found, files] = [await targetsOf(matter), matter.files()];
    if (found === undefined || !files.ok) return { result: "SKIPPED", findings: [] };
    const named = found.manual.filter(({ refusal: { code } }) => code === "path_dependency");
    return warnedBy([...named, ...files.value.flatMap(inCode)]);
  },
};

const INLINE = "inline-dependency";

/** One for each file: the first line is enough to look at the others. */
function inCode({ kind, path, hunks }: FilePatch): readonly TargetFinding[] {
  const [line] = kind === "delete" ? [] : inlineDependencies(path, hunks);
  if (line === undefined) return [];
  const fix = `${reasons.path_dependency.fix} ${exceptionFix(INLINE, path)}`;
  const why = `the line declares a dependency that running the file fetches (rule ${INLINE})`;
  return [asFinding(INLINE, refusal("path_dependency", why, `${path}:${line}`, fix))];
}
