// Writes the vectors of every cell comparator × type × {present, missing, error} from the table of the rules, without the engine.

type State = "true" | "false" | "unknown";
export type Line = Readonly<Record<string, unknown>> & { readonly id: string };

export const ORDERING = ["greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal"] as const;
export const LEX = ORDERING.map((name) => `lex_${name}` as const);
const COMPARATORS = [
  "equals",
  "not_equals",
  ...ORDERING,
  ...LEX,
  "contains",
  "in_set",
  "deep_equals",
  "deep_not_equals",
  "exists",
  "not_exists",
] as const;
type Comparator = (typeof COMPARATORS)[number];

/**
 * One or two values of each type, as JSON text. `low` is below `high` in the order of its own type; as text, low is above
 * high for numbers only (2 and 10), which have no lexicographic order anyway. No sample is an element of a sample list.
 */
const SAMPLES = {
  null: { low: "null" },
  boolean: { low: "false", high: "true" },
  number: { low: "2", high: "10" },
  string: { low: '"ci"', high: '"ci-2"' },
  date: { low: '"2024-02-29"', high: '"2024-03-01"' },
  "date-time": { low: '"2024-02-29T10:00:00Z"', high: '"2024-02-29T10:00:01Z"' },
  array: { low: '["a","b"]', high: '["a","b","c"]' },
  object: { low: '{"k":1}', high: '{"k":2}' },
} as const;
type Kind = keyof typeof SAMPLES;
const KINDS = Object.keys(SAMPLES) as readonly Kind[];

const TEXTS: readonly Kind[] = ["string", "date", "date-time"];
/** low samples of texts in the order of their code points: the date is the beginning of the date-time, digits come before letters. */
const TEXT_ORDER: readonly Kind[] = ["date", "date-time", "string"];
const ORDERED: readonly Kind[] = ["number", "date", "date-time"];
const DEEP: readonly Kind[] = ["array", "object"];

const yes = (holds: boolean): State => (holds ? "true" : "false");

/** What each of the four says of a sign. */
function bySign(comparator: string, sign: -1 | 0 | 1): State {
  const word = comparator.replace("lex_", "");
  const table = {
    greater_than: { [-1]: "false", 0: "false", 1: "true" },
    greater_than_or_equal: { [-1]: "false", 0: "true", 1: "true" },
    less_than: { [-1]: "true", 0: "false", 1: "false" },
    less_than_or_equal: { [-1]: "true", 0: "true", 1: "false" },
  } as const;
  return table[word as keyof typeof table][sign];
}

/** Two values of one type; `sign`: where the evidence stands to what is expected. */
function sameKind(comparator: Comparator, kind: Kind, sign: -1 | 0 | 1): State {
  const texts = TEXTS.includes(kind);
  if (comparator === "equals") return yes(sign === 0);
  if (comparator === "not_equals") return yes(sign !== 0);
  if (comparator === "exists") return "true";
  if (comparator === "not_exists") return "false";
  if (comparator.startsWith("deep_")) {
    return DEEP.includes(kind) ? yes((sign === 0) === (comparator === "deep_equals")) : "unknown";
  }
  if (comparator === "in_set") return "unknown"; // a scalar has no set to be in, and a list is in none
  // "ci-2" holds "ci", and ["a","b","c"] all of ["a","b"]; of two dates, neither holds the other
  if (comparator === "contains" && ["string", "array"].includes(kind)) return yes(sign >= 0);
  if (comparator === "contains") return texts ? yes(sign === 0) : "unknown";
  if (comparator.startsWith("lex_")) return texts ? bySign(comparator, sign) : "unknown";
  return ORDERED.includes(kind) ? bySign(comparator, sign) : "unknown";
}

