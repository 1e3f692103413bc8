// A JSONPath query as it was parsed. Functions are typed by their place: what RFC 9535 calls ill-typed has no form here.
import type { Expression } from "../base/expression.ts";
import type { Value } from "../gate/value.ts";

export interface Query {
  /** `$` is the document, `@` the node that a filter looks at. */
  readonly from: "$" | "@";
  readonly segments: readonly Segment[];
}

export interface Segment {
  /** `..`: the node itself and everything below it. */
  readonly descendant: boolean;
  readonly selectors: readonly Selector[];
}

export type Selector =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "index"; readonly index: number }
  | {
      readonly kind: "slice";
      readonly start: number | undefined;
      readonly end: number | undefined;
      readonly step: number;
    }
  | { readonly kind: "filter"; readonly test: Test };

export type Test =
  | { readonly kind: "or" | "and"; readonly parts: readonly Test[] }
  | { readonly kind: "not"; readonly test: Test }
  | { readonly kind: "exists"; readonly query: Query }
  | {
      readonly kind: "compare";
      readonly operator: Operator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | { readonly kind: "match" | "search"; readonly text: Operand; readonly pattern: Expression };

export const operators = ["==", "!=", "<=", ">=", "<", ">"] as const;
export type Operator = (typeof operators)[number];

/** One value, or none. `query` is singular; `count` and `value` take any query. */
export type Operand =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "query"; readonly query: Query }
  | { readonly kind: "length"; readonly of: Operand }
  | { readonly kind: "count" | "value"; readonly query: Query };

/** Whether the query can find one node at most. */
export function isSingular({ segments }: Query): boolean {
  return segments.every(({ descendant, selectors: [only, ...more] }) => {
    if (descendant || more.length > 0) return false;
    return only?.kind === "name" || only?.kind === "index";
  });
}
