// What a condition is compared with: given exactly where the comparator needs it, and of a type that can be met.
import type { Json } from "../base/canonical.ts";
import type { RuleFault } from "../config/fault.ts";
import type { ConditionEntry } from "../config/schema-gates.ts";
import { deep, lexicographic, ordering } from "./admitted.ts";
import type { Find } from "./compile-find.ts";
import type { Comparator, ConditionSpec, TypeClass } from "./condition.ts";
import { typeFault } from "./types.ts";
import { isList, parseValue, type Value, valueOf } from "./value.ts";

type Typed = Pick<ConditionSpec, "types" | "words">;

export interface Expected {
  readonly expected?: Value;
  readonly faults: readonly RuleFault[];
}

export function expectedOf(entry: ConditionEntry, typed: Typed, at: Find): Expected {
  const { comparator, expected, expected_json: text } = entry;
  const leaf = text === undefined ? "expected" : "expected_json";
  const given = expected !== undefined || text !== undefined;
  const bare = comparator === "exists" || comparator === "not_exists";
  if (bare)
    return {
      faults: given
        ? [at(leaf, `is given, but ${comparator} compares with nothing`, "Take this line out.")]
        : [],
    };
  if (!given)
    return {
      faults: [
        at("expected", `is missing, which ${comparator} needs`, "Write expected = …, or expected_json."),
      ],
    };
  if (expected !== undefined && text !== undefined)
    return { faults: [at(leaf, "is given beside expected", "Keep one of them: they could disagree.")] };
  const value = text === undefined ? valueOf(expected as Json) : parseValue(text);
  if (value === undefined)
    return {
      faults: [
        at(
          leaf,
          "is not JSON, or not JSON that every reader reads alike",
          "Correct it: one value, no key twice.",
        ),
      ],
    };
  const why = valueFault(comparator, typed, value);
  return why === undefined ? { expected: value, faults: [] } : { faults: [at(leaf, ...why)] };
}

type Why = readonly [message: string, fix: string];

function valueFault(comparator: Comparator, typed: Typed, value: Value): Why | undefined {
  if (comparator === "in_set") return setFault(typed, value);
  if (comparator === "contains") return partFault(typed, value);
  const comparing =
    ordering.includes(comparator) || lexicographic.includes(comparator) || deep.includes(comparator);
  if (value === null && comparing)
    return [`is null, which ${comparator} has no answer for`, "Compare with a value."];
  return typeFault(narrowed(comparator, typed), value) === undefined
    ? undefined
    : mistyped(narrowed(comparator, typed));
}

/** Where the type is open the comparator says what it can compare. */
function narrowed(comparator: Comparator, typed: Typed): Typed {
  if (!typed.types.includes("dynamic")) return typed;
  if (ordering.includes(comparator)) return { types: ["number", "date", "date-time"] };
  if (lexicographic.includes(comparator)) return { types: ["string"] };
  return deep.includes(comparator) ? { types: ["array", "object"] } : typed;
}

function mistyped({ types, words }: Typed): Why {
  const one = words === undefined ? types.join(" or ") : `one of ${words.join(", ")}`;
  return [
    `is not of the type that is asked for: ${one}`,
    "Correct it, or the type: this could never be equal.",
  ];
}

function setFault(typed: Typed, value: Value): Why | undefined {
  if (!isList(value)) return ["is no list, which in_set needs", "Write a list of what may be answered."];
  if (value.length === 0) return ["is an empty list: nothing is ever in it", "Write what may be answered."];
  // A list or table in it could be equal to no answer: in_set asks about single values.
  const scalar = typeFault({ types: ["scalars"] }, value) === undefined;
  const at = value.findIndex((member) => typeFault(typed, member) !== undefined);
  if (scalar && at === -1) return undefined;
  const [message, fix] = mistyped(typed);
  return [scalar ? `holds a value (number ${at + 1}) that ${message}` : "holds a list or a table", fix];
}

/** Every text contains the empty one, and every list no members: such a condition would always hold. */
function partFault({ types }: Typed, value: Value): Why | undefined {
  const may = (type: TypeClass): boolean => types.includes(type) || types.includes("dynamic");
  if (value === "") return ["is empty, and every text contains that", "Write the part that is looked for."];
  if (typeof value === "string" && may("string")) return undefined;
  if (may("scalars") && isList(value)) {
    if (value.length === 0)
      return ["is an empty list, and every list contains that", "Write the members that are looked for."];
    if (typeFault({ types: ["scalars"] }, value) === undefined) return undefined;
    return ["holds a list or a table", "Write a list of single values."];
  }
  return may("scalars")
    ? ["is no list, which contains needs here", "Write a list of the members that are looked for."]
    : ["is no text, which contains needs here", "Write the text that is looked for."];
}