/** Two values of two types. */
function otherKind(comparator: Comparator, found: Kind, wanted: Kind): State {
  const texts = TEXTS.includes(found) && TEXTS.includes(wanted);
  if (comparator === "equals") return "false";
  if (comparator === "not_equals") return "true";
  if (comparator === "exists") return "true";
  if (comparator === "not_exists") return "false";
  if (comparator === "contains") return texts ? yes(found === "date-time" && wanted === "date") : "unknown";
  if (comparator === "in_set") return wanted === "array" && found !== "object" ? "false" : "unknown";
  if (comparator.startsWith("lex_") && texts) {
    return bySign(comparator, TEXT_ORDER.indexOf(found) < TEXT_ORDER.indexOf(wanted) ? -1 : 1);
  }
  return "unknown";
}

/** Every comparator over every pair of types, over nothing, over nothing expected, and over bytes. */
export function comparisons(): readonly Line[] {
  const lines: Line[] = [];
  const add = (id: string, comparator: Comparator, rest: object, state: State): number =>
    lines.push({ id: `${comparator}/${id}`, kind: "compare", comparator, ...rest, state });
  for (const comparator of COMPARATORS) {
    const unary = comparator === "exists" || comparator === "not_exists";
    for (const kind of KINDS) {
      const sample: { low: string; high?: string } = SAMPLES[kind];
      const pair = (value: string, expected: string): object => ({ value, expected });
      add(`${kind}-same`, comparator, pair(sample.low, sample.low), sameKind(comparator, kind, 0));
      if (sample.high !== undefined) {
        add(`${kind}-above`, comparator, pair(sample.high, sample.low), sameKind(comparator, kind, 1));
        add(`${kind}-below`, comparator, pair(sample.low, sample.high), sameKind(comparator, kind, -1));
      }
      for (const wanted of KINDS) {
        if (wanted === kind) continue;
        add(
          `${kind}-to-${wanted}`,
          comparator,
          pair(sample.low, SAMPLES[wanted].low),
          otherKind(comparator, kind, wanted),
        );
      }
      const alone = unary ? yes(comparator === "exists") : "unknown";
      add(`${kind}-nothing-expected`, comparator, { value: sample.low }, alone);
      const absent = unary ? yes(comparator === "not_exists") : "unknown";
      add(`${kind}-nothing-there`, comparator, { expected: sample.low }, absent);
      add(`bytes-to-${kind}`, comparator, { bytes: [97], expected: sample.low }, alone);
    }
    add("nothing-at-all", comparator, {}, unary ? yes(comparator === "not_exists") : "unknown");
    add("value-and-bytes", comparator, { value: "1", bytes: [1], expected: "1" }, "unknown");
    const bytes = (found: readonly number[], expected: string, same: boolean | undefined): void => {
      const equality = same === undefined ? "unknown" : yes(same === (comparator === "equals"));
      const state = comparator === "equals" || comparator === "not_equals" ? equality : "unknown";
      add(
        `bytes-${found.join("-")}-${expected}`,
        comparator,
        { bytes: found, expected },
        unary ? yes(comparator === "exists") : state,
      );
    };
    bytes([1, 255], "[1,255]", true);
    bytes([1, 255], "[1.0,2.55e2]", true);
    bytes([], "[]", true);
    bytes([0], "[-0]", true);
    bytes([1], "[1,2]", false);
    bytes([1, 2], "[1]", false);
    bytes([1, 2], "[2,1]", false);
    bytes([1], "[256]", undefined);
    bytes([1], "[-1]", undefined);
    bytes([1], "[1.5]", undefined);
    bytes([255], "[255.00000000000000001]", undefined);
    bytes([1], "[1e999999999]", undefined);
    bytes([1], '["1"]', undefined);
    bytes([1], "[true]", undefined);
    bytes([1], "[[1]]", undefined);
    bytes([1], '{"0":1}', undefined);
  }
  return lines;
}

/** A value of each class that a condition can declare, and one of another type. */
const CLASSES: Readonly<
  Record<string, { readonly kind: Kind; readonly value: string; readonly other: readonly string[] }>
