// The only yes: every way of not having established something holds.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { Condition, TriState } from "../../../src/core/gate/decision.ts";
import { evaluate } from "../../../src/core/gate/evaluate.ts";

const gate = { id: "g", requires: ["a", "b"] };
const is = (id: string, state: string): Condition => ({ id, state: state as TriState });
const no: Condition = { id: "a", state: "false", refusal: refusal("diff_mode", "x") };

describe("holds", () => {
  test.each<[string, readonly string[], readonly Condition[], string, string]>([
    ["an empty gate", [], [is("a", "true")], "gate_empty", ""],
    ["nothing established", ["a", "b"], [], "gate_held", "a unknown, b unknown"],
    ["one missing", ["a", "b"], [is("a", "true")], "gate_held", "a true, b unknown"],
    ["one unknown", ["a", "b"], [is("a", "unknown"), is("b", "true")], "gate_held", "a unknown, b true"],
    [
      "one false, without reason",
      ["a", "b"],
      [is("a", "true"), is("b", "false")],
      "gate_held",
      "a true, b false",
    ],
    ["one false, with reason", ["a", "b"], [no, is("b", "true")], "diff_mode", "a false, b true"],
    ["given twice, both true", ["a"], [is("a", "true"), is("a", "true")], "gate_held", "a unknown"],
    ["given twice: a friendlier answer added", ["a"], [no, is("a", "true")], "diff_mode", "a unknown"],
    ["in another case", ["a"], [is("A", "true")], "gate_held", "a unknown"],
    ["a name of an object's own", ["toString"], [], "gate_held", "toString unknown"],
    ["a state that is none", ["a"], [is("a", "TRUE")], "gate_held", "a TRUE"],
    [
      "a state that is truthy",
      ["a"],
      [{ id: "a", state: true as unknown as TriState }],
      "gate_held",
      "a true",
    ],
  ])("%s", (_, requires, conditions, code, trace) => {
    const decision = evaluate({ id: "g", requires }, conditions);
    expect(decision).toMatchObject({ allowed: false, gate: "g", refusal: { code } });
    expect(decision.trace.map(({ id, state }) => `${id} ${state}`).join(", ")).toBe(trace);
  });

  test("the first one that holds is answered, in the gate's order", () => {
    const b: Condition = { id: "b", state: "false", refusal: refusal("diff_link", "y") };
    expect(evaluate(gate, [b, no])).toMatchObject({ refusal: { code: "diff_mode" } });
    expect(evaluate({ id: "g", requires: ["b", "a"] }, [no, b])).toMatchObject({
      refusal: { code: "diff_link" },
    });
  });
});

test("opens when all that it requires is true, once each; more does no harm", () => {
  expect(evaluate(gate, [is("b", "true"), is("a", "true"), is("c", "false")])).toEqual({
    allowed: true,
    gate: "g",
    trace: [
      { id: "a", state: "true" },
      { id: "b", state: "true" },
    ],
  });
});

test("opens in no other case", () => {
  const ids = fc.constantFrom("a", "b", "c");
  const condition = fc.record({
    id: ids,
    state: fc.constantFrom<TriState>("true", "true", "true", "false", "unknown"),
  });
  fc.assert(
    fc.property(
      fc.array(ids, { maxLength: 3 }),
      fc.array(condition, { maxLength: 5 }),
      (requires, conditions) => {
        const due =
          requires.length > 0 &&
          requires.every(
            (id) =>
              conditions.filter((one) => one.id === id).length === 1 &&
              conditions.some((one) => one.id === id && one.state === "true"),
          );
        expect(evaluate({ id: "g", requires }, conditions).allowed).toBe(due);
      },
    ),
    { numRuns: 1000 },
  );
});
