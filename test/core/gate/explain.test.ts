// A gate in words: every form of a tree, every comparator, and no value in a trace.
import { describe, expect, test } from "vitest";
import { comparators, type ConditionSpec, type PolicyGate } from "../../../src/core/gate/condition.ts";
import { demand, question, sentence, traceLines } from "../../../src/core/gate/explain.ts";
import type { ConditionRecord, DecisionRecord } from "../../../src/core/gate/record.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { parseValue } from "../../../src/core/gate/value.ts";

const gate = (require: Requirement): PolicyGate => ({
  id: "landing",
  logic: "kleene",
  require,
  conditions: [],
});

test.each<[Requirement, string]>([
  ["a", "a is true"],
  [{ all: ["a"] }, "a is true"],
  [{ all: ["a", "b"] }, "a and b are true"],
  [{ all: ["a", "b", "c"] }, "a, b and c are true"],
  [{ any: ["a", "b"] }, "at least one of a and b is true"],
  [{ at_least: 1, of: ["a", "b"] }, "at least 1 of a and b is true"],
  [{ at_least: 2, of: ["a", "b", "c"] }, "at least 2 of a, b and c are true"],
  [{ not: "a" }, "a is known to be false"],
  [{ not: { all: ["a", "b"] } }, "it is known to be false that (a and b are true)"],
  [{ all: ["a", { not: "b" }] }, "a is true and b is known to be false"],
  [{ any: ["a", { all: ["b", "c"] }] }, "a is true or (b and c are true)"],
  [{ all: ["a", { any: ["b", "c"] }] }, "a is true and (at least one of b and c is true)"],
  [
    { at_least: 2, of: ["a", { any: ["b", "c"] }, { not: "d" }] },
    "at least 2 of these hold: a is true; (at least one of b and c is true); d is known to be false",
  ],
])("%j: %s", (require, words) => {
  expect(sentence(gate(require))).toBe(`landing opens only when ${words}.`);
});

const spec = (over: Partial<ConditionSpec> = {}): ConditionSpec => ({
  id: "a",
  provider: "checks",
  check: "result",
  params: { name: "tree" },
  comparator: "in_set",
  expected: parseValue('["PASSED","WARNED"]') ?? null,
  types: ["enum"],
  ...over,
});

describe("a condition", () => {
  test("asks somebody something", () => {
    expect(question(spec())).toBe('checks.result(name: "tree")');
    expect(question(spec({ check: "passed", params: {} }))).toBe("checks.passed");
    expect(question(spec({ params: { name: "t", params: { suite: "unit" } } }))).toBe(
      'checks.result(name: "t", params: {"suite":"unit"})',
    );
  });

  test("says what would make it true, with every digit", () => {
    expect(demand(spec())).toBe('the answer is one of ["PASSED","WARNED"]');
    const limit = parseValue("9007199254740993.10") ?? null;
    expect(demand(spec({ comparator: "less_than", expected: limit }))).toBe(
      "the answer is less than 9007199254740993.1",
    );
    const { expected: _, ...without } = spec({ comparator: "not_exists" });
    expect(demand(without)).toBe("the provider answers that there is nothing");
  });

  test("of each comparator in words of its own", () => {
    const all = comparators.map((comparator) => demand(spec({ comparator, expected: "x" })));
    expect(new Set(all).size).toBe(comparators.length);
  });
});

const condition = (id: string, over: Partial<ConditionRecord> = {}): ConditionRecord => ({
  id,
  provider: "signed",
  check: "statement",
  state: "true",
  lane: "verified",
  min_lane: "verified",
  reason: null,
  detail: null,
  digest: "0".repeat(64),
  value: '"a secret"',
  keyid: "SHA256:abc",
  ...over,
});
const record: DecisionRecord = {
  gate: "verdict",
  state: "unknown",
  logic: "bochvar",
  min_lane: "verified",
  permissive_until: null,
  require: '{"all":["a","b","c","d"]}',
  conditions: [
    condition("a"),
    condition("b", { state: "unknown", lane: "asserted", reason: "trust_lane", keyid: null }),
    condition("c", { state: "unknown", reason: "provider_error", detail: "http_timeout", keyid: null }),
    condition("d", { state: "unknown", lane: null, reason: "evidence_missing", keyid: null }),
  ],
};

test("a trace says state, reason, lane and key of each condition, and no value", () => {
  expect(traceLines(record)).toEqual([
    "a: true (verified; signed by SHA256:abc)",
    "b: unknown (trust_lane; asserted, needs verified)",
    "c: unknown (provider_error http_timeout; verified)",
    "d: unknown (evidence_missing; no evidence)",
    "verdict: unknown (bochvar, at least verified)",
  ]);
  expect(traceLines({ ...record, permissive_until: "2026-06-01T12:00:00.000Z" as never }).at(-1)).toContain(
    "dev.permissive lowers it to asserted until 2026-06-01T12:00:00.000Z",
  );
});
