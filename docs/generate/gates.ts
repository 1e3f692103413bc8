// The part of docs/config.md about conditions and gates: its tables are read out of the code that checks a policy.
import { z } from "zod";
import { admitted } from "../../src/core/gate/admitted.ts";
import { comparators, type TypeClass, typeClasses } from "../../src/core/gate/condition.ts";
import { askable, laneOf, providerNames, questions } from "../../src/core/gate/providers.ts";
import { gateNames } from "../../src/core/config/schema-gates.ts";
import { code, table } from "./markdown.ts";

const ALL = { lexicographic: true, deep_equals: true, dynamic: true };
const NONE = { lexicographic: false, deep_equals: false, dynamic: true };

const conditionsIntro = `A condition asks one provider one question and compares the answer:

\`\`\`toml
preset = "default"

[[conditions]]
id = "no_migrations"                                      # its name in trees, verdicts and refusals
about = "database migrations are written by people"       # for countersign gate explain
provider = "git"                                          # who is asked
query = { check = "touches", globs = ["db/**"] }          # what
comparator = "equals"                                     # how the answer is compared,
expected = false                                          # and with what
min_lane = "verified"                                     # raises trust.min_lane, never lowers it

[[conditions]]
id = "little"
provider = "git"
query = { check = "changed_files" }
comparator = "less_than"
expected = 3

[[conditions]]
id = "said_to_be_tested"
provider = "caller"
query = { check = "claim", name = "tests_passed" }
type = "boolean"                                          # of which type the answer is, where the check does not say it
comparator = "equals"
expected = true

[gates.verdict]                                           # the preset's gate of this name is replaced whole
require = { all = ["checks_passed", "tree_checked", "no_migrations", { any = ["little", "said_to_be_tested"] }] }
\`\`\`

It is \`true\`, \`false\` or \`unknown\`. Evidence that is missing, late, broken, of another type, or of a lower lane makes it
\`unknown\`, and unknown holds the gate. A condition of the file replaces the preset's of the same \`id\`, in its place; every
other one of the preset stays.

A condition that could never be true, or could never be anything else, is a fault when the configuration is loaded: a
variable that \`evidence.env.allow\` does not name, a statement that no key of \`evidence.keys\` may make, a claim where
\`evidence.accept_claims\` is off, an \`expected\` of another type, a comparator that has no answer for the type.

TOML holds text, integers, switches, lists and tables exactly. Fractions, large integers and null are written as JSON in
\`expected_json\`: \`expected_json = "0.85"\`. Dates are text in quotes.`;

const questionsIntro = `### What can be asked

\`type\` is needed where the table says *declared* (or \`schema\`, the name of a registered evidence schema), and refused
elsewhere. Lane: what the answer is worth where it is asked.`;

const comparatorsIntro = `### What can be compared

A dot marks what needs \`validation.lexicographic\` or \`validation.deep_equals\`. \`dynamic\` needs \`validation.dynamic\`.
\`exists\` and \`not_exists\` take no \`expected\`, \`in_set\` takes a list, \`contains\` a text or a list of members.`;

const gatesIntro = `A gate is a tree over conditions. Beside what countersign requires itself, which no policy takes away, it must be true.

| tree | is true when |
| --- | --- |
| \`"id"\` | the condition is |
| \`{ all = [...] }\` | every member is |
| \`{ any = [...] }\` | one member is |
| \`{ not = … }\` | the member is false; of unknown, not is unknown |
| \`{ at_least = 2, of = [...] }\` | so many members are |

\`trust.logic\` says what an unknown member does to \`all\` and \`any\`: under \`kleene\` nothing where another member decides
already, under \`bochvar\` it makes the group unknown. Faults when the configuration is loaded: an empty group, a member twice
(also in other words, such as a group of one), \`at_least\` below 1 or above the number of members, more than 32 levels, a
condition that does not exist, a provider that the gate cannot ask. A gate of the file replaces the preset's whole, its
\`min_lane\` too; the preset's other gates stay.`;

/** Below the table of [[conditions]]. */
export function conditionsText(): string {
  return [conditionsIntro, questionsIntro, questionTable(), comparatorsIntro, comparatorTable()].join("\n\n");
}

/** The whole section on [gates.*]; `keys`: the table of what a gate holds. */
export function gatesText(description: string, keys: string, presets: string): string {
  return [
    "## `[gates.NAME]`",
    description,
    gatesIntro,
    keys,
    gateTable(),
    "What the presets require:",
    presets,
    "",
  ].join("\n\n");
}

function questionTable(): string {
  const rows = providerNames.flatMap((provider) =>
    Object.entries(questions[provider]).map(([check, { params, types, words }]) => [
      code(provider),
      code(check),
      Object.keys(shapeOf(params))
        .map((name) => code(name))
        .join(", "),
      types === "declared"
        ? "*declared*"
        : words === undefined
          ? types.join(" or ")
          : words.map(code).join(" "),
      laneText(provider, check),
    ]),
  );
  return table(["provider", "check", "takes", "answer", "lane"], rows).trimEnd();
}

function shapeOf(params: z.ZodType): object {
  return params instanceof z.ZodObject ? params.shape : {};
}

function laneText(provider: Parameters<typeof laneOf>[0], check: string): string {
  const there = laneOf(provider, check, "validator");
  const here = laneOf(provider, check, "gateway");
  return there === here ? there : `${here} in the gateway, else ${there}`;
}

function comparatorTable(): string {
  const rows = typeClasses.map((type) => [code(type), ...groups.map((members) => mark(type, members))]);
  return table(["type", ...groups.map((members) => members.map(code).join(" "))], rows).trimEnd();
}

/** Comparators that go together for every type. */
const groups = comparators.reduce<(readonly (typeof comparators)[number][])[]>((found, comparator) => {
  const same = found.findIndex(([first]) =>
    typeClasses.every((type) => mark(type, first === undefined ? [] : [first]) === mark(type, [comparator])),
  );
  return same === -1
    ? [...found, [comparator]]
    : found.map((members, at) => (at === same ? [...members, comparator] : members));
}, []);

function mark(type: TypeClass, [comparator]: readonly (typeof comparators)[number][]): string {
  if (comparator === undefined || !admitted([type], ALL).includes(comparator)) return "";
  return admitted([type], NONE).includes(comparator) ? "yes" : "·";
}

const WHEN: Readonly<Record<string, string>> = {
  verdict: "a verdict is APPROVED only if it holds; otherwise a person decides",
  landing: "asked again, with fresh evidence, before anything lands; nobody confirms their way around it",
};

function gateTable(): string {
  const rows = gateNames.map((name) => [
    code(name),
    WHEN[name] ?? "each call of this tool",
    askable(name).map(code).join(" "),
  ]);
  return table(["gate", "guards", "can ask"], rows).trimEnd();
}
