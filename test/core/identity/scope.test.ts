// Scopes: what each role may use, and that two restrictions together never allow more than either.
import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import {
  lanes,
  narrowed,
  openScope,
  type Role,
  roles,
  type ScopeWords,
  toolNames,
  toolsOf,
} from "../../../src/core/identity/scope.ts";
import { operatorGlobs } from "../../../src/core/base/glob.ts";

const READING = ["read-manifest", "read-file", "search-files"];
const PROPOSING = [...READING, "propose-patch", "patch-status", "withdraw-patch"];

describe("roles", () => {
  test.each<readonly [Role, readonly string[]]>([
    ["reader", READING],
    ["proposer", PROPOSING],
    ["reviewer", [...READING, "patch-status"]],
    ["admin", PROPOSING],
  ])(
    "U09: %s may use exactly its tools, and none that approves, lands, reads the log or changes the configuration",
    (role, tools) => {
      expect(toolsOf([role])).toEqual(tools);
    },
  );

  test("are these four, over these six tools", () => {
    expect(roles).toEqual(["reader", "proposer", "reviewer", "admin"]);
    expect(toolNames).toEqual(PROPOSING);
  });

  test("together allow what any of them does, each tool once and in the order of the tools; none allows nothing", () => {
    expect(toolsOf(["reviewer", "reader"])).toEqual([...READING, "patch-status"]);
    expect(toolsOf([])).toEqual([]);
  });
});

const words: fc.Arbitrary<ScopeWords> = fc.record({
  roles: fc.subarray([...roles]),
  tools: fc.subarray([...toolNames]),
  paths: fc.array(fc.subarray(["src/**", "docs/*.md", "**/*.ts", "a"], { minLength: 1 }), { maxLength: 2 }),
  lane: fc.constantFrom(...lanes),
  limits: fc.record({ perMinute: fc.nat(), perHour: fc.nat(), maxPending: fc.nat() }),
  budget: fc.constant({ periodSeconds: 60, calls: 1, bytes: 2, scanMillis: 3, warnPercent: 80 }),
});
const PATHS = ["src/a.ts", "src/b/c.ts", "docs/d.md", "docs/e/f.md", "a", "b"];
const everything: ScopeWords = {
  roles: [...roles],
  tools: [...toolNames],
  paths: [],
  lane: "asserted",
  limits: { perMinute: 10, perHour: 10, maxPending: 10 },
  budget: { periodSeconds: 60, calls: 1, bytes: 2, scanMillis: 3, warnPercent: 80 },
};

describe("two restrictions", () => {
  test("allow exactly what both allow, in every word", () => {
    fc.assert(
      fc.property(words, words, (outer, inner) => {
        const both = narrowed(outer, inner);
        expect(both.roles).toEqual(outer.roles.filter((role) => inner.roles.includes(role)));
        expect(both.tools).toEqual(outer.tools.filter((tool) => inner.tools.includes(tool)));
        expect(both.lane).toBe(
          outer.lane === "asserted" && inner.lane === "asserted" ? "asserted" : "verified",
        );
        for (const limit of ["perMinute", "perHour", "maxPending"] as const)
          expect(both.limits[limit]).toBe(Math.min(outer.limits[limit], inner.limits[limit]));
        const sees = (scope: ScopeWords): readonly string[] => PATHS.filter(openScope(scope).sees);
        expect(sees(both)).toEqual(sees(outer).filter((path) => sees(inner).includes(path)));
      }),
      { numRuns: 200 },
    );
  });

  test("leave the budget as the configuration has it", () => {
    const roomy = { ...everything, budget: { ...everything.budget, calls: 1000 } };
    expect(narrowed(everything, roomy).budget).toEqual(everything.budget);
  });
});

describe("an opened scope", () => {
  test("without lists of globs sees every path, with an empty list none", () => {
    expect(PATHS.filter(openScope(everything).sees)).toEqual(PATHS);
    expect(PATHS.filter(openScope({ ...everything, paths: [[]] }).sees)).toEqual([]);
    expect(operatorGlobs([])("a")).toBe(false);
  });

  test("has the same id for the same words, and another for any other word", () => {
    const changed: readonly ScopeWords[] = [
      { ...everything, roles: ["reader"] },
      { ...everything, tools: ["read-file"] },
      { ...everything, paths: [["a"]] },
      { ...everything, lane: "verified" },
      { ...everything, limits: { ...everything.limits, perHour: 9 } },
      { ...everything, budget: { ...everything.budget, bytes: 9 } },
    ];
    const ids = [everything, { ...everything }, ...changed].map((one) => openScope(one).id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(1 + changed.length);
  });

  test.each([
    ["reader", "own"],
    ["proposer", "own"],
    ["reviewer", "all"],
    ["admin", "all"],
  ] as const)("a %s looks at %s proposals", (role, patches) => {
    expect(openScope({ ...everything, roles: [role] }).patches).toBe(patches);
  });
});
