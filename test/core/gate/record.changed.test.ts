// D31: whatever is changed in a record, its tree, its conditions or its state, it does not hold together any more.
import { describe, expect, test } from "vitest";
import { type ConditionRecord, type DecisionRecord, recordFault } from "../../../src/core/gate/record.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { treeText } from "../../../src/core/gate/tree.ts";
import { dsse, spec as signedSpec } from "../../support/evidence.ts";
import { asks, claimed, gate, no, record, yes } from "../../support/records.ts";

describe("a record that was changed does not hold", () => {
  const policy = gate({ all: ["a", { any: ["b", "s"] }] }, [asks("a"), asks("b"), signedSpec({ id: "s" })]);
  const made = record(policy, { a: yes, b: no, s: { lane: "verified", value: true, proof: dsse() } });
  const held = record(gate({ all: ["a", "c"] }, [asks("a"), claimed("c")]), {
    a: yes,
    c: { lane: "asserted", value: true },
  });
  const edit = (at: number, over: Partial<ConditionRecord>, of = made): DecisionRecord => ({
    ...of,
    conditions: of.conditions.map((condition, index) =>
      index === at ? { ...condition, ...over } : condition,
    ),
  });

  test("unchanged it does", () => {
    expect([recordFault(made), recordFault(held)]).toEqual([undefined, undefined]);
    expect([made.state, held.state]).toEqual(["true", "unknown"]);
  });

  const deep = (levels: number): Requirement => {
    let tree: Requirement = "a";
    for (let level = 0; level < levels; level += 1) tree = { not: tree };
    return tree;
  };
  const only = (require: string): DecisionRecord => ({
    ...made,
    require,
    conditions: made.conditions.slice(0, 1),
  });

  test.each<[string, DecisionRecord, string]>([
    ["the gate's state", { ...made, state: "false" }, "its conditions make it true, but it says false"],
    ["an unknown gate called true", { ...held, state: "true" }, "its conditions make it unknown"],
    ["a condition's state", edit(0, { state: "false", reason: "condition_false" }), "make it false"],
    ["a state without its reason", edit(0, { state: "unknown" }), "is unknown and has no reason"],
    ["true, with a reason", edit(0, { reason: "trust_lane" }), "is true and has a reason"],
    ["true, with a detail", edit(0, { detail: "json_failed" }), "is true and has a reason"],
    ["a reason of no catalogue", edit(1, { reason: "because" }), "not in the catalogue"],
    ["a reason of another catalogue", edit(1, { reason: "internal" }), "not in the catalogue"],
    ["false for another reason", edit(1, { reason: "evidence_missing" }), "is false for another reason"],
    ["unknown for being false", edit(1, { state: "unknown" }), "is unknown for another reason"],
    [
      "a claim called verified",
      edit(1, { state: "true", lane: "verified", reason: null }, held),
      "such evidence is not verified",
    ],
    ["fetched evidence called asserted", edit(0, { lane: "asserted" }), "such evidence is not asserted"],
    [
      "a claim that was enough",
      edit(1, { state: "true", reason: null }, held),
      "in lane asserted does not lead",
    ],
    [
      "a lane that was too low and is not",
      edit(1, { reason: "trust_lane", state: "unknown", digest: null, value: null }),
      "in lane verified does not lead",
    ],
    [
      "a lower demand without dev.permissive",
      edit(1, { state: "true", reason: null, min_lane: "asserted" }, held),
      "asked for less than the gate's lane",
    ],
    ["decided on nothing", edit(0, { lane: null }), "without a lane"],
    ["a signature by nobody", edit(2, { keyid: null }), "no key signed"],
    ["a value without digest", edit(0, { value: "true", digest: null }), "without its digest"],
    [
      "an error with a value",
      edit(1, { state: "unknown", reason: "provider_error" }),
      "was not compared and has a value",
    ],
    [
      "a lane that was too low, with a value",
      edit(1, { reason: "trust_lane", state: "unknown" }),
      "was not compared and has a value",
    ],
    ["another provider's check", edit(0, { check: "statement" }), "has no check statement"],
    ["a check of every object", edit(0, { check: "toString" }), "has no check toString"],
    ["a provider that the gate cannot ask", { ...made, gate: "read-file" }, "cannot ask the provider signed"],
    [
      "a condition more",
      { ...made, conditions: [...made.conditions, { ...made.conditions[0]!, id: "x" }] },
      "the tree does not name it",
    ],
    ["a condition less", { ...made, conditions: made.conditions.slice(1) }, "names the condition a"],
    [
      "a condition twice",
      { ...made, conditions: [...made.conditions, made.conditions[0]!] },
      "recorded twice",
    ],
    [
      "another tree",
      { ...made, require: treeText({ not: { all: ["a", { any: ["b", "s"] }] } }) },
      "make it false",
    ],
    [
      "a tree with a space",
      { ...made, require: made.require.replace(":", ": ") },
      "not one that a policy may hold",
    ],
    ["a tree in another order of keys", only('{"of":["a"],"at_least":1}'), "not one that a policy may hold"],
    ["no tree", { ...made, require: "" }, "not one that a policy may hold"],
    ["an empty group", only('{"all":[]}'), "not one that a policy may hold"],
    ["a member twice", only('{"at_least":2,"of":["a","a"]}'), "not one that a policy may hold"],
    ["at least none", only('{"at_least":0,"of":["a"]}'), "not one that a policy may hold"],
    ["more than there are", only('{"at_least":2,"of":["a"]}'), "not one that a policy may hold"],
    ["33 levels", only(treeText(deep(33))), "deeper than 32 levels"],
    [
      "a tree nested beyond reading",
      only(`${'{"not":'.repeat(5000)}"a"${"}".repeat(5000)}`),
      "not one that a policy may hold",
    ],
  ])("%s", (_, changed, words) => {
    expect(recordFault(changed)).toContain(words);
  });

  test("32 levels are still read", () => {
    expect(recordFault(only(treeText(deep(32))))).toBe(undefined);
  });

  test("another logic, where it matters", () => {
    const any = record(gate({ any: ["a", "b"] }, [asks("a"), asks("b")]), { a: yes });
    expect([any.state, recordFault(any)]).toEqual(["true", undefined]);
    expect(recordFault({ ...any, logic: "bochvar" })).toContain("make it unknown");
  });
});
