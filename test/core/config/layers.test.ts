// What a file says over its preset: conditions by id, gates whole, and everything else key by key.
import { describe, expect, test } from "vitest";
import { laidOver } from "../../../src/core/config/layers.ts";
import { condition, verdict } from "../../support/policies.ts";
import { loaded } from "../../support/presets.ts";

const hour = 'provider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18';

describe("conditions", () => {
  test("one of the same id replaces the preset's in its place; others are added, and the rest stays", () => {
    const { config, origins } = loaded("default", condition(hour, "tree_checked") + condition(hour, "early"));
    expect(config.conditions.map(({ id, provider }) => `${id} ${provider}`)).toEqual([
      "checks_passed checks",
      "tree_checked time",
      "early time",
    ]);
    // Replaced whole: nothing of the preset's entry is left in it.
    expect(config.conditions[1]).not.toHaveProperty("min_lane");
    expect(config.conditions[1]).not.toHaveProperty("about");
    expect([
      origins.get("conditions.checks_passed"),
      origins.get("conditions.tree_checked"),
      origins.get("conditions.early"),
    ]).toEqual(["preset", "file", "file"]);
  });

  test("two of one id in the file both stay, to be told", () => {
    const table = laidOver(
      { conditions: [{ id: "a" }] },
      { conditions: [{ id: "a", n: 1 }, { id: "a", n: 2 }, { id: 7 }, 3] },
    );
    expect(table).toEqual({ conditions: [{ id: "a", n: 1 }, { id: "a", n: 2 }, { id: 7 }, 3] });
  });
});

describe("gates", () => {
  test("one of the file replaces the preset's whole, its lane too, and the others stay", () => {
    const { config, origins } = loaded("default", verdict('{ any = ["checks_passed", "tree_checked"] }'));
    expect(config.gates.verdict).toEqual({ require: { any: ["checks_passed", "tree_checked"] } });
    expect(config.gates.landing).toEqual({ require: "tree_checked", min_lane: "verified" });
    expect([origins.get("gates.verdict"), origins.get("gates.landing"), origins.get("gates")]).toEqual([
      "file",
      "preset",
      "file",
    ]);
  });

  test("trees are never mixed", () => {
    const base = { gates: { verdict: { require: { all: ["a"] }, min_lane: "verified" } } };
    const over = { gates: { verdict: { require: { any: ["b"] } } } };
    expect(laidOver(base, over)).toEqual(over);
  });
});

test("everything else key by key; what has the wrong form is left for the schema to refuse", () => {
  expect(laidOver({ a: { b: 1, c: [1] } }, { a: { c: [2] } })).toEqual({ a: { b: 1, c: [2] } });
  expect(laidOver({ gates: { a: 1 }, conditions: [1] }, { gates: 2, conditions: "x" })).toEqual({
    gates: 2,
    conditions: "x",
  });
});
