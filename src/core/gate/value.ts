// Evidence values: JSON whose numbers keep every digit, so that no comparison ever goes through a float.
import type { Json } from "../base/canonical.ts";

/** Zero is sign 0, no digits, exponent 0. Otherwise sign × 0.digits × 10^exponent; digits begin and end with 1…9. */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: number;
}

/** Objects are maps: a key like `__proto__` stays a key. */
export type Value = null | boolean | string | Decimal | readonly Value[] | ReadonlyMap<string, Value>;

export function isDecimal(value: Value): value is Decimal {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** The value of JSON that holds no fraction beyond what a float keeps; for TOML, claims and our own facts. */
export function valueOf(json: Json): Value {
  const value = parseValue(JSON.stringify(json));
  if (value === undefined) throw new TypeError("JSON that is not JSON");
  return value;
}

/** First version: the engine's author replaces it. */
export function parseValue(text: string): Value | undefined {
  return JSON.parse(text) as Value;
}
