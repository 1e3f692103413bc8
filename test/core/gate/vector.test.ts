// What a line of a vector file may not say: a misspelt vector must never count as one that passed.
import { expect, test } from "vitest";
import { vectorSchema } from "../../../src/core/gate/vector.ts";

const line = { id: "a", kind: "compare", comparator: "equals", value: "1", expected: "1", state: "true" };
const tree = {
  id: "a",
  kind: "tree",
  logic: "kleene",
  require: "x",
  states: {},
  state: "unknown",
  blamed: "x",
};
const condition = {
  id: "a",
  kind: "condition",
  condition: { comparator: "exists" },
  state: "true",
  reason: null,
};

test.each<[string, object]>([
  ["compare", line],
  ["tree", tree],
  ["condition", condition],
  ["value", { id: "a", kind: "value", text: "1", canonical: "1" }],
  [
    "decision",
    {
      id: "a",
      kind: "decision",
      requires: [],
      established: [],
      allowed: false,
      reason: "gate_empty",
      where: null,
    },
  ],
])("%s is read", (_, vector) => {
  expect(vectorSchema.safeParse(vector).success).toBe(true);
});

test.each<[string, unknown]>([
  ["null", null],
  ["a text", "a"],
  ["no kind", { ...line, kind: undefined }],
  ["another kind", { ...line, kind: "compares" }],
  ["a word too many", { ...line, expectd: "1" }],
  ["a comparator that there is not", { ...line, comparator: "matches" }],
  ["a value that is no JSON", { ...line, value: "01" }],
  ["a number instead of its text", { ...line, value: 1 }],
  ["a state that is none", { ...line, state: "TRUE" }],
  ["a byte too large", { ...line, value: undefined, bytes: [256] }],
  ["no id", { ...line, id: "" }],
  ["a tree of something else", { ...tree, require: { none: [] } }],
  ["a node of two kinds", { ...tree, require: { all: ["x"], any: ["x"] } }],
  ["a logic that there is not", { ...tree, logic: "Kleene" }],
  ["nobody said who is to blame", { ...tree, blamed: undefined }],
  ["a lane that there is not", { ...condition, evidence: { lane: "trusted" } }],
  ["a provider that there is not", { ...condition, condition: { comparator: "exists", provider: "files" } }],
  ["an anchor rule for nobody", { ...condition, trust: { anchors: { files: { type: "a", fields: [] } } } }],
  ["evidence with a word too many", { ...condition, evidence: { lanes: "verified" } }],
  ["no reason said", { ...condition, reason: undefined }],
])("%s is refused", (_, vector) => {
  expect(vectorSchema.safeParse(vector).success).toBe(false);
});
