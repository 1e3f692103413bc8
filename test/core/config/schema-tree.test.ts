// D24: trees as they are written: what is no tree, and trees that are always or never met, each with its place.
import { describe, expect, test } from "vitest";
import { requirementJsonSchema, requirementSchema } from "../../../src/core/config/schema-tree.ts";
import { MAX_TREE_DEPTH, type Requirement, treeDepth } from "../../../src/core/gate/requirement.ts";
import { said, verdict } from "../../support/policies.ts";

const faults = (raw: unknown): readonly string[] => {
  const read = requirementSchema.safeParse(raw);
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

const nested = (levels: number): Requirement => {
  let tree: Requirement = "a";
  for (let level = 0; level < levels; level++) tree = level % 2 === 0 ? { not: tree } : { any: [tree, "b"] };
  return tree;
};

describe("no tree", () => {
  test.each<[string, unknown, string]>([
    ["nothing", undefined, ": must be a condition's id"],
    ["a number", 1, ": must be a condition's id"],
    ["a list", ["a"], ": must be a condition's id"],
    ["a date", new Date(0), ": must be a condition's id"],
    ["an empty table", {}, ": must be a condition's id"],
    ["an unknown word", { every: ["a"] }, ": must be a condition's id"],
    ["two words", { all: ["a"], any: ["b"] }, ": must be a condition's id"],
    ["a word beside one", { all: ["a"], at_least: 1 }, ": must be a condition's id"],
    ["half a count", { at_least: 1 }, ": must be a condition's id"],
    ["the prototype", JSON.parse('{"__proto__":["a"]}'), ": must be a condition's id"],
    ["a name that is none", "Tests", ": is no condition's id: must be 1 to 40"],
    ["a group of one word", { all: "a" }, "all: must be a list"],
    [
      "a member that is none, deep inside",
      { all: ["a", { any: ["b", { not: 3 }] }] },
      "all.1.any.1.not: must be a condition's id",
    ],
  ])("%s", (_, raw, fault) => {
    expect(faults(raw)).toEqual([expect.stringContaining(fault)]);
  });
});

describe("always or never met", () => {
  test.each<[string, unknown, string]>([
    ["all of nothing", { all: [] }, "all: is empty"],
    ["any of nothing", { any: [] }, "any: is empty"],
    ["some of nothing", { at_least: 1, of: [] }, "of: is empty"],
    ["nothing, deep inside", { not: { all: ["a", { any: [] }] } }, "not.all.1.any: is empty"],
    ["none of them", { at_least: 0, of: ["a", "b"] }, "at_least: must be an integer of 1 or more"],
    ["fewer than none", { at_least: -1, of: ["a", "b"] }, "at_least: must be an integer of 1 or more"],
    ["half of one", { at_least: 0.5, of: ["a", "b"] }, "at_least: must be an integer of 1 or more"],
    ["no number of them", { at_least: "2", of: ["a", "b"] }, "at_least: must be an integer of 1 or more"],
    ["more than there are", { at_least: 3, of: ["a", "b"] }, "at_least: is more than the 2 of the group"],
  ])("%s", (_, raw, fault) => {
    expect(faults(raw)).toEqual([expect.stringContaining(fault)]);
  });
});

describe("a member twice would count twice", () => {
  test.each<[string, unknown, string]>([
    ["a leaf", { all: ["a", "b", "a"] }, "all.2"],
    ["a leaf and itself in a group", { at_least: 2, of: ["a", "b", { all: ["a"] }] }, "of.2"],
    ["in any", { any: ["a", { any: ["a"] }] }, "any.1"],
    ["denied twice", { any: ["a", { not: { not: "a" } }] }, "any.1"],
    ["a group", { at_least: 2, of: [{ all: ["a", "b"] }, "c", { all: ["a", "b"] }] }, "of.2"],
    ["a group in another order", { at_least: 2, of: [{ all: ["a", "b"] }, { all: ["b", "a"] }] }, "of.1"],
    [
      "one of them, in two words",
      { at_least: 2, of: [{ any: ["a", "b"] }, { at_least: 1, of: ["b", "a"] }] },
      "of.1",
    ],
    ["all of them, in two words", { any: [{ all: ["a", "b"] }, { at_least: 2, of: ["a", "b"] }] }, "any.1"],
    ["deep inside", { not: { any: ["c", { all: ["a", "a"] }] } }, "not.any.1.all.1"],
  ])("%s", (_, raw, place) => {
    expect(faults(raw)).toEqual([
      expect.stringMatching(new RegExp(`^${place}: says the same as member \\d: `)),
    ]);
  });

  test("but it may stand in two groups", () => {
    expect(faults({ any: [{ all: ["a", "b"] }, { all: ["a", "c"] }] })).toEqual([]);
    expect(faults({ all: ["a", { not: "a" }] })).toEqual([]);
  });
});

describe("depth", () => {
  test("32 levels may be, 33 may not, whatever is at the bottom", () => {
    expect(treeDepth(nested(MAX_TREE_DEPTH))).toBe(32);
    expect(faults(nested(MAX_TREE_DEPTH))).toEqual([]);
    expect(faults(nested(MAX_TREE_DEPTH + 1))).toEqual([
      expect.stringMatching(/: is deeper than 32 levels$/),
    ]);
    expect(said(verdict(`${"{ not = ".repeat(33)}"structure"${" }".repeat(33)}`))).toEqual([
      `gates.verdict.require${".not".repeat(33)}: is deeper than 32 levels`,
    ]);
  });

  test("a very deep one ends, and so does a very wide one", () => {
    let deep: unknown = "a";
    for (let level = 0; level < 100_000; level++) deep = { not: deep };
    expect(faults(deep)).toHaveLength(1);
    expect(faults({ all: Array.from({ length: 100_000 }, () => 1) })).toHaveLength(20);
    expect(faults({ all: Array.from({ length: 100_000 }, () => "a") })).toHaveLength(1);
  });
});

test("what is read is what was written", () => {
  const tree = { all: ["a", { any: ["b", { not: "c" }] }, { at_least: 2, of: ["d", "e", "f"] }] };
  expect(requirementSchema.parse(tree)).toEqual(tree);
  expect(requirementSchema.parse("a")).toBe("a");
});

test("editors are told the same forms", () => {
  const keys = requirementJsonSchema.anyOf.map((form) =>
    Object.keys((form as { properties?: object }).properties ?? {}),
  );
  expect(keys).toEqual([[], ["all"], ["any"], ["not"], ["at_least", "of"]]);
});
