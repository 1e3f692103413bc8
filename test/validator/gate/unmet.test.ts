// Which leaves stand in a tree's way, and whether another answer of some of them would open it.
import { describe, expect, test } from "vitest";
import type { Logic } from "../../../src/core/gate/condition.ts";
import type { TriState } from "../../../src/core/gate/decision.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { couldOpen, unmetLeaves } from "../../../src/validator/gate/unmet.ts";

/** Leaves are named after their states: t1 is true, f1 is false, u1 is unknown. */
const stateOf = (id: string): TriState =>
  id.startsWith("t") ? "true" : id.startsWith("f") ? "false" : "unknown";

const deep = (levels: number): Requirement => (levels === 0 ? "t1" : { all: [deep(levels - 1)] });

describe("leaves that stand in the way", () => {
  test.each<readonly [string, Requirement, Logic, readonly string[]]>([
    ["none of a true tree", { all: ["t1", { any: ["t2", "f1"] }] }, "kleene", []],
    ["all that are not true", { all: ["t1", "f1", "u1"] }, "kleene", ["f1 true", "u1 true"]],
    ["every member of an any", { any: ["f1", "u1"] }, "kleene", ["f1 true", "u1 true"]],
    ["one that should be false", { not: "t1" }, "kleene", ["t1 false"]],
    ["one that should be false and is unknown", { not: { any: ["u1", "f1"] } }, "kleene", ["u1 false"]],
    ["one twice negated", { not: { not: "f1" } }, "kleene", ["f1 true"]],
    [
      "all that are missing of at_least",
      { at_least: 2, of: ["t1", "f1", "u1"] },
      "kleene",
      ["f1 true", "u1 true"],
    ],
    ["each once", { all: ["f1", { any: ["f1", "f2"] }] }, "kleene", ["f1 true", "f2 true"]],
    [
      "an unknown beside a true one, where any unknown decides",
      { any: ["t1", "u1"] },
      "bochvar",
      ["u1 true"],
    ],
    ["none of a tree that is too deep", deep(33), "kleene", []],
  ])("%s", (_, tree, logic, expected) => {
    expect(unmetLeaves(tree, stateOf, logic).map(({ id, wanted }) => `${id} ${wanted}`)).toEqual(expected);
  });
});

describe("another answer", () => {
  const mayChange = (id: string): boolean => id.endsWith("9");
  test.each<readonly [string, Requirement, boolean]>([
    ["opens a gate that only waits for it", { all: ["t1", "u9"] }, true],
    ["does not open what something else leaves unknown", { all: ["u9", { not: "u8" }] }, false],
    ["opens it through a not, and beside one", { all: ["u9", { not: "u89" }] }, true],
    ["does not open what something else holds", { all: ["f1", "u9"] }, false],
    ["is one of several ways", { any: ["f1", "u9"] }, true],
    ["does not matter where nothing waits for it", { all: ["t1", "f1"] }, false],
    ["does not matter to an open gate", { all: ["t1", "t9"] }, false],
  ])("%s", (_, tree, expected) => {
    expect(couldOpen(tree, stateOf, "kleene", mayChange)).toBe(expected);
  });
});
