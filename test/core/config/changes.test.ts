// Changes of conditions and gates: one line each, readable, and stricter only where the form of the trees proves it.
import { describe, expect, test } from "vitest";
import { changes } from "../../../src/core/config/changes.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import type { GateEntry } from "../../../src/core/config/schema-gates.ts";
import { gateWay } from "../../../src/core/config/strictness-gates.ts";
import { condition, verdict } from "../../support/policies.ts";
import { token } from "../../support/config-faults.ts";
import { loaded, presetValues } from "../../support/presets.ts";

const base = presetValues("quickstart");
const seen = (after: Config, before = base): readonly unknown[] =>
  changes(before, after).map((change) => [change.key, change.before, change.after, change.direction]);

const signed = condition(
  'provider = "git"\nquery = { check = "touches", globs = ["a b/**"] }\ncomparator = "equals"\nexpected = false\nmin_lane = "verified"\nabout = "x"',
);

describe("conditions", () => {
  const shown = 'git touches(globs = ["a b/**"]) equals false, min_lane verified';

  test("one that came, and one that went", () => {
    const { config } = loaded("quickstart", signed);
    expect(seen(config)).toEqual([["conditions.c", undefined, shown, "other"]]);
    expect(seen(base, config)).toEqual([["conditions.c", shown, undefined, "other"]]);
  });

  test("one that asks something else, and one that is only said otherwise", () => {
    const { config } = loaded("quickstart", signed);
    const [structure, c] = config.conditions;
    const next = (entry: object): Config => ({ ...config, conditions: [structure!, { ...c!, ...entry }] });
    expect(seen(next({ expected: true }), config)).toEqual([
      ["conditions.c", shown, shown.replace("false", "true"), "other"],
    ]);
    expect(seen(next({ about: "y" }), config)).toMatchObject([
      ["conditions.c", { about: "x" }, { about: "y" }, "other"],
    ]);
    expect(seen({ ...config, conditions: config.conditions.toReversed() }, config)).toEqual([]);
  });

  test("JSON is shown as it is written", () => {
    const number = condition(
      'provider = "caller"\nquery = { check = "claim", name = "x" }\ntype = "number"\ncomparator = "less_than"\nexpected_json = "0.10"',
    );
    expect(seen(loaded("quickstart", number).config)).toEqual([
      ["conditions.c", undefined, 'caller claim(name = "x") less_than 0.10', "other"],
    ]);
  });
});

test("gates: each by itself, as a tree in one line", () => {
  const { config } = loaded(
    "quickstart",
    `${signed}${verdict('{ all = ["structure", { at_least = 1, of = ["c"] }] }')}min_lane = "verified"\n[gates.propose-patch]\nrequire = "c2"\n${condition('provider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18', "c2")}`,
  );
  expect(seen(config).slice(2)).toEqual([
    ["gates.propose-patch", undefined, '"c2"', "stricter"],
    [
      "gates.verdict",
      '"structure"',
      '{ all = ["structure", { at_least = 1, of = ["c"] }] }, min_lane verified',
      "stricter",
    ],
  ]);
  expect(
    seen(base, config)
      .slice(2)
      .map((change) => (change as unknown[]).at(-1)),
  ).toEqual(["weaker", "weaker"]);
});

describe("which gate is the stricter one", () => {
  const ab: GateEntry = { require: { all: ["a", "b"] } };
  test.each<[string, GateEntry | undefined, GateEntry | undefined, string]>([
    ["none and none", undefined, undefined, "same"],
    ["one that came", undefined, ab, "stricter"],
    ["one that went", ab, undefined, "weaker"],
    ["the same", ab, structuredClone(ab), "same"],
    ["more of it", { require: "a" }, ab, "stricter"],
    [
      "more of it, in groups",
      { require: { all: ["a"] } },
      { require: { all: ["b", { all: ["c", "a"] }] } },
      "stricter",
    ],
    ["less of it", ab, { require: "b" }, "weaker"],
    ["another", { require: "a" }, { require: "b" }, "other"],
    ["a choice instead", ab, { require: { any: ["a", "b"] } }, "other"],
    ["another order", ab, { require: { all: ["b", "a"] } }, "other"],
    ["a choice beside it", ab, { require: { all: ["a", "b", { any: ["c", "d"] }] } }, "stricter"],
    ["a higher lane", ab, { ...ab, min_lane: "verified" }, "stricter"],
    ["a lower lane", { ...ab, min_lane: "verified" }, { ...ab, min_lane: "asserted" }, "weaker"],
    ["a lane that says nothing", ab, { ...ab, min_lane: "asserted" }, "other"],
    ["more of it under a lower lane", { require: "a", min_lane: "verified" }, ab, "other"],
  ])("%s", (_, before, after, way) => {
    expect(gateWay(before, after)).toBe(way);
  });
});

test("a secret is covered", () => {
  const entry = `[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = ["${token}"]`;
  expect(JSON.stringify(changes(base, loaded("quickstart", entry).config))).not.toContain(token);
});
