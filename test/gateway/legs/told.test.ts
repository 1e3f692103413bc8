// Agents are told which check, rule and place: nothing that a file could say which they are not served.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Check, CheckResult } from "../../../src/core/attestation/statement.ts";
import type { Reason } from "../../../src/core/base/reason.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { DecisionRecord } from "../../../src/core/gate/record.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { viewOf } from "../../../src/gateway/gates/view.ts";
import { toldOf } from "../../../src/gateway/legs/told.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { PASSED } from "../../support/published.ts";

type Found = readonly [rule: string, code: Reason, message: string, where: string];

function check(id: string, result: CheckResult, ...found: readonly Found[]): Check {
  const findings = found.map(([rule, code, message, where]) => ({
    rule,
    line: null,
    refusal: refusal(code, message, where),
  }));
  return { ...PASSED, id, result, findings };
}

const MASKED = ["Quokka", "4711"].join("-");
const C = "command-tests";
const ran = (code: number, ms: number, ...lines: readonly string[]): Check =>
  check(
    C,
    "FAILED",
    [C, "command_failed", `${C} ended with code ${code} after ${ms} ms`, C],
    ...lines.map((line): Found => [`${C}.output`, "command_failed", line, C]),
  );
const stopped = (why: string): Check =>
  check(C, "ERROR", ["error", "command_failed", `${C} was ended in the sandbox: ${why}`, C]);
const covered = (percent: string): Check =>
  check(C, "WARNED", [C, "coverage_low", `${C} ${percent}; 80 % is asked for`, C]);
const secret = (fingerprint: string): Check =>
  check("secrets", "FAILED", [
    "assigned-secret",
    "secret_suspected",
    `looks like a secret (rule assigned-secret, fingerprint ${fingerprint})`,
    "src/db.py:7",
  ]);
const passing = (why: string): Check =>
  check("secrets", "PASSED", ["assigned-secret", "finding_let_pass", why, "src/db.py:7"]);

// Threat: whatever differs between two runs is a channel, the reference and the number of reasons too.
describe("the agent cannot tell apart", () => {
  test.each<[string, Check, Check]>([
    ["exit codes", ran(1, 20), ran(77, 20)],
    ["durations", ran(1, 20), ran(1, 4711)],
    ["outputs", ran(1, 20, MASKED), ran(1, 20, "something else")],
    ["numbers of lines", ran(1, 20), ran(1, 20, "a", "b", "c")],
    ["limits that ended a command", stopped("it ran out of time (5000 ms)"), stopped("it wrote too much")],
    ["coverage", covered("reports 47.11 % coverage"), covered("reports no coverage")],
    ["secrets", secret("0123456789abcdef"), secret("fedcba9876543210")],
    ["reasons of the operator", passing("let pass (secret_suspected): see 81"), passing("let pass: other")],
    [
      "failures of a scanner",
      check("scanner-gitleaks", "ERROR", ["error", "scanner_failed", "gitleaks failed: code 3", "gitleaks"]),
      check("scanner-gitleaks", "ERROR", ["error", "scanner_failed", "gitleaks failed: signal", "gitleaks"]),
    ],
    [
      "what a check says that nobody thought of here",
      check("novel", "FAILED", ["rule", "static_finding", MASKED, "a.ts:1"]),
      check("novel", "FAILED", ["rule", "static_finding", "other", "a.ts:1"]),
    ],
  ])("%s", (_, one, other) => {
    expect(toldOf(one)).toEqual(toldOf(other));
    expect(JSON.stringify(toldOf(one))).not.toMatch(/Quokka|fingerprint|code \d|\d ms|\d %/);
  });
});

test("it learns check, rule, place and fix", () => {
  expect(toldOf(ran(3, 20, "x"))).toMatchObject([
    { code: "command_failed", where: C, message: expect.stringContaining(`${C}: `) as string },
  ]);
  expect(toldOf(secret("0123456789abcdef"))).toMatchObject([
    {
      code: "secret_suspected",
      where: "src/db.py:7",
      message: expect.stringMatching(/^assigned-secret: /) as string,
    },
  ]);
  const js = check("static-analysis", "WARNED", [
    "js-eval",
    "static_finding",
    "js-eval: runs text",
    "a.ts:1",
  ]);
  expect(toldOf(js)).toEqual([js.findings[0]?.refusal]);
});

test.each(["exit", "coverage", "findings"])(
  "no caller of a gate's view sees what the check %s answered",
  (asked) => {
    const condition = {
      id: "covered",
      provider: "checks" as const,
      check: asked,
      state: "true" as const,
      lane: "verified" as const,
      min_lane: "verified" as const,
      reason: null,
      detail: null,
      digest: "ab".repeat(32),
      value: "47.11",
      keyid: null,
    };
    const record: DecisionRecord = {
      gate: "verdict",
      state: "true",
      logic: "kleene",
      min_lane: "verified",
      permissive_until: null,
      require: '"covered"',
      conditions: [condition, { ...condition, id: "other", provider: "env" }],
    };
    expect(viewOf(record, "evidence")?.conditions).toMatchObject([
      { id: "covered", value: null, digest: null },
      { id: "other", value: "47.11" },
    ]);
  },
);

describe("patch-status", () => {
  let lab: GatewayLab;
  let order: Order;
  beforeEach(async () => {
    lab = await gatewayLab();
    const base = await lab.publish({ "a.ts": "one\n" });
    await lab.shelf.refresh();
    const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }];
    await lab.output("propose-patch", proposalArgs(base, { edits }));
    [order] = lab.store.outbox() as [Order];
  });
  afterEach(() => lab.stop());

  test("tells no line of a command's output", async () => {
    const checks = [PASSED, ran(3, 20, `pin ${MASKED}`), secret("0123456789abcdef")];
    await lab.judge(order, { predicate: { outcome: "REJECTED", checks } });
    await lab.rounds.once();
    const told = await lab.output("patch-status", { patch_id: order.patch_id });
    expect(told["reasons"]).toMatchObject([
      { code: "command_failed", where: C },
      { code: "secret_suspected", where: "src/db.py:7" },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/Quokka|fingerprint|0123456789abcdef|ended with/);
  });
});