> = {
  boolean: { kind: "boolean", value: "true", other: ['"true"', "1", "null"] },
  enum: { kind: "string", value: '"ci"', other: ['"CI"', '"elsewhere"', "null", "1"] },
  uuid: {
    kind: "string",
    value: '"123e4567-e89b-12d3-a456-426614174000"',
    other: [
      '"123e4567e89b12d3a456426614174000"',
      '"123e4567-e89b-12d3-a456-42661417400g"',
      '" 123e4567-e89b-12d3-a456-426614174000"',
      "null",
    ],
  },
  integer: { kind: "number", value: "7.0", other: ["7.5", '"7"', "null", "true", "7e-1"] },
  number: { kind: "number", value: "7.5", other: ['"7.5"', "null", "[7.5]"] },
  date: {
    kind: "date",
    value: '"2024-02-29"',
    other: [
      '"2024-2-29"',
      '"2023-02-29"',
      '"2024-02-29T00:00:00Z"',
      "20240229",
      '"2024-02-29 "',
      '"2024-13-01"',
      '"2024-00-10"',
      '"2024-04-31"',
      '"2024-04-00"',
    ],
  },
  "date-time": {
    kind: "date-time",
    value: '"2024-02-29T10:00:00Z"',
    other: ['"2024-02-29"', '"2024-02-29T10:00:00"', '"2024-02-29 10:00:00Z"', "1709200800000"],
  },
  string: { kind: "string", value: '"ci"', other: ["null", "1", "true", '["ci"]', '{"ci":1}'] },
  scalars: {
    kind: "array",
    value: '["a",1,null,true]',
    other: ['"a"', "[[1]]", '[{"a":1}]', '["a",[]]', "null", "{}"],
  },
  array: { kind: "array", value: '[["a"],{"b":1}]', other: ["{}", '"[]"', "null"] },
  object: { kind: "object", value: '{"k":1}', other: ["[]", '"{}"', "null"] },
  null: { kind: "null", value: "null", other: ["false", "0", '""', "[]"] },
  dynamic: { kind: "object", value: '{"k":1}', other: [] },
};

/** Every comparator × class: the value, nothing there, nobody answered, an error of the provider, and other types. */
export function judgements(): readonly Line[] {
  const lines: Line[] = [];
  for (const [type, { kind, value, other }] of Object.entries(CLASSES)) {
    for (const comparator of COMPARATORS) {
      const unary = comparator === "exists" || comparator === "not_exists";
      const condition = {
        comparator,
        types: [type],
        words: type === "enum" ? ["ci"] : undefined,
        expected: unary ? undefined : value,
      };
      const add = (
        id: string,
        evidence: object | undefined,
        state: State,
        reason: string | null,
        detail: string | null,
      ): number =>
        lines.push({
          id: `${comparator}/${type}/${id}`,
          kind: "condition",
          condition,
          ...(evidence && { evidence }),
          state,
          reason,
          detail,
        });
      const met = sameKind(comparator, kind, 0);
      const why = { true: null, false: "condition_false", unknown: "comparator_unknown" }[met];
      add("present", { value }, met, why, null);
      add("error", { error: "json_file_not_found" }, "unknown", "provider_error", "json_file_not_found");
      add(
        "error-with-value",
        { value, error: "json_file_not_found" },
        "unknown",
        "provider_error",
        "json_file_not_found",
      );
      add("nobody", undefined, "unknown", "evidence_missing", null);
      if (comparator === "exists") add("missing", {}, "false", "condition_false", null);
      else if (comparator === "not_exists") add("missing", {}, "true", null, null);
      else add("missing", {}, "unknown", "evidence_missing", "value_missing");
      if (type === "dynamic") continue;
      add("bytes", { bytes: [1] }, "unknown", "evidence_type", "type_bytes");
      const wrong = comparator === "equals" || comparator === "not_exists" ? other : other.slice(0, 1);
      for (const text of wrong)
        add(`other-${text}`, { value: text }, "unknown", "evidence_type", `type_${kindOfText(text)}`);
    }
  }
  return lines;
}

/** By the first character of the JSON text. */
function kindOfText(text: string): string {
  const kinds: Readonly<Record<string, string>> = {
    '"': "string",
    "[": "array",
    "{": "object",
    t: "boolean",
    f: "boolean",
    n: "null",
  };
  return kinds[text[0]!] ?? "number";
}
