// Rules about conditions that ask for a check by name: a name that no check has would hold its gate for ever.
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";

/** Ids of the checks that some configuration has, beside the commands'. Held to the validator's list by a test. */
export const checkNames: readonly string[] = [
  "order",
  "structure",
  "limits",
  "words",
  "paths",
  "dependencies",
  "dispatch",
  "namespace",
  "tree",
  "hidden-text",
  "secrets",
  "static-analysis",
  "masking",
  "guard",
  "scanner-gitleaks",
  "scanner-semgrep",
  "scanner-bandit",
];

const NAMING = new Set(["result", "findings", "exit", "coverage"]);
const OF_COMMANDS = new Set(["exit", "coverage"]);

export function checkNameFaults({ conditions, validator }: Config): readonly RuleFault[] {
  const commands = new Map(validator.commands.map((entry) => [`command-${entry.name}`, entry]));
  return conditions.flatMap(({ id, provider, query }): readonly RuleFault[] => {
    const { check, name: asked } = query;
    // What is no text, or no name at all, the compiler of conditions refuses.
    if (provider !== "checks" || typeof check !== "string" || typeof asked !== "string") return [];
    if (!NAMING.has(check) || !/^[a-z][a-z0-9-]{1,40}$/.test(asked)) return [];
    const key = `conditions.${id}.query`;
    const command = commands.get(asked);
    if (OF_COMMANDS.has(check) && command === undefined)
      return [
        {
          key,
          message: `asks for the ${check} of ${asked}, and no command has that check`,
          fix: "Name command-NAME of an entry in [[validator.commands]].",
        },
      ];
    if (check === "coverage" && command?.coverage === undefined)
      return [
        {
          key,
          message: `asks for the coverage of ${asked}, which has no coverage expression`,
          fix: "Add coverage to that command.",
        },
      ];
    if (command !== undefined || checkNames.includes(asked)) return [];
    const all = [...checkNames, ...commands.keys()].join(", ");
    return [{ key, message: `asks for ${asked}, which is no check`, fix: `The checks are: ${all}.` }];
  });
}
