// Check `paths`: kinds, places, collisions and protected paths, against the whole tree and not only what agents see.
import { targetFindings, type TargetFindings } from "../../core/proposal/targets.ts";
import { type Check, type Examined, judgedBy } from "./check.ts";
import type { Matter } from "./matter.ts";

export const pathsCheck: Check = {
  id: "paths",
  tool: "countersign",
  // Compared with a base that does not hold, an answer means nothing.
  after: ["order", "structure"],
  exceptable: true,
  async run(matter) {
    const found = await targetsOf(matter);
    if (found === undefined) return skipped;
    const manual = found.manual.filter(({ refusal }) => refusal.code !== "path_dependency");
    return judgedBy(found.blocking, manual);
  },
};

const skipped: Examined = { result: "SKIPPED", findings: [] };

/** Undefined when there is no base to compare with; `order` says why. */
export async function targetsOf(matter: Matter): Promise<TargetFindings | undefined> {
  const [files, base] = [matter.files(), await matter.base()];
  if (!files.ok || !base.ok) return undefined;
  const { config, protect } = matter.setup;
  const listed = (path: string): boolean => base.value.byPath.has(path);
  return targetFindings(files.value, { config, protect, listed, existing: await matter.existing() });
}
