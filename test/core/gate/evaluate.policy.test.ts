// D02: a gate with a policy opens only on a tree that is true; every source of evidence is taken away and spoilt in turn.
import { describe, expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { ConditionSpec } from "../../../src/core/gate/condition.ts";
import type { Facts, Gate, TriState } from "../../../src/core/gate/decision.ts";
import { evaluate } from "../../../src/core/gate/evaluate.ts";
import type { Evidence } from "../../../src/core/gate/evidence.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import {
  all,
  allYes,
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

describe("D02: all three as they should be open the gate, and each one spoilt in turn holds it", () => {
  test("open", () => {
    expect(evaluate(gateOf(all), [], factsOf(allYes))).toMatchObject({
      allowed: true,
      gate: "g",
      policy: { state: "true" },
    });
  });

  for (const name of NAMES) {
    test.each(Object.entries(SPOILT))(`${name}: %s`, (words, evidence) => {
      const { [name]: _, ...others } = allYes;
      const decision = evaluate(
        gateOf(all),
        [],
        factsOf({ ...others, ...(evidence === undefined ? {} : { [name]: evidence }) }),
      );
      const [reason = "", detail = ""] = words.split(" ");
      expect(decision).toMatchObject({ allowed: false, refusal: { code: reason, where: name } });
      if (decision.allowed) return;
      const because = detail === "" ? reason : `${reason}, ${detail}`;
      const state = reason === "condition_false" ? "false" : "unknown";
      expect(decision.refusal.message).toBe(`gate verdict: condition ${name} is ${state}: ${because}`);
      // The other leaves are in the trace all the same, in the order of the conditions.
      expect(decision.trace.map(({ id, state: of }) => `${id} ${of}`)).toEqual(
        NAMES.map((id) => `${id} ${id === name ? state : "true"}`),
      );
    });

    test.each(Object.entries(SPOILT).filter(([words]) => words !== "condition_false "))(
      `not ${name}: %s`,
      (_, evidence) => {
        const facts = factsOf(evidence === undefined ? {} : { [name]: evidence });
        expect(evaluate(gateOf(policyOf({ not: name })), [], facts).allowed).toBe(false);
      },
    );
  }

  test("no facts at all", () => {
    const decision = evaluate(gateOf(all), []);
    expect(decision).toMatchObject({
      allowed: false,
      policy: { state: "unknown" },
      refusal: { code: "evidence_missing", where: "a" },
    });
    expect(decision.trace).toEqual(NAMES.map((id) => ({ id, state: "unknown", reason: "evidence_missing" })));
    expect(decision.policy?.judged.map(({ minLane }) => minLane)).toEqual(NAMES.map(() => "verified"));
    expect(evaluate(gateOf(policyOf({ not: "a" })), []).allowed).toBe(false);
  });
});

describe("built-in conditions and the policy are both required", () => {
  const gate: Gate = { id: "g", requires: ["session"], policy: all };
  const held = { id: "session", state: "false" as const, refusal: refusal("diff_mode", "x") };
  const open = { id: "session", state: "true" as const };

  test.each<[string, boolean, TriState, boolean]>([
    ["both", true, "true", true],
    ["only the built-in", true, "false", false],
    ["only the policy", false, "true", false],
    ["neither", false, "unknown", false],
  ])("%s", (_, builtIn, policy, opens) => {
    const evidence = { true: allYes, false: { ...allYes, b: no }, unknown: {} }[policy];
    const decision = evaluate(gate, [builtIn ? open : held], factsOf(evidence));
    expect(decision.allowed).toBe(opens);
    expect(decision.policy?.state).toBe(policy);
    expect(decision.trace.map(({ id }) => id)).toEqual(["session", ...NAMES]);
    if (!builtIn && !decision.allowed) expect(decision.refusal.code).toBe("diff_mode");
  });

  test("a built-in of the name of a leaf is another thing", () => {
    const given = NAMES.map((id) => ({ id, state: "true" as const }));
    expect(evaluate({ id: "g", requires: [...NAMES], policy: all }, given, factsOf({})).allowed).toBe(false);
    const withheld = given.map(({ id }) => ({ id, state: "false" as const }));
    expect(evaluate({ id: "g", requires: [...NAMES], policy: all }, withheld, factsOf(allYes)).allowed).toBe(
      false,
    );
  });
});

describe("what does not fit together", () => {
  test("a leaf that no condition stands for is condition_unknown, also with evidence of its name and under not", () => {
    for (const require of [
      "d",
      { not: "d" },
      { all: ["a", "d"] },
      { at_least: 2, of: ["a", "d"] },
    ] satisfies readonly Requirement[]) {
      const decision = evaluate(gateOf(policyOf(require)), [], factsOf({ ...allYes, d: yes }));
      expect(decision).toMatchObject({ allowed: false, refusal: { code: "condition_unknown", where: "d" } });
      expect(decision.trace.find(({ id }) => id === "d")).toEqual({
        id: "d",
        state: "unknown",
        reason: "condition_unknown",
      });
    }
  });

  test("two conditions of one name are neither", () => {
    const friendlier: ConditionSpec = { ...specOf("a"), comparator: "exists" };
    for (const conditions of [
      [specOf("a"), friendlier],
      [friendlier, specOf("a")],
      [friendlier, friendlier, friendlier],
    ]) {
      const decision = evaluate(gateOf(policyOf("a", conditions)), [], factsOf({ a: no }));
      expect(decision).toMatchObject({ allowed: false, refusal: { code: "condition_unknown" } });
      expect(decision.trace).toHaveLength(1);
    }
  });

  test("conditions that the tree does not name, and evidence that nobody asks for, change nothing", () => {
    expect(evaluate(gateOf(policyOf("a")), [], factsOf({ a: yes, b: no, z: no })).allowed).toBe(true);
    expect(
      evaluate({ id: "g", requires: ["x"] }, [{ id: "x", state: "true" }], factsOf({ a: no })),
    ).toMatchObject({ allowed: true });
  });

  test("a tree that no policy may hold is reported as its shape", () => {
    let deep: Requirement = "a";
    for (let level = 0; level < 33; level += 1) deep = { all: [deep] };
    expect(evaluate(gateOf(policyOf(deep)), [], factsOf(allYes))).toMatchObject({
      allowed: false,
      refusal: { code: "gate_depth" },
    });
    let hollow: Requirement = { all: [] };
    for (let level = 0; level < 32; level += 1) hollow = { not: hollow };
    for (const shape of [
      hollow,

      { all: [] },
      { not: { any: [] } },
      { at_least: 0, of: ["a"] },
    ] satisfies readonly Requirement[]) {
      expect(evaluate(gateOf(policyOf(shape)), [], factsOf(allYes))).toMatchObject({
        allowed: false,
        refusal: { code: "gate_empty" },
      });
    }
  });

  test("a leaf that is true where it must not be is named, without a reason of its own", () => {
    const decision = evaluate(gateOf(policyOf({ not: "a" })), [], factsOf({ a: yes }));
    expect(decision).toMatchObject({
      allowed: false,
      refusal: {
        code: "condition_false",
        where: "a",
        message: "gate verdict: condition a is true, and must not be",
      },
    });
  });
});

test("what throws is not caught: the corridor records it as its no", () => {
  const throwing: Facts = {
    evidence: new Map(),
    trust: {
      ...trust,
      get minLane(): "verified" {
        throw new Error("broken");
      },
    },
  };
  expect(() => evaluate(gateOf(all), [], throwing)).toThrow("broken");
});

test("a refusal never holds a value of the evidence or of the policy", () => {
  const canary = "canary-5b1c";
  const spec: ConditionSpec = { ...specOf("a"), types: ["string"], expected: `expected-${canary}` };
  const evidences: readonly Evidence[] = [
    { lane: "verified", value: canary },
    { lane: "verified", value: [canary] },
    { lane: "asserted", value: canary },
    { lane: "verified", value: canary, error: { code: "json_timeout", message: canary } },
    { lane: "verified", value: canary, anchor: { type: canary, value: canary } },
  ];
  for (const anchors of [new Map(), new Map([["json", { type: "file", fields: ["path"] }]] as const)]) {
    for (const a of evidences) {
      const decision = evaluate(gateOf(policyOf("a", [spec])), [], {
        evidence: new Map([["a", a]]),
        trust: { ...trust, anchors },
      });
      expect(decision.allowed).toBe(false);
      const { policy, ...told } = decision;
      expect(JSON.stringify(told)).not.toContain(canary);
      expect(JSON.stringify(policy?.judged)).not.toContain(canary);
    }
  }
});
