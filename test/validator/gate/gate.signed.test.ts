// Acceptance 5: a claim stays a claim, the same fact signed by the pinned key opens the gate, and the attestation says how.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Check } from "../../../src/core/attestation/statement.ts";
import { judge } from "../../../src/validator/round.ts";
import { putOrder } from "../../support/bench.ts";
import { NOON, patchId } from "../../support/proposals.ts";
import {
  CLAIMED,
  GOOD,
  judged,
  openCi,
  openGateLab,
  type Said,
  type Scene,
  seen,
  type Seen,
  SIGNED,
  verdictGate,
} from "../../support/verdict-gate.ts";

const ci = openCi();
const lab = openGateLab();
const POLICY = `${ci.pin}${CLAIMED}${SIGNED}${verdictGate('{ all = ["structure", { any = ["claimed", "signed"] }] }')}`;
const claim = { name: "tests_passed", value: true };

let there: Scene;

beforeAll(async () => {
  there = await lab.scene(POLICY);
});
afterAll(() => {
  lab.remove();
  ci.remove();
});

const gateCheck = ({ verdict }: Seen): Check | undefined =>
  verdict.predicate.checks.find(({ id }) => id === "gate");

describe("a claim and the same fact signed", () => {
  test("a claim is asserted whatever it says, and the gate holds", async () => {
    const found = await judged(there, GOOD, { evidence: [claim] });
    expect(found.outcome).toBe("MANUAL_REQUIRED");
    expect(found.trace).toEqual([
      "structure true verified",
      "claimed unknown asserted trust_lane",
      "signed unknown verified provider_error signed_missing",
    ]);
    expect(found.findings).toEqual(["gate: trust_lane", "gate: provider_error"]);
    expect(gateCheck(found)?.result).toBe("WARNED");
    const findings = gateCheck(found)?.findings ?? [];
    expect(findings.map(({ refusal }) => refusal.where)).toEqual(["claimed", "signed"]);
    expect(found.verdict.predicate.decision).toMatchObject({
      gate: "verdict",
      state: "unknown",
      permissive_until: null,
    });
  });

  test.each(["dsse", "result"] as const)("signed by the pinned key it opens the gate (%s)", async (form) => {
    const found = await judged(there, GOOD, { evidence: [claim, { envelope: ci.envelope({ form }) }] });
    expect([found.outcome, ...found.findings]).toEqual(["APPROVED"]);
    expect(gateCheck(found)?.result).toBe("PASSED");
    expect(found.trace).toContain("signed true verified");
    expect(found.trace).toContain("claimed unknown asserted trust_lane");
    const record = found.verdict.predicate.decision?.conditions.find(({ id }) => id === "signed");
    expect(record).toMatchObject({ keyid: ci.keyid, min_lane: "verified", value: null });
    expect(record?.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test("found in the folder instead of the order it counts just the same", async () => {
    const own = await lab.scene(POLICY);
    writeFileSync(join(own.on.state, "evidence", "ci.json"), ci.envelope());
    expect((await judged(own)).outcome).toBe("APPROVED");
  });

  test.each<readonly [string, Said, string]>([
    ["about another patch", { patch: GOOD.replace("TWO", "ZWO") }, "provider_error signature_other_patch"],
    ["that is over", { expires: NOON }, "provider_error signature_expired"],
    ["about another check", { check: "lint_passed" }, "provider_error signed_missing"],
    ["that says no", { value: false }, "condition_false"],
  ])("a statement %s does not open it", async (_, said, why) => {
    const { outcome, trace } = await judged(there, GOOD, { evidence: [{ envelope: ci.envelope(said) }] });
    expect(outcome).toBe("MANUAL_REQUIRED");
    expect(trace[2]).toMatch(/^signed (?:unknown|false) verified /);
    expect(trace[2]).toContain(why);
  });

  // The verdict is not opened again: what comes later is looked at by the landing gate.
  test("evidence that arrives behind the verdict changes nothing of it", async () => {
    const { on, base } = await lab.scene(POLICY);
    const id = await putOrder(on, base, GOOD);
    await judge(on.bench, base, id, true);
    const before = await on.bench.exchange.verdicts.read(id);
    writeFileSync(join(on.state, "evidence", "late.json"), ci.envelope());
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "stands" });
    expect(await on.bench.exchange.verdicts.read(id)).toEqual(before);
  });
});

describe("the record is in every verdict", () => {
  test("of a rejected patch, whose reasons are not buried under the gate's", async () => {
    const found = await judged(there, GOOD.replace(" one", " eno"));
    expect([found.outcome, ...found.findings]).toEqual(["REJECTED", "tree: apply_failed"]);
    expect(gateCheck(found)?.result).toBe("SKIPPED");
    expect(found.trace).toHaveLength(3);
  });

  test("of bytes that are no order: nobody was asked about them", async () => {
    const { on, base } = there;
    const id = patchId(0xdead);
    writeFileSync(join(on.state, "exchange", "orders", `${id}.json`), "{");
    expect(await judge(on.bench, base, id, true)).toEqual({ kind: "signed", outcome: "REJECTED" });
    expect((await seen(on, id)).trace).toEqual([
      "structure unknown evidence_missing",
      "claimed unknown evidence_missing",
      "signed unknown evidence_missing",
    ]);
  });
});
