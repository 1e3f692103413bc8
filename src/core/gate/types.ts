// Whether a value is of the type that its condition declares.
import type { ConditionSpec, TypeClass } from "./condition.ts";
import { isWhole } from "./decimal.ts";
import { isDate, momentOf } from "./instants.ts";
import { isDecimal, isList, isMap, kindOf, type Value } from "./value.ts";

/** Machine detail `type_<what it is>`, or undefined where the value is of one of the declared classes. */
export function typeFault(spec: Pick<ConditionSpec, "types" | "words">, value: Value): string | undefined {
  return spec.types.some((type) => tests.get(type)?.(value, spec.words ?? []) === true)
    ? undefined
    : `type_${kindOf(value)}`;
}

/** Bytes have no class of their own: only a condition that takes anything takes them. */
export function bytesFault(spec: Pick<ConditionSpec, "types">): string | undefined {
  return spec.types.includes("dynamic") ? undefined : "type_bytes";
}

/**
 * RFC 9562, section 4, as it has them written: lower-case. Comparators see text, so that of two spellings of one UUID
 * each would be unequal to the other, and `not_equals` true of a value that it names.
 */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Test = (value: Value, words: readonly string[]) => boolean;

const classes: Readonly<Record<TypeClass, Test>> = {
  boolean: (value) => typeof value === "boolean",
  enum: (value, words) => typeof value === "string" && words.includes(value),
  uuid: (value) => typeof value === "string" && UUID.test(value),
  integer: (value) => isDecimal(value) && isWhole(value),
  number: isDecimal,
  date: (value) => typeof value === "string" && isDate(value),
  "date-time": (value) => typeof value === "string" && momentOf(value) !== undefined,
  string: (value) => typeof value === "string",
  scalars: (value) => isList(value) && value.every((item) => !isList(item) && !isMap(item)),
  array: isList,
  object: isMap,
  null: (value) => value === null,
  dynamic: () => true,
};
const tests: ReadonlyMap<string, Test> = new Map(Object.entries(classes));
