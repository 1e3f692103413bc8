// Gates out of conditions and trees: what a tree may name, who a gate may ask, and what the gates are in the end.
import { describe, expect, test } from "vitest";
import { gateNames } from "../../../src/core/config/schema-gates.ts";
import { compilePolicy } from "../../../src/core/gate/compile.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { claim, condition, gateOf, said, verdict } from "../../support/policies.ts";
import { loaded, presetValues, publicKeyText } from "../../support/presets.ts";

const passed = (id: string): string =>
  condition('provider = "checks"\nquery = { check = "passed" }\ncomparator = "equals"\nexpected = true', id);
const now = condition(
  'provider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18',
  "early",
);

describe("refused", () => {
  test("a condition that does not exist, and its likeness is named", () => {
    const toml = passed("checks_passed") + verdict('{ all = ["checks-passed", { not = "nobody" }] }');
    expect(said(toml)).toEqual([
      'gates.verdict.require: names the condition "checks-passed", which does not exist',
      'gates.verdict.require: names the condition "nobody", which does not exist',
    ]);
    const result = compilePolicy(
      {
        ...presetValues("quickstart"),
        gates: { ...presetValues("quickstart").gates, verdict: { require: "Structure".toLowerCase() + "_" } },
      },
      new Map(),
    );
    expect(result.faults[0]?.fix).toContain('did you mean "structure"?');
    expect(result.gates.has("verdict")).toBe(false);
    expect(result.gates.has("landing")).toBe(true);
  });

  test("two conditions of one id", () => {
    expect(said(passed("a") + passed("a") + verdict('"a"'))).toEqual([
      "conditions.a.id: is the id of two conditions",
    ]);
  });

  test.each(gateNames.filter((name) => name.includes("-")))("%s cannot ask git, checks or http", (name) => {
    expect(said(`${passed("a")}[gates.${name}]\nrequire = { any = ["early", "a"] }\n${now}`)).toEqual([
      `gates.${name}.require: names the condition "a", whose provider checks this gate cannot ask`,
    ]);
  });

  test("signed evidence is about a patch, so only propose-patch of the tools may ask for it", () => {
    const config = presetValues("quickstart");
    const query = { check: "statement", name: "x" };
    const entry = { id: "s", provider: "signed", query, type: "boolean", comparator: "exists" } as const;
    const keys = [{ name: "ci", key: "x", checks: ["*"] }];
    const words = {
      ...config,
      evidence: { ...config.evidence, keys },
      conditions: [...config.conditions, entry],
    };
    for (const name of gateNames) {
      const { faults } = compilePolicy(
        { ...words, gates: { ...config.gates, [name]: { require: "s" } } },
        new Map(),
      );
      const may = ["propose-patch", "verdict", "landing"].includes(name);
      expect(faults.map(({ key }) => key)).toEqual(may ? [] : [`gates.${name}.require`]);
    }
  });

  describe("one question under two names", () => {
    const TWICE = (tree: string): readonly string[] =>
      said(`${passed("a")}${passed("b")}${now}${verdict(tree)}`);
    const same = (...ids: readonly string[]): string =>
      `gates.verdict.require: asks one question under two names: ${ids.join(" and ")}`;

    test.each<[string, string]>([
      ["counted", '{ at_least = 2, of = ["a", "b"] }'],
      ["counted among others", '{ at_least = 2, of = ["early", "b", "a"] }'],
      ["in one group", '{ all = ["a", "b"] }'],
      ["in a group of alternatives", '{ any = ["a", "early", "b"] }'],
      ["in a group below", '{ not = { all = ["early", { any = ["a", "b"] }] } }'],
      ["counted at two depths", '{ at_least = 2, of = ["a", { all = ["early", { not = "b" }] }] }'],
    ])("%s", (_, tree) => {
      expect(TWICE(tree)).toEqual([
        expect.stringMatching(/asks one question under two names: (?:a and b|b and a)$/),
      ]);
    });

    test("the fault says what it is", () => {
      expect(TWICE('{ at_least = 2, of = ["a", "b"] }')).toEqual([same("a", "b")]);
    });

    test.each<[string, string]>([
      ["by itself", '{ at_least = 2, of = ["a", { all = ["a", { any = ["a", "early"] }] }] }'],
      [
        "below a group",
        '{ all = ["early", { at_least = 1, of = [{ not = "a" }, { any = ["a", "early"] }] }] }',
      ],
    ])("no condition counts twice in at_least: %s", (_, tree) => {
      expect(TWICE(tree)[0]).toBe("gates.verdict.require: counts the condition a twice in one at_least");
    });

    const signed = (query: string, comparison: string, id: string): string =>
      condition(`provider = "caller"\nquery = { ${query} }\ntype = "boolean"\n${comparison}`, id);
    const json = (jsonpath: string, id: string): string =>
      condition(
        `provider = "json"\nquery = { check = "path", file = "a.json", jsonpath = "${jsonpath}" }\ntype = "boolean"\ncomparator = "exists"`,
        id,
      );
    const http = (url: string, id: string): string =>
      condition(`provider = "http"\nquery = { check = "status", url = "${url}" }\ncomparator = "exists"`, id);
    const equal = 'comparator = "equals"\nexpected = true';
    const among = 'comparator = "in_set"\nexpected = [true]';
    const open =
      '[evidence]\nproviders = ["time", "json", "http", "git", "checks", "caller"]\n[evidence.json]\nroot = "facts"\n[evidence.http]\nallowed_hosts = ["a.example"]\n';
    const claimed = 'check = "claim", name = "x"';

    test.each<[string, string]>([
      ["equal to one value, and in a set of it", signed(claimed, equal, "a") + signed(claimed, among, "b")],
      ["one place of a document", json("$.x[0]", "a") + json("$['x'][0]", "b")],
      ["one address", http("https://a.example", "a") + http("https://A.example:443/", "b")],
    ])("in two spellings: %s", (_, two) => {
      expect(said(`${open}${two}${verdict('{ at_least = 2, of = ["a", "b"] }')}`)).toEqual([same("a", "b")]);
    });

    test("in two spellings: a statement without parameters", () => {
      const key = `[[evidence.keys]]\nname = "ci"\nkey = "${publicKeyText()}"\nchecks = ["*"]\n`;
      const statement = (words: string, id: string): string =>
        condition(
          `provider = "signed"\nquery = { check = "statement", name = "x"${words} }\ntype = "boolean"\n${equal}`,
          id,
        );
      const [bare, empty, full] = [
        statement("", "a"),
        statement(", params = {}", "b"),
        statement(", params = { n = 1 }", "b"),
      ];
      const both = verdict('{ all = ["a", "b"] }');
      expect(said(`${key}${bare}${empty}${both}`)).toEqual([same("a", "b")]);
      expect(said(`${key}${bare}${full}${both}`)).toEqual([]);
    });

    test.each<[string, string]>([
      ["two claims", signed(claimed, equal, "a") + signed('check = "claim", name = "y"', equal, "b")],
      ["two addresses", http("https://a.example/x", "a") + http("https://a.example/y", "b")],
      [
        "one value, and a set of two",
        signed(claimed, equal, "a") + signed(claimed, 'comparator = "in_set"\nexpected = [true, false]', "b"),
      ],
      [
        "a part, and the whole",
        ["contains", "deep_equals"]
          .map((how, at) =>
            condition(
              `provider = "git"\nquery = { check = "changed_paths" }\ncomparator = "${how}"\nexpected = ["a"]`,
              at === 0 ? "a" : "b",
            ),
          )
          .join("") + "[validation]\ndeep_equals = true\n",
      ],
    ])("%s are two questions", (_, two) => {
      expect(said(`${open}${two}${verdict('{ at_least = 2, of = ["a", "b"] }')}`)).toEqual([]);
    });

    test("two places, or a query that may find several, are two questions", () => {
      for (const [one, other] of [
        ["$.x[0]", "$.x[1]"],
        ["$.x", "$.x.x"],
        ["$.x", "$.y"],
        ["$.x[*]", "$['x'][*]"],
      ] as const)
        expect(said(`${open}${json(one, "a")}${json(other, "b")}${verdict('{ any = ["a", "b"] }')}`)).toEqual(
          [],
        );
    });

    test("not two questions, nor one question in two groups that nobody counts", () => {
      const other = passed("c").replace("expected = true", "expected = false");
      expect(said(`${passed("a")}${other}${verdict('{ at_least = 1, of = ["a", "c"] }')}`)).toEqual([]);
      expect(TWICE('{ all = [{ any = ["a", "early"] }, { not = "b" }] }')).toEqual([]);
      const later = condition(
        'provider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 20',
        "later",
      );
      expect(said(`${now}${later}${verdict('{ at_least = 2, of = ["early", "later"] }')}`)).toEqual([]);
      const spelt = condition(
        'provider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18.0',
        "spelt",
      );
      expect(said(`${now}${spelt}${verdict('{ at_least = 2, of = ["early", "spelt"] }')}`)).toHaveLength(1);
    });
  });

  test("a tree that no verdict could carry", () => {
    const config = presetValues("quickstart");
    const wide: Requirement = { any: Array.from({ length: 7000 }, (_, at) => `condition${at}`) };
    const { faults } = compilePolicy(
      { ...config, gates: { ...config.gates, verdict: { require: wide } } },
      new Map(),
    );
    expect(faults.map(({ message }) => message)).toEqual(["is a tree of more than 65536 characters"]);
  });

  test("a gate is not compiled without one of its conditions", () => {
    const config = presetValues("quickstart");
    const [structure] = config.conditions;
    const broken = { ...structure!, comparator: "contains" } as const;
    const { gates, faults } = compilePolicy({ ...config, conditions: [broken] }, new Map());
    expect(faults).toHaveLength(1);
    expect(gates.size).toBe(0);
  });
});

