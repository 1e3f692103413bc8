// The outcome as a table: what approves (one row), what rejects, and everything else.
import { describe, expect, test } from "vitest";
import type { Check, CheckResult } from "../../src/core/attestation/statement.ts";
import type { PolicyGate } from "../../src/core/gate/condition.ts";
import type { Facts } from "../../src/core/gate/decision.ts";
import { decide, outcomeOf } from "../../src/validator/outcome.ts";

const check = (id: string, result: CheckResult): Check => ({
  id,
  result,
  tool: { name: "t", version: "1" },
  findings: [],
});
const required = ["aa", "bb"];

const policy: PolicyGate = {
  id: "verdict",
  logic: "kleene",
  require: "tests",
  conditions: [
    {
      id: "tests",
      provider: "checks",
      check: "passed",
      params: {},
      comparator: "equals",
      expected: true,
      types: ["boolean"],
    },
  ],
};
const trust: Facts["trust"] = {
  minLane: "verified",
  now: 0,
  anchors: new Map(),
  keys: [],
  maxAgeSeconds: 60,
  bind: "tree",
  subject: { resource: "urn:countersign:repository:x" },
};
const evidence = (value: boolean): Facts => ({
  evidence: new Map([["tests", { lane: "verified", value }]]),
  trust,
});
const open = evidence(true);

const outcome = (checks: readonly Check[], ids: readonly string[], facts = open): string =>
  outcomeOf(checks, decide(checks, ids, policy, facts));
const passed = [check("bb", "PASSED"), check("aa", "PASSED")];

describe("approved", () => {
  test("only when every required check passed, and the policy's gate is open", () => {
    expect(outcome(passed, required)).toBe("APPROVED");
  });
});

test.each<readonly [string, readonly Check[], readonly string[], string]>([
  ["nothing is required", [], [], "MANUAL_REQUIRED"],
  ["nothing was checked", [], required, "MANUAL_REQUIRED"],
  ["one is missing", [check("aa", "PASSED")], required, "MANUAL_REQUIRED"],
  [
    "one is doubled",
    [check("aa", "PASSED"), check("aa", "PASSED"), check("bb", "PASSED")],
    required,
    "MANUAL_REQUIRED",
  ],
  ["one warned", [check("aa", "PASSED"), check("bb", "WARNED")], required, "MANUAL_REQUIRED"],
  ["one was skipped", [check("aa", "PASSED"), check("bb", "SKIPPED")], required, "MANUAL_REQUIRED"],
  ["one is in error", [check("aa", "PASSED"), check("bb", "ERROR")], required, "MANUAL_REQUIRED"],
  [
    "one beside the required ones warned",
    [check("aa", "PASSED"), check("bb", "PASSED"), check("cc", "WARNED")],
    required,
    "MANUAL_REQUIRED",
  ],
  ["one failed", [check("aa", "PASSED"), check("bb", "FAILED")], required, "REJECTED"],
  ["one failed and another is in error", [check("aa", "ERROR"), check("bb", "FAILED")], required, "REJECTED"],
  [
    "one beside the required ones failed",
    [check("aa", "PASSED"), check("bb", "PASSED"), check("cc", "FAILED")],
    required,
    "REJECTED",
  ],
])("not approved when %s", (_, checks, ids, expected) => {
  expect(outcome(checks, ids)).toBe(expected);
});

test.each<readonly [string, Facts]>([
  ["false", evidence(false)],
  ["unknown for want of evidence", { evidence: new Map(), trust }],
  ["unknown for its lane", { evidence: new Map([["tests", { lane: "asserted", value: true }]]), trust }],
  [
    "unknown for an error",
    { evidence: new Map([["tests", { lane: "verified", error: { code: "x_failed", message: "" } }]]), trust },
  ],
])("not approved when the policy's gate is %s, whatever the checks say", (_, facts) => {
  expect(outcome(passed, required, facts)).toBe("MANUAL_REQUIRED");
  expect(outcome([check("aa", "FAILED"), check("bb", "PASSED")], required, facts)).toBe("REJECTED");
});
