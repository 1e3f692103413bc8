// Decides the filters of JSONPath queries, with numbers of any length and regular expressions in linear time.
import { compareDecimals } from "../gate/decimal.ts";
import { isDecimal, isList, isMap, same, type Value, valueOf } from "../gate/value.ts";
import type { Operand, Operator, Test } from "./query.ts";
import type { Walk } from "./walk.ts";

/** Whether `test` holds for the node `current`. */
export function holds(test: Test, current: Value, walk: Walk): boolean {
  walk.spend(1);
  switch (test.kind) {
    case "or":
      return test.parts.some((part) => holds(part, current, walk));
    case "and":
      return test.parts.every((part) => holds(part, current, walk));
    case "not":
      return !holds(test.test, current, walk);
    case "exists":
      return walk.select(test.query, current).length > 0;
    case "compare":
      return decide[test.operator](
        operandOf(test.left, current, walk),
        operandOf(test.right, current, walk),
        walk,
      );
    case "match":
    case "search":
  }
  return matches(test, current, walk);
}

function matches(test: Extract<Test, { readonly pattern: unknown }>, current: Value, walk: Walk): boolean {
  const text = operandOf(test.text, current, walk);
  if (typeof text !== "string") return false;
  const { program, cost } = test.pattern;
  // A run over no text at all takes some steps as well.
  walk.spend(8 + text.length * cost);
  return test.kind === "match" ? program.matches(text) : program.matcher(text).find();
}

/** Undefined is Nothing of RFC 9535: no node, or no answer. */
function operandOf(operand: Operand, current: Value, walk: Walk): Value | undefined {
  walk.spend(1);
  if (operand.kind === "literal") return operand.value;
  if (operand.kind === "length") return lengthOf(operandOf(operand.of, current, walk), walk);
  const nodes = walk.select(operand.query, current);
  if (operand.kind === "count") return valueOf(nodes.length);
  return nodes.length === 1 ? nodes[0] : undefined;
}

/** Characters of a text, items of an array, members of an object. */
function lengthOf(value: Value | undefined, walk: Walk): Value | undefined {
  if (typeof value === "string") {
    walk.spend(value.length);
    return valueOf(characters(value));
  }
  if (value === undefined || value === null || typeof value === "boolean") return undefined;
  if (isList(value)) return valueOf(value.length);
  return isMap(value) ? valueOf(value.size) : undefined;
}

function characters(text: string): number {
  let count = 0;
  for (const character of text) if (character !== "") count += 1;
  return count;
}

type Maybe = Value | undefined;

/** RFC 9535, section 2.3.5.2.2: only two numbers and two texts have an order; <= is "less or equal" for anything. */
const decide: Readonly<Record<Operator, (left: Maybe, right: Maybe, walk: Walk) => boolean>> = {
  "==": (left, right, walk) => equals(left, right, walk),
  "!=": (left, right, walk) => !equals(left, right, walk),
  "<": (left, right, walk) => isLess(left, right, walk),
  ">": (left, right, walk) => isLess(right, left, walk),
  "<=": (left, right, walk) => isLess(left, right, walk) || equals(left, right, walk),
  ">=": (left, right, walk) => isLess(right, left, walk) || equals(left, right, walk),
};

function isLess(left: Maybe, right: Maybe, walk: Walk): boolean {
  if (left === undefined || right === undefined) return false;
  if (typeof left === "string" && typeof right === "string") {
    walk.spend(stepsFor(Math.min(left.length, right.length)));
    return isBefore(left, right);
  }
  if (!isDecimal(left) || !isDecimal(right)) return false;
  walk.spend(stepsFor(Math.min(left.digits.length, right.digits.length)));
  return compareDecimals(left, right) < 0;
}

/** What comparing so many characters or digits is worth. */
function stepsFor(length: number): number {
  return 1 + Math.floor(length / 64);
}

/** By code points; JavaScript's own order is that of UTF-16. Neither text is written anew: one may be compared often. */
function isBefore(left: string, right: string): boolean {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const unit = left.charCodeAt(at);
    const other = right.charCodeAt(at);
    if (unit !== other) return rankOf(unit) < rankOf(other);
  }
  return left.length < right.length;
}

/** Surrogates stand for code points behind all that one unit can say. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

function equals(left: Maybe, right: Maybe, walk: Walk): boolean {
  if (left === undefined || right === undefined) return left === right;
  walk.spend(sizeOf(left, walk));
  return same(left, right);
}

/** Nodes of a value, and a part for long texts, keys and numbers. */
function sizeOf(value: Value, walk: Walk): number {
  walk.spend(1);
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "string") return stepsFor(value.length);
  if (!isList(value) && !isMap(value)) return stepsFor(value.digits.length);
  let size = 1;
  if (isMap(value)) for (const key of value.keys()) size += stepsFor(key.length);
  for (const child of isList(value) ? value : value.values()) size += sizeOf(child, walk);
  return size;
}
