// An outcome that does not follow from its decision is found, also where the record itself holds together.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  parseVerdict,
  type Verdict,
  type VerdictPredicate,
} from "../../../src/core/attestation/statement.ts";
import { parseEnvelope } from "../../../src/core/attestation/envelope.ts";
import type { Landing } from "../../../src/core/proposal/landing.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { landingFault, verdictFault } from "../../../src/integrator/decision/judged.ts";
import { decisionOf } from "../../support/decisions.ts";
import { landing } from "../../support/proposals.ts";
import { type Desk, openDesk, propose } from "../../support/verdicts.ts";

let desk: Desk;
let verdict: Verdict;
beforeAll(async () => {
  desk = openDesk();
  const { envelope } = await propose(desk);
  const parsed = parseVerdict(parseEnvelope(envelope)!.payload);
  if (!parsed.ok) throw new Error(parsed.refusal.message);
  verdict = parsed.value;
});
afterAll(() => desk.remove());

const changed = (over: Partial<VerdictPredicate>): Verdict => ({
  ...verdict,
  predicate: { ...verdict.predicate, ...over },
});
const held = (): ReturnType<typeof decisionOf> => decisionOf(desk.setup, { structure: "evidence_missing" });

test("a verdict", () => {
  expect(verdictFault(verdict)).toBe(undefined);
  expect(verdictFault(changed({ decision: held() }))).toBe("it is approved, and its gate is unknown");
  expect(verdictFault(changed({ decision: held(), outcome: "MANUAL_REQUIRED" }))).toBe(undefined);
  expect(verdictFault(changed({ decision: undefined }))).toBe(undefined);
  expect(verdictFault(changed({ outcome: "REJECTED" }))).toBe("no check failed, and it is rejected");
});

test("a landing", () => {
  const of = (over: Partial<Landing>): Landing => landing(1, 1, over);
  const open = decisionOf(desk.setup, {}, "landing");
  const shut = decisionOf(desk.setup, { structure: "evidence_missing" }, "landing");
  const refused = { kind: "refused" as const, refusal: refusal("evidence_missing", "x") };
  expect(landingFault(of({ decision: open }))).toBe(undefined);
  expect(landingFault(of({}))).toBe(undefined);
  expect(landingFault(of({ decision: shut, result: refused }))).toBe(undefined);
  expect(landingFault(of({ decision: shut }))).toBe("it landed, and its gate is unknown");
  expect(landingFault(of({ decision: shut, result: { kind: "passed" } }))).toBe(
    "it passed, and its gate is unknown",
  );
  expect(landingFault(of({ decision: decisionOf(desk.setup) }))).toBe("it is the record of the gate verdict");
  expect(landingFault(of({ decision: { ...open, state: "false" }, result: refused }))).toContain(
    "make it true",
  );
});
