// Words of gates, dispatch and feedback: closed lists, readable faults, and no crash on what is deep or large.
import { describe, expect, test } from "vitest";
import { gateNames } from "../../../src/core/config/schema-gates.ts";
import { toolNames } from "../../../src/core/identity/scope.ts";
import { claim, condition, said, verdict } from "../../support/policies.ts";
import { faultsOf } from "../../support/presets.ts";

test("a gate for each tool, for verdicts and for landings, and for nothing else", () => {
  expect([...gateNames].toSorted()).toEqual([...toolNames, "verdict", "landing"].toSorted());
  expect(said('[gates.execute]\nrequire = "structure"')).toEqual(["gates.execute: is not a known key"]);
});

describe("refused, under the name of the condition", () => {
  test.each<[string, string, string]>([
    [
      "D21: a provider that there is not",
      condition('provider = "mcp"\nquery = { check = "a" }\ncomparator = "exists"'),
      "conditions.c.provider: ",
    ],
    ["no provider", condition('query = { check = "a" }\ncomparator = "exists"'), "conditions.c.provider: "],
    [
      "no check",
      condition('provider = "time"\nquery = { instant = "x" }\ncomparator = "exists"'),
      'conditions.c.query: needs check = "…"',
    ],
    [
      "an unknown comparator",
      claim('type = "integer"\ncomparator = "is"\nexpected = 1'),
      "conditions.c.comparator: ",
    ],
    ["an unknown type", claim('type = "float"\ncomparator = "exists"'), "conditions.c.type: "],
    [
      "an unknown lane",
      claim('type = "integer"\ncomparator = "exists"\nmin_lane = "trusted"'),
      "conditions.c.min_lane: ",
    ],
    [
      "an unknown key",
      claim('type = "integer"\ncomparator = "exists"\nmin_lain = "verified"'),
      "conditions.c.min_lain: is not a known key",
    ],
    [
      "a fraction",
      claim('type = "number"\ncomparator = "equals"\nexpected = 0.1'),
      "conditions.c.expected: holds a number that TOML does not keep exactly",
    ],
    [
      "a table in a table as a parameter",
      condition(
        'provider = "signed"\nquery = { check = "statement", name = "a", params = { b = { c = 1 } } }\ncomparator = "exists"',
      ),
      "conditions.c.query.params: must be text, an integer, true or false",
    ],
    [
      "a parameter called __proto__",
      condition(
        'provider = "signed"\nquery = { check = "statement", name = "a", params = { "__proto__" = 1 } }\ncomparator = "exists"',
      ),
      "conditions.c.query: holds a key named __proto__",
    ],
  ])("%s", (_, toml, fault) => {
    expect(said(toml)).toEqual([expect.stringContaining(fault)]);
  });

  test("by its place where it has no name", () => {
    expect(
      said('[[conditions]]\nprovider = "time"\nquery = { check = "hour" }\ncomparator = "exists"'),
    ).toEqual([expect.stringMatching(/^conditions\.0\.id: /)]);
  });

  test("a fault deep in a tree by its place, and nothing else is told", () => {
    const tree = '{ all = ["structure", { any = [{ nto = "structure" }] }] }';
    expect(said(verdict(tree))).toEqual([
      expect.stringMatching(/^gates\.verdict\.require\.all\.1\.any\.0: must be a condition's id/),
    ]);
    expect(said("[gates.verdict]\nmin_lane = 'verified'")).toEqual([
      expect.stringMatching(/^gates\.verdict\.require: must be /),
    ]);
  });
});

describe("who learns more, and who may propose", () => {
  test.each([
    ["a role that there is not", '[feedback]\ntrace = ["role:amdin"]', "feedback.trace.0"],
    ["a place that there is not", '[feedback]\nevidence = ["local:tcp"]', "feedback.evidence.0"],
    [
      "a name that is none",
      '[[dispatch.rules]]\neffect = "deny"\nprincipals = ["a b"]',
      "dispatch.rules.0.principals.0",
    ],
    [
      "a role in dispatch",
      '[[dispatch.rules]]\neffect = "deny"\nprincipals = ["role:admin"]',
      "dispatch.rules.0.principals.0",
    ],
    [
      "a type of change that there is not",
      '[[dispatch.rules]]\neffect = "permit"\nchange_types = ["deploy"]',
      "dispatch.rules.0.change_types.0",
    ],
    [
      "a glob that is none",
      '[[dispatch.rules]]\neffect = "permit"\npaths = ["{a"]',
      "dispatch.rules.0.paths.0",
    ],
    [
      "an effect that there is not",
      '[[dispatch.rules]]\neffect = "allow"\npaths = ["a"]',
      "dispatch.rules.0.effect",
    ],
  ])("refused: %s", (_, toml, key) => {
    expect(faultsOf("quickstart", toml).map((fault) => fault.key)).toEqual([key]);
  });

  test.each(['trace = ["local:stdio", "role:reviewer", "alice"]', 'max = "evidence"'])(
    "taken: %s",
    (toml) => {
      expect(faultsOf("quickstart", `[feedback]\n${toml}`)).toEqual([]);
    },
  );
});

describe("hostile files", () => {
  const deep = (levels: number): string => `${"{ not = ".repeat(levels)}"structure"${" }".repeat(levels)}`;

  test.each<[string, string]>([
    ["a tree of 10,000 levels", verdict(deep(10_000))],
    ["lists of 10,000 levels", `x = ${"[".repeat(10_000)}${"]".repeat(10_000)}`],
    ["a header of 10,000 names", `[${Array.from({ length: 10_000 }, () => "a").join(".")}]\nb = 1`],
    ["a key of 100,000 names", `${Array.from({ length: 100_000 }, () => "a").join(".")} = 1`],
    ["gates in a key of 10,000 names", `gates.verdict.require${".not".repeat(10_000)} = "a"`],
    ["a question of 100,000 names", `[[conditions]]\nid = "c"\nquery.${"a.".repeat(100_000)}b = 1`],
    ["50,000 members", verdict(`{ all = [${'"a",'.repeat(50_000)}] }`)],
    ["50,000 numbers for members", verdict(`{ all = [${"1,".repeat(50_000)}] }`)],
    ["5,000 conditions that are none", "[[conditions]]\n".repeat(5000)],
    ["20,000 unknown keys", Array.from({ length: 20_000 }, (_, at) => `k${at} = 1`).join("\n")],
    ["a line of 200,000 spaces in a list", `[publish]\ninclude = [\n["a",${" ".repeat(200_000)}"b"], "c"\n]`],
  ])(
    "%s: refused in few words and little time",
    (_, toml) => {
      const faults = faultsOf("quickstart", toml);
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.length).toBeLessThan(250);
      for (const { message } of faults) expect(message).not.toMatch(/call stack|RangeError/);
    },
    10_000,
  );
});
