// The sixteen comparators: what evidence says against what the policy expects. No answer is an answer: unknown.
import type { Comparator } from "./condition.ts";
import { compareDecimals, isWhole } from "./decimal.ts";
import type { TriState } from "./decision.ts";
import { compareMoments, isDate, momentOf } from "./instants.ts";
import { isDecimal, isList, isMap, kindOf, renderValue, same, type Value } from "./value.ts";

/** What a provider answered: a value, bytes, or neither where there is nothing. */
export interface Answer {
  readonly value?: Value;
  readonly bytes?: Uint8Array;
}

/**
 * Whether the answer meets `expected`. Null is a value that is there; nothing at all is unknown, except to `exists` and
 * `not_exists`, which ask for just that and look at no `expected`. `equals` of two types is false, `not_equals` true; any
 * other comparison of types that it is not made for is unknown. Value and bytes at once is no answer.
 */
export function compare(comparator: Comparator, answer: Answer, expected: Value | undefined): TriState {
  const { value, bytes } = answer;
  if (value !== undefined && bytes !== undefined) return "unknown";
  const there = value !== undefined || bytes !== undefined;
  if (comparator === "exists") return state(there);
  if (comparator === "not_exists") return state(!there);
  if (expected === undefined) return "unknown";
  if (bytes !== undefined) return compareBytes(comparator, bytes, expected);
  return value === undefined ? "unknown" : state(byValue.get(comparator)?.(value, expected));
}

function state(holds: boolean | undefined): TriState {
  if (holds === undefined) return "unknown";
  return holds ? "true" : "false";
}

type Compared = (value: Value, expected: Value) => boolean | undefined;

const byOrder: Readonly<Record<string, (sign: number) => boolean>> = {
  greater_than: (sign) => sign > 0,
  greater_than_or_equal: (sign) => sign >= 0,
  less_than: (sign) => sign < 0,
  less_than_or_equal: (sign) => sign <= 0,
};

/** All that look at a value; undefined is unknown. A comparator that there is not compares nothing. */
const byValue: ReadonlyMap<string, Compared> = new Map<string, Compared>([
  ["equals", same],
  ["not_equals", (value, expected) => !same(value, expected)],
  ...Object.entries(byOrder).map(([name, holds]): [string, Compared] => [name, when(order, holds)]),
  ...Object.entries(byOrder).map(([name, holds]): [string, Compared] => [
    `lex_${name}`,
    when(textOrder, holds),
  ]),
  ["contains", contains],
  ["in_set", inSet],
  ["deep_equals", deepSame],
  ["deep_not_equals", (value, expected) => not(deepSame(value, expected))],
]);

type Order = (a: Value, b: Value) => number | undefined;

function when(order: Order, holds: (sign: number) => boolean): Compared {
  return (value, expected) => {
    const sign = order(value, expected);
    return sign === undefined ? undefined : holds(sign);
  };
}

function not(holds: boolean | undefined): boolean | undefined {
  return holds === undefined ? undefined : !holds;
}

/** Two numbers, two date-times by instant, two dates; a date has no instant, so it has no order with a date-time. */
function order(a: Value, b: Value): number | undefined {
  if (isDecimal(a) && isDecimal(b)) return compareDecimals(a, b);
  if (typeof a !== "string" || typeof b !== "string") return undefined;
  // Four-digit years first, so that the order of the text is that of the days.
  if (isDate(a) && isDate(b)) return unitOrder(a, b);
  const [left, right] = [momentOf(a), momentOf(b)];
  return left === undefined || right === undefined ? undefined : compareMoments(left, right);
}

function textOrder(a: Value, b: Value): number | undefined {
  return typeof a === "string" && typeof b === "string" ? codePointOrder(a, b) : undefined;
}

function unitOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** By code points, which is the order of UTF-8: `<` goes by UTF-16 units and puts U+1F600 before U+FF5E. */
function codePointOrder(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for what lies above all other units. In well-formed text the first unit that differs decides. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function contains(value: Value, expected: Value): boolean | undefined {
  if (typeof value === "string" && typeof expected === "string") return value.includes(expected);
  if (!isList(value) || !isList(expected)) return undefined;
  // One text per value: a list of 100,000 paths is looked at once and not once for each that is expected.
  const missing = new Set(expected.map(renderValue));
  for (const item of value) {
    if (missing.size === 0) break;
    missing.delete(renderValue(item));
  }
  return missing.size === 0;
}

function inSet(value: Value, expected: Value): boolean | undefined {
  if (!isList(expected) || isList(value) || isMap(value)) return undefined;
  return expected.some((item) => same(value, item));
}

function deepSame(value: Value, expected: Value): boolean | undefined {
  const [kind, other] = [kindOf(value), kindOf(expected)];
  return kind === other && (kind === "array" || kind === "object") ? same(value, expected) : undefined;
}

/** Bytes equal a list of integers from 0 to 255, or do not; against anything else they have no answer. */
function compareBytes(comparator: Comparator, bytes: Uint8Array, expected: Value): TriState {
  if (comparator !== "equals" && comparator !== "not_equals") return "unknown";
  const wanted = isList(expected) ? expected.map(byteOf) : [undefined];
  if (wanted.includes(undefined)) return "unknown";
  const equal = wanted.length === bytes.length && wanted.every((byte, at) => byte === bytes[at]);
  return state(comparator === "equals" ? equal : !equal);
}

function byteOf(value: Value): number | undefined {
  if (!isDecimal(value) || !isWhole(value) || value.sign < 0) return undefined;
  const number = Number(renderValue(value));
  return number <= 255 ? number : undefined;
}
