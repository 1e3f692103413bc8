// One condition of the configuration, checked against its provider's table, its type and its comparator.
import type { RuleFault } from "../config/fault.ts";
import type { Config } from "../config/schema.ts";
import { checkOf, type ConditionEntry } from "../config/schema-gates.ts";
import { admitted } from "./admitted.ts";
import { expectedOf } from "./compile-expected.ts";
import type { Find } from "./compile-find.ts";
import { queryFaults } from "./compile-query.ts";
import type { Comparator, ConditionSpec, TypeClass } from "./condition.ts";
import { type CheckWords, questions } from "./providers.ts";
import type { EvidenceSchema } from "./schema.ts";

export interface CompiledCondition {
  /** Missing where there is any fault. */
  readonly spec: ConditionSpec | undefined;
  readonly faults: readonly RuleFault[];
}

type Words = Pick<Config, "validation" | "evidence">;

export function compileCondition(
  entry: ConditionEntry,
  config: Words,
  schemas: ReadonlyMap<string, EvidenceSchema>,
): CompiledCondition {
  const at: Find = (leaf, message, fix) => ({ key: `conditions.${entry.id}.${leaf}`, message, fix });
  const { check: _check, ...params } = entry.query;
  const check = checkOf(entry);
  const checks = questions[entry.provider];
  const word = Object.hasOwn(checks, check) ? checks[check] : undefined;
  if (word === undefined) return failed([unknownCheck(entry, at)]);
  const typed = typesOf(entry, word, schemas, at);
  const faults = [
    ...paramFaults(entry, word, params, at),
    ...queryFaults(entry, config.evidence, at),
    ...typed.faults,
  ];
  if (typed.types.length === 0) return failed(faults);
  const known = { types: typed.types, ...(typed.words === undefined ? {} : { words: typed.words }) };
  const matrix = comparatorFaults(entry, typed, config.validation, at);
  const { expected, faults: wrong } = matrix.length > 0 ? { faults: [] } : expectedOf(entry, known, at);
  const all = [...faults, ...matrix, ...wrong];
  if (all.length > 0) return failed(all);
  const spec: ConditionSpec = {
    id: entry.id,
    provider: entry.provider,
    check,
    params,
    comparator: entry.comparator,
    ...(expected === undefined ? {} : { expected }),
    ...(entry.min_lane === undefined ? {} : { minLane: entry.min_lane }),
    ...known,
  };
  return { spec, faults: [] };
}

function unknownCheck(entry: ConditionEntry, at: Find): RuleFault {
  const { provider } = entry;
  const known = Object.keys(questions[provider]).join(", ");
  const message = `asks ${provider} for "${checkOf(entry)}", which it does not know`;
  return at("query", message, `${provider} knows ${known}.`);
}

function failed(faults: readonly RuleFault[]): CompiledCondition {
  return { spec: undefined, faults };
}

function paramFaults(
  { provider }: ConditionEntry,
  word: CheckWords,
  params: Readonly<Record<string, unknown>>,
  at: Find,
): readonly RuleFault[] {
  const parsed = word.params.safeParse(params);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((name) =>
        at(`query.${name}`, "is no parameter of this check", "Remove it or correct its spelling."),
      );
    const leaf = ["query", ...issue.path.map(String)].join(".");
    return [
      at(
        leaf,
        `${issue.message} (the check of ${provider} needs it)`,
        "docs/config.md says what each check takes.",
      ),
    ];
  });
}

interface Typed {
  /** Empty where it is not known. */
  readonly types: readonly TypeClass[];
  readonly words?: readonly string[] | undefined;
  /** Comparators that the schema restricts its values to, if it does. */
  readonly only?: readonly Comparator[] | undefined;
  readonly faults: readonly RuleFault[];
}

/** Either the check says the type of its answer, or the condition does; never both, so that they cannot disagree. */
function typesOf(
  entry: ConditionEntry,
  word: CheckWords,
  schemas: ReadonlyMap<string, EvidenceSchema>,
  at: Find,
): Typed {
  if (word.types !== "declared") {
    const said = (["type", "schema", "words"] as const).filter((leaf) => entry[leaf] !== undefined);
    const faults = said.map((leaf) =>
      at(leaf, "is given, but this check says the type of its answer itself", "Take this line out."),
    );
    return { types: word.types, words: word.words, faults };
  }
  if (entry.schema !== undefined) return bySchema(entry, schemas, at);
  if (entry.type === undefined)
    return {
      types: [],
      faults: [
        at(
          "type",
          "is missing: this check has answers of any type",
          'Write type = "boolean", or the type that the answer has.',
        ),
      ],
    };
  return byType(entry, entry.type, at);
}

function bySchema(entry: ConditionEntry, schemas: ReadonlyMap<string, EvidenceSchema>, at: Find): Typed {
  const said = (["type", "words"] as const).filter((leaf) => entry[leaf] !== undefined);
  const faults = said.map((leaf) => at(leaf, "is given beside schema", "Keep one of them."));
  const known = schemas.get(entry.schema ?? "");
  if (known === undefined)
    faults.push(
      at(
        "schema",
        `"${entry.schema ?? ""}" is not registered`,
        "Register it (countersign schema add), or write type = … instead.",
      ),
    );
  if (known === undefined) return { types: [], faults };
  return { types: known.types, words: known.words, only: known.comparators, faults };
}

function byType({ words }: ConditionEntry, type: TypeClass, at: Find): Typed {
  const faults: RuleFault[] = [];
  if (type === "enum" && words === undefined)
    faults.push(
      at("words", "is missing, which type enum needs", 'Write words = ["…"]: every word that there is.'),
    );
  if (type !== "enum" && words !== undefined)
    faults.push(at("words", `is given with type ${type}`, 'Words belong to type = "enum".'));
  if (words !== undefined && new Set(words).size < words.length)
    faults.push(at("words", "holds a word twice", "Write each word once."));
  return { types: [type], words, faults };
}

function comparatorFaults(
  { comparator }: ConditionEntry,
  { types, only }: Typed,
  validation: Words["validation"],
  at: Find,
): readonly RuleFault[] {
  const listed = (one: Comparator): boolean => only === undefined || only.includes(one);
  const may = admitted(types, validation).filter(listed);
  if (may.includes(comparator)) return [];
  const wide = admitted(types, { lexicographic: true, deep_equals: true, dynamic: true });
  if (!listed(comparator))
    return [at("comparator", `${comparator} is none that the schema lists`, `Use one of ${may.join(", ")}.`)];
  const flag = types.includes("dynamic") && !validation.dynamic ? "dynamic" : flagOf(comparator);
  if (wide.includes(comparator) && flag !== undefined)
    return [
      at(
        flag === "dynamic" ? "type" : "comparator",
        `needs validation.${flag}, which is off`,
        flag === "dynamic"
          ? "Declare the type that the answer has."
          : `Compare otherwise, or set ${flag} = true in [validation].`,
      ),
    ];
  return [
    at(
      "comparator",
      `${comparator} has no answer for ${types.join(" or ")}`,
      may.length === 0 ? "Declare another type." : `Use one of ${may.join(", ")}.`,
    ),
  ];
}

function flagOf(comparator: string): "lexicographic" | "deep_equals" | undefined {
  if (comparator.startsWith("lex_")) return "lexicographic";
  return comparator.startsWith("deep_") ? "deep_equals" : undefined;
}
