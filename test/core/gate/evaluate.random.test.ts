// The yes over random policies and evidence: exactly where all of it is true, and in microseconds.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Comparator, ConditionSpec, PolicyGate } from "../../../src/core/gate/condition.ts";
import type { TriState } from "../../../src/core/gate/decision.ts";
import { evaluate } from "../../../src/core/gate/evaluate.ts";
import type { Evidence } from "../../../src/core/gate/evidence.ts";
import { type Requirement, treeState } from "../../../src/core/gate/requirement.ts";
import {
  factsOf,
  gateOf,
  NAMES,
  no,
  policyOf,
  specOf,
  SPOILT,
  trust,
  yes,
} from "../../support/policy-gates.ts";

test("opens exactly where all built-ins and the tree are true", () => {
  // Seldom of nothing, so that many trees can be true.
  const members = (of: fc.Arbitrary<Requirement>): fc.Arbitrary<readonly Requirement[]> =>
    fc.oneof(
      { weight: 9, arbitrary: fc.array(of, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constant([]) },
    );
  const { tree } = fc.letrec<{ tree: Requirement }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<string>(...NAMES, "d"),
      fc.record({ all: members(tie("tree")) }),
      fc.record({ any: members(tie("tree")) }),
      fc.record({ not: tie("tree") }),
      fc.record({ at_least: fc.integer({ min: 0, max: 3 }), of: members(tie("tree")) }),
    ),
  }));
  const evidence = fc.constantFrom<readonly [TriState, Evidence | undefined]>(
    ...Array.from({ length: 6 }, () => ["true", yes] as const),
    ...Array.from({ length: 3 }, () => ["false", no] as const),
    ...Object.entries(SPOILT)
      .filter(([words]) => words !== "condition_false ")
      .map(([, spoilt]) => ["unknown", spoilt] as const),
  );
  const logic = fc.constantFrom("kleene" as const, "bochvar" as const);
  const builtIn = fc.array(fc.constantFrom<TriState>("true", "true", "false", "unknown"), { maxLength: 2 });
  let opened = 0;
  fc.assert(
    fc.property(
      tree,
      fc.tuple(evidence, evidence, evidence),
      logic,
      builtIn,
      (require, found, by, states) => {
        const conditions = states.map((state, at) => ({ id: `built-${at}`, state }));
        const given = found.flatMap(([, one], at) => (one === undefined ? [] : [[NAMES[at]!, one] as const]));
        const policy: PolicyGate = { ...policyOf(require), logic: by };
        const decision = evaluate({ id: "g", requires: conditions.map(({ id }) => id), policy }, conditions, {
          evidence: new Map(given),
          trust,
        });
        const state = treeState(
          require,
          (id) => found[NAMES.indexOf(id as (typeof NAMES)[number])]?.[0] ?? "unknown",
          by,
        );
        const due = states.every((one) => one === "true") && state === "true";
        expect(decision.allowed).toBe(due);
        expect(decision.policy?.state).toBe(state);
        opened += Number(due);
        // Exactly one reason where a condition is not true
        for (const one of decision.policy?.judged ?? [])
          expect(one.reason === undefined).toBe(one.state === "true");
        if (!decision.allowed) expect(decision.refusal.code).not.toBe("internal");
      },
    ),
    { numRuns: 5000 },
  );
  expect(opened).toBeGreaterThan(100);
});

// What a gated call feels is measured by the bench; here the work is counted.
test.each([1, 100, 400])("of %i conditions each is asked for its evidence once", (count) => {
  const comparators: readonly Comparator[] = ["equals", "in_set", "contains", "less_than", "exists"];
  const text = "2024-02-29T10:00:00Z";
  const conditions = Array.from({ length: count }, (_, at): ConditionSpec => {
    const comparator = comparators[at % comparators.length]!;
    const expected =
      comparator === "in_set" ? ["x", text] : comparator === "less_than" ? "2025-01-01T00:00:00Z" : text;
    return { ...specOf(`c${at}`), comparator, types: ["string"], expected };
  });
  const ids = conditions.map(({ id }) => id);
  const { evidence, trust } = factsOf(
    Object.fromEntries(ids.map((id) => [id, { lane: "verified", value: text }])),
  );
  const asked: string[] = [];
  class Counted extends Map<string, Evidence> {
    override get(id: string): Evidence | undefined {
      asked.push(id);
      return super.get(id);
    }
  }
  const facts = { evidence: new Counted(evidence), trust };
  expect(evaluate(gateOf(policyOf({ all: ids }, conditions)), [], facts).allowed).toBe(true);
  expect(asked).toEqual(ids);
});
