// What the mutation run (npm run mutate) found that no other test noticed: words, absent keys, values that only look alike.
import { describe, expect, test } from "vitest";
import type { Denied } from "../../../src/core/gate/decision.ts";
import { decimalOf, renderDecimal } from "../../../src/core/gate/decimal.ts";
import { evaluate } from "../../../src/core/gate/evaluate.ts";
import { blamed, type Requirement } from "../../../src/core/gate/requirement.ts";
import { typeFault } from "../../../src/core/gate/types.ts";
import type { Value } from "../../../src/core/gate/value.ts";
import { allYes, factsOf, gateOf, policyOf } from "../../support/policy-gates.ts";

function held(require: Requirement, facts = factsOf(allYes)): Denied {
  const decision = evaluate(gateOf(policyOf(require)), [], facts);
  if (decision.allowed) throw new Error("it opened");
  return decision;
}

describe("a gate that holds says so in words", () => {
  test("nothing is required", () => {
    const decision = evaluate({ id: "bare", requires: [] }, []);
    expect(decision).toMatchObject({
      refusal: { code: "gate_empty", message: "gate bare requires nothing" },
    });
  });

  test("a condition that nobody established", () => {
    const decision = evaluate({ id: "g", requires: ["asked"] }, []);
    expect(decision).toMatchObject({
      refusal: { code: "gate_held", message: "condition asked is unknown", where: "asked" },
    });
  });

  test("a tree that is too deep, and one with a group of nothing", () => {
    let deep: Requirement = "a";
    for (let level = 0; level < 33; level++) deep = { not: deep };
    expect(held(deep).refusal).toMatchObject({
      code: "gate_depth",
      message: "gate verdict: its tree is deeper than 32 levels",
    });
    expect(held({ all: [] }).refusal).toMatchObject({
      code: "gate_empty",
      message: "gate verdict: its tree has a group that nothing can be said of",
    });
  });
});

test("a condition that does not exist asks for the highest lane", () => {
  expect(held({ all: ["ghost"] }).policy?.judged).toContainEqual({
    id: "ghost",
    state: "unknown",
    reason: "condition_unknown",
    minLane: "verified",
  });
});

test("what is no whole UUID is none", () => {
  const uuid = "00000000-0000-4000-8000-000000000000";
  for (const text of [`${uuid}0`, `0${uuid}`, `${uuid}\n`])
    expect(typeFault({ types: ["uuid"] }, text)).toBe("type_string");
});

test("a decision about a gate without a policy has no such key", () => {
  const established = [{ id: "a", state: "true" as const }];
  expect(Object.keys(evaluate({ id: "bare", requires: ["a"] }, established)).toSorted()).toEqual([
    "allowed",
    "gate",
    "trace",
  ]);
});

test("a line of the trace has a reason, or no such key at all", () => {
  const { trace } = evaluate(gateOf(policyOf("a")), [], factsOf(allYes));
  expect(trace.map((line) => Object.keys(line))).toEqual(trace.map(() => ["id", "state"]));
});

test.each<readonly ["uuid" | "date-time", string]>([
  ["uuid", "00000000-0000-4000-8000-000000000000"],
  ["date-time", "2026-11-22T10:00:00Z"],
])("a list that holds one %s is none, though it would be written like one", (type, text) => {
  const list: Value = [text];
  expect(typeFault({ types: [type] }, text)).toBeUndefined();
  expect(typeFault({ types: [type] }, list)).toBe("type_array");
});

test("21 digits before the point are written out, with what stands behind it", () => {
  const text = "123456789012345678901.5";
  const decimal = decimalOf(text);
  expect(decimal === undefined ? "none" : renderDecimal(decimal)).toBe(text);
});

test("without a logic, the first member that is not true is to blame, and no unknown behind it", () => {
  const stateOf = (id: string): "false" | "unknown" => (id === "no" ? "false" : "unknown");
  expect(blamed({ all: ["no", "open"] }, stateOf)).toBe("no");
  expect(blamed({ all: ["no", "open"] }, stateOf, "bochvar")).toBe("open");
});
