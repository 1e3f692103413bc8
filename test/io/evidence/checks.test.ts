// D25: the validator's own results. D02: no check at all is not "all passed".
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/base/canonical.ts";
import { questions } from "../../../src/core/gate/providers.ts";
import { checksProvider } from "../../../src/io/evidence/checks.ts";
import type { ChecksFacts } from "../../../src/io/evidence/provider.ts";
import { question, tell } from "../../support/questions.ts";

type Row = readonly [check: string, params: Readonly<Record<string, Json>>, expected: string];

const signal = new AbortController().signal;
const tool = { name: "countersign", version: "0" };
const finding = { rule: "r", line: null, refusal: { code: "gate_held", message: "m" } };
const findings = (many: number): readonly object[] => Array.from({ length: many }, () => finding);
const checks = [
  { id: "structure", result: "PASSED", tool, findings: [] },
  { id: "secrets", result: "WARNED", tool, findings: [finding, finding] },
  { id: "twice", result: "PASSED", tool, findings: [] },
  { id: "twice", result: "FAILED", tool, findings: [] },
  { id: "skipped", result: "SKIPPED", tool, findings: [] },
  { id: "broken", result: "ERROR", tool, findings: [finding] },
  { id: "most", result: "FAILED", tool, findings: findings(49) },
  { id: "capped", result: "FAILED", tool, findings: findings(50) },
] as unknown as ChecksFacts["checks"];

describe("checks", () => {
  const provider = checksProvider(() => ({ checks, protectedPaths: false }));
  test.each<Row>([
    ["result", { name: "structure" }, '"PASSED"'],
    ["result", { name: "secrets" }, '"WARNED"'],
    ["findings", { name: "secrets" }, "2"],
    ["findings", { name: "structure" }, "0"],
    ["findings", { name: "skipped" }, "checks_not_run"],
    ["findings", { name: "broken" }, "checks_not_run"],
    ["result", { name: "skipped" }, '"SKIPPED"'],
    ["findings", { name: "most" }, "49"],
    ["findings", { name: "capped" }, "checks_too_many"],
    ["passed", {}, "false"],
    ["unpassed", {}, '["secrets","twice","skipped","broken","most","capped"]'],
    ["protected", {}, "false"],
    ["result", { name: "nobody" }, "checks_unknown"],
    ["findings", { name: "nobody" }, "checks_unknown"],
    ["result", { name: "twice" }, "checks_unknown"],
    ["all", {}, "checks_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(await tell(provider, "checks", check, params)).toBe(expected);
  });

  test.each(["passed", "unpassed", "result", "findings"])(
    "%s of no check at all is unknown",
    async (check) => {
      const none = checksProvider(() => ({ checks: [], protectedPaths: undefined }));
      expect(await tell(none, "checks", check, { name: "structure" })).toBe("checks_unavailable");
    },
  );

  test("paths of which nobody knows whether they are protected are not unprotected", async () => {
    const none = checksProvider(() => ({ checks, protectedPaths: undefined }));
    expect(await tell(none, "checks", "protected")).toBe("checks_unavailable");
  });

  test("passed is true when all passed", async () => {
    const fine = checksProvider(() => ({ checks: checks.slice(0, 1), protectedPaths: true }));
    expect(await tell(fine, "checks", "passed")).toBe("true");
    expect(await tell(fine, "checks", "protected")).toBe("true");
  });
});

test("every check of the table has an answer", async () => {
  for (const check of Object.keys(questions.checks))
    expect(
      await tell(
        checksProvider(() => ({ checks, protectedPaths: true })),
        "checks",
        check,
        { name: "structure" },
      ),
    ).not.toBe("checks_check");
});

test("the anchor", async () => {
  const found = await checksProvider(() => ({ checks, protectedPaths: false })).ask(
    question("checks", "result", { name: "structure" }),
    signal,
  );
  expect(found.anchor).toEqual({ type: "verdict_checks", value: '{"check":"result","name":"structure"}' });
});
