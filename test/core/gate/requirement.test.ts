// D24: requirement trees; the truth tables are in test/vectors/gate/trees.jsonl, the oracle is next door.
import { describe, expect, test } from "vitest";
import type { Logic } from "../../../src/core/gate/condition.ts";
import type { TriState } from "../../../src/core/gate/decision.ts";
import {
  blamed,
  leavesOf,
  MAX_TREE_DEPTH,
  type Requirement,
  treeDepth,
  treeState,
} from "../../../src/core/gate/requirement.ts";

const LETTERS: Readonly<Record<string, TriState>> = { T: "true", F: "false", U: "unknown" };
const stateOf = (id: string): TriState => LETTERS[id.slice(0, 1)] ?? "unknown";

test.each<[string, Requirement, string, string]>([
  ["And(F,U)", { all: ["F", "U"] }, "false", "unknown"],
  ["Or(T,U)", { any: ["T", "U"] }, "true", "unknown"],
  ["And(T,T)", { all: ["T", "T2"] }, "true", "true"],
  ["Or(F,F)", { any: ["F", "F2"] }, "false", "false"],
  ["Not(U)", { not: "U" }, "unknown", "unknown"],
  ["Group2(T,T,U)", { at_least: 2, of: ["T", "T2", "U"] }, "true", "true"],
  ["Group2(T,U,U)", { at_least: 2, of: ["T", "U", "U2"] }, "unknown", "unknown"],
  ["Group2(T,F,F)", { at_least: 2, of: ["T", "F", "F2"] }, "false", "false"],
  ["Group2(F,F,F)", { at_least: 2, of: ["F", "F2", "F3"] }, "false", "false"],
])("%s", (_, tree, kleene, bochvar) => {
  expect(treeState(tree, stateOf, "kleene")).toBe(kleene);
  expect(treeState(tree, stateOf, "bochvar")).toBe(bochvar);
});

test("a logic that there is not is as strict as bochvar", () => {
  expect(treeState({ any: ["T", "U"] }, stateOf, "Kleene" as Logic)).toBe("unknown");
});

describe("never a yes from nothing", () => {
  const shapes: readonly unknown[] = [
    { all: [] },
    { any: [] },
    { at_least: 0, of: [] },
    { at_least: 0, of: ["T"] },
    { at_least: -1, of: ["T"] },
    { at_least: 2, of: ["T"] },
    { at_least: Number.NaN, of: ["T"] },
    { at_least: Number.POSITIVE_INFINITY, of: ["T"] },
    { at_least: "1", of: ["T"] },
  ];
  test.each(shapes.map((shape) => [JSON.stringify(shape), shape as Requirement]))("%s", (_, shape) => {
    const around: readonly Requirement[] = [
      shape,
      { not: shape },
      { any: ["T", shape] },
      { any: [shape, "T"] },
      { all: ["F", shape] },
      { not: { all: ["F", shape] } },
      { at_least: 1, of: ["T", shape] },
    ];
    for (const tree of around) {
      expect(treeState(tree, stateOf, "kleene")).toBe("unknown");
      expect(treeState(tree, stateOf, "bochvar")).toBe("unknown");
      expect(blamed(tree, stateOf)).toBeUndefined();
    }
  });

  test.each(["TRUE", "", true, 1, undefined, null, {}])(
    "a state %j that is none is unknown, and so is its negation",
    (state) => {
      const odd = (): TriState => state as TriState;
      expect(treeState("x", odd, "kleene")).toBe("unknown");
      expect(treeState({ not: "x" }, odd, "kleene")).toBe("unknown");
    },
  );
});

describe("depth", () => {
  const nested = (levels: number, tree: Requirement): Requirement => {
    let outer = tree;
    for (let level = 0; level < levels; level += 1) outer = { not: outer };
    return outer;
  };

  test("32 levels count, with 33 nothing around them does", () => {
    expect(MAX_TREE_DEPTH).toBe(32);
    expect(treeState(nested(32, "T"), stateOf, "kleene")).toBe("true");
    for (const levels of [33, 34, 35]) {
      expect(treeState(nested(levels, "T"), stateOf, "kleene")).toBe("unknown");
      expect(treeState({ any: ["T", nested(levels, "T")] }, stateOf, "kleene")).toBe("unknown");
      expect(treeState({ all: ["F", nested(levels, "T")] }, stateOf, "kleene")).toBe("unknown");
      expect(blamed(nested(levels, "F"), stateOf)).toBeUndefined();
    }
  });

  test("is counted at the deepest leaf, of trees of any depth", () => {
    expect(treeDepth("T")).toBe(0);
    expect(treeDepth({ all: ["T", { any: ["T", { not: "T" }] }, "T"] })).toBe(3);
    expect(treeDepth(nested(1_000_000, "T"))).toBe(1_000_000);
    expect(treeState(nested(1_000_000, "T"), stateOf, "kleene")).toBe("unknown");
    expect(leavesOf(nested(1_000_000, "T"))).toEqual(["T"]);
  });
});

test("leaves stand in their order, as often as they are written", () => {
  const tree: Requirement = { all: ["a", { any: ["b", { at_least: 1, of: ["c", "a"] }] }, { not: "d" }] };
  expect(leavesOf(tree)).toEqual(["a", "b", "c", "a", "d"]);
  expect(leavesOf("a")).toEqual(["a"]);
  expect(leavesOf({ all: [] })).toEqual([]);
});

test("every leaf is asked, also behind one that decides", () => {
  const asked: string[] = [];
  const ask = (id: string): TriState => {
    asked.push(id);
    return stateOf(id);
  };
  treeState({ all: ["F", "T", { any: ["T2", "U"] }, { at_least: 1, of: ["T3", "F2"] }] }, ask, "kleene");
  expect(asked).toEqual(["F", "T", "T2", "U", "T3", "F2"]);
});

describe("to blame is", () => {
  test.each<[string, Requirement, Logic, string | undefined]>([
    ["nobody for a yes", { any: ["F", "T"] }, "kleene", undefined],
    ["the leaf", "F", "kleene", "F"],
    ["the first of all that fails", { all: ["T", "U", "F"] }, "kleene", "U"],
    ["the first of any", { any: ["F", "U"] }, "kleene", "F"],
    ["under not, what is true", { not: { any: ["F", "T", "U"] } }, "kleene", "T"],
    ["under not, what is not known to be false", { not: { any: ["F", "U"] } }, "kleene", "U"],
    ["under two, again what fails", { not: { not: { all: ["T", "F"] } } }, "kleene", "F"],
    ["not a branch that holds", { all: [{ any: ["F", "T"] }, "F2"] }, "kleene", "F2"],
    ["the unknown, where any unknown decides", { any: ["F", "T", "U"] }, "bochvar", "U"],
    ["of at_least the first that fails", { at_least: 2, of: ["T", "F", "F2"] }, "kleene", "F"],
  ])("%s", (_, tree, logic, leaf) => {
    expect(blamed(tree, stateOf, logic)).toBe(leaf);
  });
});
