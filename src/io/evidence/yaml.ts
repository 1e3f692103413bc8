// YAML 1.2, its core schema and nothing beyond: no aliases, no tags, no second document, and numbers with every digit.
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Parser,
  type ParsedNode,
} from "yaml";
import { decimalOf } from "../../core/gate/decimal.ts";
import { MAX_VALUE_DEPTH, type Value } from "../../core/gate/value.ts";

/** Longest text, in bytes: some texts take the parser quadratic time, in which nothing else runs. */
export const MAX_YAML = 65_536;

/** A line ends here for some readers and not for others, and with it a comment that hides the rest of the line. */
const OTHER_BREAK = /\r(?!\n)|[\u0085\u2028\u2029]/;

/**
 * The value of one YAML document. Undefined for anything that two readers could read differently or that grows while it is
 * read: aliases and anchors, tags, %-directives, line breaks but LF and CR LF, keys that are no text or stand twice, .inf and .nan, half characters,
 * nesting beyond 64, more than 65,536 UTF-16 units; and for a text or document with nothing in it, which is no null.
 */
export function parseYaml(text: string): Value | undefined {
  // A directive would choose YAML 1.1, in which `no` is false and 010 is eight.
  if (
    text.length > MAX_YAML ||
    /^%/m.test(text) ||
    OTHER_BREAK.test(text) ||
    !text.isWellFormed() ||
    text.startsWith("\ufeff") ||
    isDeep(text)
  )
    return undefined;
  try {
    const contents = documentIn(text)?.contents;
    return contents === undefined || isEmpty(contents) ? undefined : valueIn(contents, 0);
  } catch {
    // The composer calls itself for each level of nesting, and so runs out of stack before we count.
    return undefined;
  }
}

/** The only document. Throws at the first fault: each is an object with a stack, and a text can be made of faults alone. */
function documentIn(text: string): Document.Parsed | undefined {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    strict: true,
    stringKeys: true,
    // It compares each key with all before it: minutes for a megabyte of keys. map() below looks once.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  Object.assign(composer, { onError: refuse });
  const [document, ...more] = composer.compose(faultless(text));
  if (document === undefined || more.length > 0) return undefined;
  return document.errors.length > 0 || document.warnings.length > 0 ? undefined : document;
}

function* faultless(text: string): Generator<CST.Token> {
  for (const token of new Parser().parse(text)) {
    if (token.type === "error") refuse();
    yield token;
  }
}

function refuse(): never {
  throw new SyntaxError("not YAML of one reading");
}

/** A null that nobody wrote: a file that was cut to nothing says nothing. */
function isEmpty(contents: ParsedNode | null): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === "");
}

/**
 * Seconds of work for what is refused afterwards: brackets that nobody closes, and lists in lists on one line. Brackets
 * inside texts count as well, so that the bound is far above the nesting that is taken.
 */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === "[" || bracket === "{" ? 1 : -1));
    if (depth > 1000) return true;
  }
  return /(?:[-?:][ \t]+){100}/.test(text);
}

function valueIn(node: unknown, depth: number): Value | undefined {
  if (node === null) return null;
  if (depth > MAX_VALUE_DEPTH || isAlias(node) || isMarked(node)) return undefined;
  if (isScalar(node)) return scalar(node.value, node.source);
  if (isSeq(node)) return list(node.items, depth);
  return isMap(node) ? map(node.items, depth) : undefined;
}

function isMarked(node: unknown): boolean {
  const { tag, anchor } = node as { readonly tag?: unknown; readonly anchor?: unknown };
  return tag !== undefined || anchor !== undefined;
}

function list(items: readonly unknown[], depth: number): Value | undefined {
  const values: Value[] = [];
  for (const item of items) {
    const value = valueIn(item, depth + 1);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function map(items: readonly unknown[], depth: number): Value | undefined {
  const values = new Map<string, Value>();
  for (const item of items) {
    if (!isPair(item) || !isScalar(item.key) || isMarked(item.key)) return undefined;
    const key = item.key.value;
    const value = valueIn(item.value, depth + 1);
    if (typeof key !== "string" || !key.isWellFormed() || values.has(key) || value === undefined)
      return undefined;
    values.set(key, value);
  }
  return values;
}

function scalar(value: unknown, source: string | undefined): Value | undefined {
  if (value === null || typeof value === "boolean") return value;
  // An escape can name half a character.
  if (typeof value === "string") return value.isWellFormed() ? value : undefined;
  return typeof value === "number" && source !== undefined ? number(source) : undefined;
}

/** YAML writes some numbers as JSON does not: +1, .5, 1., 007, 0x1F, 0o17. */
function number(source: string): Value | undefined {
  if (/^0(?:x[0-9a-fA-F]+|o[0-7]+)$/.test(source)) return decimalOf(BigInt(source).toString());
  const match = /^([-+]?)([0-9]*)(?:\.([0-9]*))?([eE][-+]?[0-9]+)?$/.exec(source);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", power = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = whole.replace(/^0+(?=[0-9])/, "") || "0";
  return decimalOf(`${sign === "-" ? "-" : ""}${digits}${fraction === "" ? "" : `.${fraction}`}${power}`);
}
