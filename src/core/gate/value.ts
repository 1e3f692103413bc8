// Evidence values: JSON whose numbers keep every digit and whose objects keep every key, read strictly.
import type { Json } from "../base/canonical.ts";
import { compareDecimals, type Decimal, decimalOf, renderDecimal } from "./decimal.ts";
import { type Exact, readJson } from "./reader.ts";

/** Objects are maps: a key like `__proto__` stays a key. */
export type Value = Exact;

/** Containers in containers; a value nested deeper is none. */
export const MAX_VALUE_DEPTH = 64;

/** Words for what a value is, in machine details. */
export type Kind = "null" | "boolean" | "number" | "string" | "array" | "object";

export function kindOf(value: Value): Kind {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (isList(value)) return "array";
  return isMap(value) ? "object" : "number";
}

export function isDecimal(value: Value): value is Decimal {
  return kindOf(value) === "number";
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

/**
 * The value of strict JSON text (RFC 8259), without loss. Undefined for anything else, and for what two readers could
 * read differently: a key given twice, a lone surrogate, a byte order mark; also for containers nested deeper than 64 and
 * for exponents beyond ±2^53. Time and memory grow with the text; how long that may be is the caller's to bound.
 */
export function parseValue(text: string): Value | undefined {
  return readJson(text, MAX_VALUE_DEPTH);
}

/**
 * The value of JSON that was read already: TOML, claims, our own facts. Its numbers mean what JSON.stringify would write.
 * Throws TypeError on what has no JSON text: NaN, undefined, lone surrogates, nesting beyond 64.
 */
export function valueOf(json: Json): Value {
  return lifted(json, 0);
}

function lifted(json: Json, depth: number): Value {
  if (json === null || typeof json === "boolean") return json;
  if (typeof json === "string") return wellFormed(json);
  if (typeof json === "number") {
    const decimal = decimalOf(String(json));
    if (decimal === undefined) throw new TypeError("a number that is none has no JSON text");
    return decimal;
  }
  if (typeof json !== "object") throw new TypeError(`a ${typeof json} has no JSON text`);
  if (depth >= MAX_VALUE_DEPTH) throw new TypeError("JSON is nested too deeply");
  if (Array.isArray(json)) return (json as readonly Json[]).map((item) => lifted(item, depth + 1));
  const entries = Object.entries(json as Readonly<Record<string, Json>>);
  return new Map(entries.map(([key, item]) => [wellFormed(key), lifted(item, depth + 1)]));
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("text holds a lone surrogate");
  return text;
}

/**
 * The one JSON text of a value: equal values have equal texts, others have not. Keys are sorted as in RFC 8785, numbers
 * are written by renderDecimal; for what base/canonical.ts admits, it is the same text.
 */
export function renderValue(value: Value): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(renderValue).join(",")}]`;
  if (isMap(value)) {
    const keys = [...value.keys()].sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${renderValue(value.get(key) ?? null)}`).join(",")}}`;
  }
  return renderDecimal(value);
}

/**
 * JSON equality with numbers by value, at every level: [10] is [10.0]. The system whose comparators these are compares
 * numbers inside arrays and objects by their spelling, so that `equals` and `in_set` disagree about 10 and 10.0.
 */
export function same(a: Value, b: Value): boolean {
  if (isList(a) && isList(b)) return sameItems(a, b);
  if (isMap(a) && isMap(b)) return sameEntries(a, b);
  if (isDecimal(a) && isDecimal(b)) return compareDecimals(a, b) === 0;
  return a === b;
}

function sameItems(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, at) => sameOrNone(item, b[at]));
}

function sameEntries(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, item] of a) if (!sameOrNone(item, b.get(key))) return false;
  return true;
}

function sameOrNone(a: Value, b: Value | undefined): boolean {
  return b !== undefined && same(a, b);
}
