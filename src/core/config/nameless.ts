// A configuration without the people in it: for whoever is handed it, where the log names nobody either.
import type { Config } from "./schema.ts";
import { checkOf, type ConditionEntry } from "./schema-gates.ts";

const HIDDEN = "(not shown)";

/** No name, subject or token of a principal, wherever it has its place; how many there are and what they may do stays. */
export function nameless(config: Config): Config {
  const { principals, guard, secrets, dispatch, feedback, conditions } = config;
  return {
    ...config,
    principals: principals.map((entry) => ({
      ...entry,
      name: HIDDEN,
      subjects: hidden(entry.subjects),
      tokens: entry.tokens.map(() => HIDDEN),
    })),
    guard: { ...guard, trusted: hidden(guard.trusted) },
    secrets: { ...secrets, redact: secrets.redact.map(withoutCallers) },
    dispatch: { ...dispatch, rules: dispatch.rules.map(withoutCallers) },
    feedback: { ...feedback, trace: hidden(feedback.trace), evidence: hidden(feedback.evidence) },
    conditions: conditions.map(withoutCaller),
  };
}

/** `local:stdio` and `role:admin` are nobody's; no name has a colon. */
function hidden(names: readonly string[]): string[] {
  return names.map((name) => (/^(?:local|role):/.test(name) ? name : HIDDEN));
}

function withoutCallers<Entry extends { readonly principals?: readonly string[] | undefined }>(
  entry: Entry,
): Entry {
  return entry.principals === undefined ? entry : { ...entry, principals: hidden(entry.principals) };
}

function withoutCaller(entry: ConditionEntry): ConditionEntry {
  if (entry.provider !== "caller" || checkOf(entry) !== "principal") return entry;
  const { expected, expected_json: exact } = entry;
  return {
    ...entry,
    ...(expected === undefined ? {} : { expected: HIDDEN }),
    ...(exact === undefined ? {} : { expected_json: JSON.stringify(HIDDEN) }),
  };
}
