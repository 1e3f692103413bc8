// The outcome as a table: what approves (one row), what rejects, and everything else.
import { describe, expect, test } from "vitest";
import type { Check, CheckResult } from "../../src/core/attestation/statement.ts";
import { outcomeOf } from "../../src/validator/outcome.ts";

const check = (id: string, result: CheckResult): Check => ({
  id,
  result,
  tool: { name: "t", version: "1" },
  findings: [],
});
const required = ["aa", "bb"];

describe("approved", () => {
  test("only when every required check passed", () => {
    expect(outcomeOf([check("bb", "PASSED"), check("aa", "PASSED")], required)).toBe("APPROVED");
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
])("not approved when %s", (_, checks, ids, outcome) => {
  expect(outcomeOf(checks, ids)).toBe(outcome);
});
