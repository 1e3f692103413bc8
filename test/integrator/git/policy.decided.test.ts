// The verdict's decision record at landing: one that can be followed, over the gate of our own policy, or none.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Verdict } from "../../../src/core/attestation/statement.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { DecisionRecord } from "../../../src/core/gate/record.ts";
import type { Setup } from "../../../src/io/file/config.ts";
import { decidedByOurs } from "../../../src/integrator/git/policy.ts";
import { attempt } from "../../support/attempt.ts";
import { confirm, drop, landed, openCiDesk } from "../../support/ci-desk.ts";
import { decisionOf } from "../../support/decisions.ts";
import { type Desk, propose } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openCiDesk();
});
afterEach(() => desk.remove());

const LATER = instant(Date.UTC(2099, 0));

const first = (
  record: DecisionRecord,
  change: Partial<DecisionRecord["conditions"][number]>,
): DecisionRecord => ({
  ...record,
  conditions: record.conditions.map((one, at) => (at === 0 ? { ...one, ...change } : one)),
});

const cases: readonly (readonly [string, (record: DecisionRecord) => DecisionRecord, string])[] = [
  ["is of another gate", (record) => ({ ...record, gate: "landing" }), "another gate"],
  [
    "says yes over conditions that say no",
    (record) => first(record, { state: "false", reason: "condition_false" }),
    "its conditions make it false",
  ],
  [
    "leaves a condition out",
    (record) => ({ ...record, conditions: record.conditions.slice(1) }),
    "all_checks",
  ],
  [
    "asked for less",
    (record) => ({ ...record, require: '"ci"', conditions: record.conditions.slice(1) }),
    "another tree",
  ],
  [
    "asked for one of both",
    (record) => ({ ...record, require: '{"any":["all_checks","ci"]}' }),
    "another tree",
  ],
  ["went by another logic", (record) => ({ ...record, logic: "bochvar" }), "another logic"],
  ["was content with a lower lane", (record) => ({ ...record, min_lane: "asserted" }), "another lane"],
  [
    "asked one condition for a lower lane, as if dev.permissive lasted",
    (record) => ({
      ...first(record, { min_lane: "asserted" }),
      permissive_until: LATER,
    }),
    "another end of dev.permissive",
  ],
  [
    "says that dev.permissive lasted, and asked for no less",
    (record) => ({ ...record, permissive_until: LATER }),
    "another end of dev.permissive",
  ],
  [
    "asked another check under that name",
    (record) => first(record, { check: "protected" }),
    "another set of conditions",
  ],
  [
    "asked another provider under that name",
    (record) => first(record, { provider: "git", check: "base_is_tip" }),
    "another set of conditions",
  ],
];

test("an approval over a gate that is not open is none, also where nobody parsed the verdict", () => {
  const decision = decisionOf(desk.setup, { ci: "evidence_missing" });
  const verdict = (outcome: string): Verdict => ({ predicate: { outcome, decision } }) as unknown as Verdict;
  expect(decidedByOurs(verdict("APPROVED"), desk.setup, desk.now)).toMatchObject({
    refusal: { code: "decision_missing", message: "the verdict approves, and its gate is unknown" },
  });
  expect(decidedByOurs(verdict("MANUAL_REQUIRED"), desk.setup, desk.now).ok).toBe(true);
});

test("what dev.permissive lowers is lowered in the record, to the same end, and only while ours lasts", () => {
  const { setup, now } = desk;
  const dev = { ...setup.config.dev, permissive: true, exempt_providers: [] };
  const ours = { ...setup, config: { ...setup.config, dev }, permissiveUntil: now + 1000 };
  const strict = decisionOf(setup);
  const lax = { ...first(strict, { min_lane: "asserted" }), permissive_until: instant(now + 1000) };
  const said = (decision: DecisionRecord, terms: Setup = ours, at = now): unknown => {
    const verdict = { predicate: { outcome: "APPROVED", decision } } as unknown as Verdict;
    const found = decidedByOurs(verdict, terms, at);
    return found.ok
      ? "ours"
      : found.refusal.message.replace("the verdict's gate was decided over another ", "");
  };
  expect(said(lax)).toBe("ours");
  expect(said(strict, setup)).toBe("ours");
  expect(said(lax, ours, now + 1000)).toBe("end of dev.permissive");
  expect(said(lax, setup)).toBe("end of dev.permissive");
  expect(said({ ...lax, permissive_until: instant(now + 1001) })).toBe("end of dev.permissive");
  expect(said(strict)).toBe("end of dev.permissive");
  expect(said({ ...strict, permissive_until: lax.permissive_until })).toBe(
    "lane of the condition all_checks",
  );
  const raised = lax.conditions.map((one) => ({ ...one, min_lane: "asserted" as const }));
  expect(said({ ...lax, conditions: raised })).toBe("lane of the condition ci");
});

describe("an approval whose decision", () => {
  test.each(cases)("%s: decision_missing", async (_what, change, message) => {
    const made = await propose(desk, { predicate: { decision: change(decisionOf(desk.setup)) } });
    drop(desk, made);
    const done = await attempt(desk, made.id, confirm(made));
    expect(done.landing.result).toMatchObject({
      refusal: {
        code: "decision_missing",
        where: "predicate.decision",
        message: expect.stringContaining(message) as string,
      },
    });
    expect(landed(desk, made)).toBe(false);
  });

  test("is not there, as in verdicts of before: decision_missing", async () => {
    for (const outcome of ["APPROVED", "MANUAL_REQUIRED"] as const) {
      const made = await propose(desk, { undecided: true, outcome });
      drop(desk, made);
      expect((await attempt(desk, made.id, confirm(made))).answer).toBe("decision_missing");
      expect(landed(desk, made)).toBe(false);
    }
  });

  test("is as our own policy asks: it lands", async () => {
    const made = await propose(desk, { predicate: { decision: decisionOf(desk.setup) } });
    drop(desk, made);
    expect((await attempt(desk, made.id)).answer).toBe("landed");
  });
});

test("a decision that was held is no obstacle for a verdict that asks for a person", async () => {
  const made = await propose(desk, {
    outcome: "MANUAL_REQUIRED",
    reasons: { ci: "trust_lane" },
    predicate: { checks },
  });
  drop(desk, made);
  expect((await attempt(desk, made.id, confirm(made))).answer).toBe("landed");
});

const checks = [
  {
    id: "structure",
    result: "PASSED" as const,
    tool: { name: "countersign", version: "0.0.0" },
    findings: [],
  },
];