test("compiled: the tree as it is written, each condition once, in the order of the tree", () => {
  const failed = passed("b").replace("expected = true", "expected = false");
  const toml = `${passed("a")}${failed}${claim('type = "boolean"\ncomparator = "exists"')}[trust]\nlogic = "bochvar"\n[gates.verdict]\nrequire = { all = [{ any = ["c", "a"] }, { at_least = 1, of = ["b", { not = "a" }] }] }\nmin_lane = "verified"\n`;
  const gate = gateOf(toml);
  expect(gate).toMatchObject({
    id: "verdict",
    logic: "bochvar",
    minLane: "verified",
    require: { all: [{ any: ["c", "a"] }, { at_least: 1, of: ["b", { not: "a" }] }] },
  });
  expect(gate.conditions.map(({ id }) => id)).toEqual(["c", "a", "b"]);
  expect([...loaded("quickstart", toml).gates.keys()]).toEqual(["verdict", "landing"]);
});

test("only the gates that the policy names are there", () => {
  const toml = `${now}[gates.read-file]\nrequire = "early"\n`;
  expect([...loaded("quickstart", toml).gates.keys()]).toEqual(["read-file", "verdict", "landing"]);
  expect([...loaded("quickstart").gates.keys()]).toEqual(["verdict", "landing"]);
});
