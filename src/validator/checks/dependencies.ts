// Check `dependencies`: files that declare packages ask for a person, because installing them runs code.
import { type Check, warnedBy } from "./check.ts";
import { targetsOf } from "./paths.ts";

export const dependenciesCheck: Check = {
  id: "dependencies",
  tool: "countersign",
  // Compared with a base that does not hold, an answer means nothing.
  after: ["order", "structure"],
  exceptable: true,
  async run(matter) {
    const found = await targetsOf(matter);
    if (found === undefined) return { result: "SKIPPED", findings: [] };
    return warnedBy(found.manual.filter(({ refusal }) => refusal.code === "path_dependency"));
  },
};
