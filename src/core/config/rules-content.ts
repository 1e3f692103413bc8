// Rules about what is masked and looked for in content: expressions that compile, ids and names that mean one thing.
import { compileExpression } from "../base/expression.ts";
import { entryNamed, localNames } from "../identity/principal.ts";
import { parseQuery } from "../jsonpath/parse.ts";
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";
import type { Redaction } from "./schema-checks.ts";

export function contentFaults(config: Config): readonly RuleFault[] {
  return redactionFaults(config);
}

function redactionFaults(config: Config): readonly RuleFault[] {
  const { redact } = config.secrets;
  return redact.flatMap((rule, at) => {
    const key = `secrets.redact.${at}`;
    const faults: (RuleFault | false | undefined)[] = [
      redact.findIndex(({ id }) => id === rule.id) !== at && {
        key: `${key}.id`,
        message: `is ${rule.id}, which another rule has`,
        fix: "Give each rule an id of its own: what is masked shows it.",
      },
      (rule.pattern === undefined) === (rule.json_path === undefined) && {
        key,
        message:
          rule.pattern === undefined ? "has neither pattern nor json_path" : "has both pattern and json_path",
        fix: "Write one of the two.",
      },
      patternFault(rule, key),
      pathFault(rule, key),
      ...(rule.principals ?? []).map((name) => principalFault(config, name, `${key}.principals`)),
    ];
    return faults.filter((fault) => fault !== false && fault !== undefined);
  });
}

/** A file may have 16 MiB, and the gateway applies rules for principals while others wait. */
const MAX_PROGRAM = 500;

function patternFault({ pattern }: Redaction, key: string): RuleFault | undefined {
  if (pattern === undefined) return undefined;
  const fault = (message: string, fix: string): RuleFault => ({ key: `${key}.pattern`, message, fix });
  try {
    const { size, program } = compileExpression(pattern);
    if (size > MAX_PROGRAM)
      return fault(
        `takes ${size} instructions, ${MAX_PROGRAM} are allowed`,
        "Repeat less, or write several rules.",
      );
    if (program.matches("") || program.test(""))
      return fault(
        "matches the empty text: it would mask nothing, everywhere",
        "Ask for one character at least.",
      );
    return undefined;
  } catch (cause) {
    return fault(
      `is no RE2 expression: ${cause instanceof Error ? cause.message : "unknown"}`,
      "Write one without look-around and back-references.",
    );
  }
}

function pathFault({ json_path: path }: Redaction, key: string): RuleFault | undefined {
  if (path === undefined) return undefined;
  try {
    parseQuery(path);
    return undefined;
  } catch (cause) {
    const message = `is no JSONPath: ${cause instanceof Error ? cause.message : "unknown"}`;
    return { key: `${key}.json_path`, message, fix: "Write a query of RFC 9535, such as $.pin." };
  }
}

/** A rule for a name that nobody has would hide nothing from anybody. */
function principalFault({ principals }: Config, name: string, key: string): RuleFault | undefined {
  const isLocal = localNames.some((local) => local === name);
  if (isLocal || entryNamed(principals, name) !== undefined) return undefined;
  return {
    key,
    message: `names ${name}, and there is no such principal`,
    fix: `Add it to [[principals]], or take it out.`,
  };
}
