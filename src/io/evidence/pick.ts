// One value out of a document: the same for files and for answers of servers.
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Anchor, Evidence } from "../../core/gate/evidence.ts";
import { parseValue, type Value } from "../../core/gate/value.ts";
import { QueryError } from "../../core/jsonpath/cursor.ts";
import { parseQuery } from "../../core/jsonpath/parse.ts";
import type { Query } from "../../core/jsonpath/query.ts";
import { select } from "../../core/jsonpath/select.ts";
import { WorkError } from "../../core/jsonpath/walk.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { answered, failed } from "./answers.ts";

/** Steps of one query: some tenths of a second, in which nothing else of the process runs. */
const MAX_STEPS = 2_000_000;

/** Undefined: not UTF-8, or not strict JSON. */
export function jsonOf(bytes: Uint8Array): Value | undefined {
  const text = fromUtf8(bytes);
  return text === undefined ? undefined : parseValue(text);
}

/**
 * What the condition's `jsonpath` selects in `document`: one match is the value itself, several are an array of them.
 * Without `jsonpath` it is the document. Errors: `<provider>_path_invalid`, `_path_costly`, `_no_match`.
 */
export function pick(spec: ConditionSpec, document: Value, anchor: Anchor): Evidence {
  const { provider } = spec;
  const path = spec.params["jsonpath"];
  if (path === undefined) return answered(spec, document, anchor);
  if (typeof path !== "string") throw new TypeError("jsonpath is a text");
  try {
    const found = select(queryOf(path), document, MAX_STEPS);
    const [first] = found;
    if (first === undefined) return failed(spec, `${provider}_no_match`, "nothing matches the jsonpath");
    return answered(spec, found.length === 1 ? first : found, anchor);
  } catch (error) {
    if (error instanceof QueryError)
      return failed(spec, `${provider}_path_invalid`, `the jsonpath is none: ${error.message}`);
    if (error instanceof WorkError) return failed(spec, `${provider}_path_costly`, error.message);
    throw error;
  }
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
