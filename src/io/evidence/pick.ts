// One value out of a document: the same for files and for answers of servers.
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Anchor, Evidence } from "../../core/gate/evidence.ts";
import { parseValue, type Value } from "../../core/gate/value.ts";
import { QueryError } from "../../core/jsonpath/cursor.ts";
import { parseQuery } from "../../core/jsonpath/parse.ts";
import type { Query } from "../../core/jsonpath/query.ts";
import { MAX_STEPS, select } from "../../core/jsonpath/select.ts";
import { WorkError } from "../../core/jsonpath/walk.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { answered, failed } from "./answers.ts";
import { rendersWithin } from "./size.ts";

/** Longest canonical text of what is selected, in bytes, however long the documents may be. */
const MAX_SELECTED = 1_048_576;

/** Undefined: not UTF-8, or not strict JSON. */
export function jsonOf(bytes: Uint8Array): Value | undefined {
  const text = fromUtf8(bytes);
  return text === undefined ? undefined : parseValue(text);
}

/**
 * What the condition's `jsonpath` selects in `document`: one match is the value itself, several are an array of them.
 * Without `jsonpath` it is the document. What is selected may be as long as `maxBytes` allows the document to be, and at
 * most 1,048,576 bytes: matches that lie in each other, and numbers that are written out, grow. Errors:
 * `<provider>_path_invalid`, `_path_costly`, `_no_match`, `_too_large`.
 */
export function pick(spec: ConditionSpec, document: Value, anchor: Anchor, maxBytes: number): Evidence {
  const { provider } = spec;
  const path = spec.params["jsonpath"];
  if (path === undefined) return bounded(spec, document, anchor, maxBytes);
  if (typeof path !== "string") throw new TypeError("jsonpath is a text");
  try {
    const found = select(queryOf(path), document, MAX_STEPS);
    const [first] = found;
    if (first === undefined) return failed(spec, `${provider}_no_match`, "nothing matches the jsonpath");
    return bounded(spec, found.length === 1 ? first : found, anchor, maxBytes);
  } catch (error) {
    if (error instanceof QueryError)
      return failed(spec, `${provider}_path_invalid`, `the jsonpath is none: ${error.message}`);
    if (error instanceof WorkError) return failed(spec, `${provider}_path_costly`, error.message);
    throw error;
  }
}

function bounded(spec: ConditionSpec, value: Value, anchor: Anchor, maxBytes: number): Evidence {
  const limit = Math.min(maxBytes, MAX_SELECTED);
  return rendersWithin(value, limit)
    ? answered(spec, value, anchor)
    : failed(spec, `${spec.provider}_too_large`, `what is selected is longer than ${limit} bytes`);
}

/** Queries come from the policy, so there are as many as it has conditions; a new policy brings new ones. */
const parsed = new Map<string, Query>();
const MAX_PARSED = 1000;

function queryOf(path: string): Query {
  let query = parsed.get(path);
  if (query === undefined) {
    query = parseQuery(path);
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(path, query);
  }
  return query;
}
