// The policy's gate at landing: fresh evidence, our own policy, and no word of a person instead of it.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Check } from "../../../src/core/attestation/statement.ts";
import { instant } from "../../../src/core/base/time.ts";
import { recordFault } from "../../../src/core/gate/record.ts";
import { landingSchema } from "../../../src/core/proposal/landing.ts";
import { type Attempted, attempt } from "../../support/attempt.ts";
import { confirm, drop, envelopes, landed, openCiDesk } from "../../support/ci-desk.ts";
import { ci, patchSubject, stranger, treeSubject } from "../../support/evidence.ts";
import { type Desk, propose, type ProposalOptions, type Proposed } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openCiDesk();
});
afterEach(() => desk.remove());

const gateCheck = (result: Check["result"]): Check => ({
  id: "gate",
  result,
  tool: { name: "countersign", version: "0.0.0" },
  findings: [],
});
const structure: Check = { ...gateCheck("PASSED"), id: "structure" };

/** The validator found nothing wrong, and CI had not spoken yet: the gate held, and its check says so. */
const waiting = (options: ProposalOptions = {}): Promise<Proposed> =>
  propose(desk, {
    outcome: "MANUAL_REQUIRED",
    reasons: { ci: "evidence_missing" },
    predicate: { checks: [structure, gateCheck("WARNED")] },
    ...options,
  });

function crowd(folder: string): void {
  for (let n = 0; n < 300; n++) writeFileSync(join(folder, `x${n}.json`), "{}");
}

/** The message names gate, condition and reason; the record holds; nothing was written. */
function expectHeld(done: Attempted, made: Proposed, code: string, detail: string | null = null): void {
  expect(done.answer).toBe(code);
  const { result, decision } = done.landing;
  if (result.kind !== "refused") throw new Error("it was not refused");
  expect(result.refusal.message).toContain("gate landing: condition ci is ");
  expect(result.refusal.message).toContain(code);
  expect(result.refusal.fix).not.toBe("");
  expect(decision?.conditions).toContainEqual(expect.objectContaining({ id: "ci", reason: code, detail }));
  expect(landed(desk, made)).toBe(false);
}

describe("a verdict that waits for CI", () => {
  test("no confirmation stands in for the evidence, and nobody is asked for one", async () => {
    const made = await waiting();
    for (const options of [{}, confirm(made), { ...confirm(made), dryRun: true }])
      expectHeld(await attempt(desk, made.id, options), made, "provider_error", "signed_missing");
    const asked = await attempt(desk, made.id, {}, { answer: made.sha256.slice(0, 8) });
    expectHeld(asked, made, "provider_error", "signed_missing");
    expect(asked.said.err).not.toContain("Type the first");
  });

  test("the envelope arrives later: a person is still needed, and then it lands", async () => {
    const made = await waiting();
    drop(desk, made);
    expect((await attempt(desk, made.id)).answer).toBe("confirm_required");
    const done = await attempt(desk, made.id, confirm(made));
    expect(done.answer).toBe("landed");
    expect(done.landing.decision).toMatchObject({ gate: "landing", state: "true" });
    expect(landed(desk, made)).toBe(true);
  });

  test("the same for what is typed at the prompt, which is asked with everything in place", async () => {
    const made = await waiting();
    drop(desk, made);
    const done = await attempt(desk, made.id, {}, { answer: made.sha256.slice(0, 8) });
    expect(done.answer).toBe("landed");
    expect(done.landing.confirmed).toBe(true);
  });

  test("evidence that is taken away while the question is open", async () => {
    const made = await waiting();
    drop(desk, made);
    const answer = (): Promise<string> => {
      rmSync(join(envelopes(desk), "ci.json"));
      return Promise.resolve(made.sha256.slice(0, 8));
    };
    const done = await attempt(desk, made.id, {}, { answer });
    expectHeld(done, made, "provider_error", "signed_missing");
    expect(done.landing.confirmed).toBe(false);
  });

  test.each<readonly [string, (made: Proposed) => void, string, string | null]>([
    [
      "is about another patch",
      (made) => drop(desk, made, { subject: [patchSubject()] }),
      "provider_error",
      "signature_other_patch",
    ],
    [
      "is about another tree",
      (made) => drop(desk, made, { subject: [treeSubject()] }),
      "provider_error",
      "signature_other_tree",
    ],
    [
      "is about another repository",
      (made) => drop(desk, made, { resourceUri: "urn:x" }),
      "provider_error",
      "signature_other_resource",
    ],
    [
      "answers another question",
      (made) => drop(desk, made, { params: { suite: "unit" } }),
      "provider_error",
      "signature_other_params",
    ],
    [
      "has expired",
      (made) => drop(desk, made, { expires: instant(desk.now + 999) }),
      "provider_error",
      "signature_expired",
    ],
    [
      "is signed by a stranger",
      (made) => drop(desk, made, {}, true, stranger),
      "provider_error",
      "signature_key_unlisted",
    ],
    ["says that the tests failed", (made) => drop(desk, made, {}, false), "condition_false", null],
    ["says something else", (made) => drop(desk, made, {}, "true"), "evidence_type", "type_string"],
  ])("an envelope that %s opens nothing", async (_what, put, code, detail) => {
    const made = await waiting();
    put(made);
    expectHeld(await attempt(desk, made.id, confirm(made)), made, code, detail);
  });

  test.each<readonly [string, (folder: string) => void, string]>([
    ["is gone", (folder) => rmSync(folder, { recursive: true }), "signed_folder"],
    ["holds too much", (folder) => crowd(folder), "signed_too_many"],
  ])("a folder of envelopes that %s opens nothing", async (_what, spoil, detail) => {
    const made = await waiting();
    drop(desk, made);
    spoil(envelopes(desk));
    expectHeld(await attempt(desk, made.id, confirm(made)), made, "provider_error", detail);
  });

  test("the envelope that the order carries counts as well", async () => {
    const patch = await waiting({ unjudged: true });
    drop(desk, patch);
    const file = join(envelopes(desk), "ci.json");
    const envelope = readFileSync(file, "utf8");
    rmSync(file);
    const made = await waiting({ order: { evidence: [{ envelope }] } });
    expect((await attempt(desk, made.id, confirm(made))).answer).toBe("landed");
  });

  test("the agent's own claim is asserted, and opens nothing", async () => {
    const made = await waiting({ order: { evidence: [{ name: "tests_passed", value: true }] } });
    expectHeld(await attempt(desk, made.id, confirm(made)), made, "provider_error", "signed_missing");
  });

  test("an approval of yesterday's evidence is asked again", async () => {
    const made = await propose(desk);
    expectHeld(await attempt(desk, made.id), made, "provider_error", "signed_missing");
    drop(desk, made);
    expect((await attempt(desk, made.id)).answer).toBe("landed");
  });

  test.each(["WARNED", "FAILED", "ERROR", "SKIPPED"] as const)(
    "a check that came out %s holds; what its own gate came to is no check",
    async (result) => {
      const made = await waiting({
        predicate: { checks: [structure, { ...structure, id: "paths", result }, gateCheck("WARNED")] },
      });
      drop(desk, made);
      expect((await attempt(desk, made.id, confirm(made))).landing.result).toMatchObject({
        refusal: { code: "condition_false", where: "all_checks" },
      });
    },
  );
});

describe("the record of an attempt", () => {
  test("is kept for refused, passed and landed ones, and can be followed", async () => {
    const made = await waiting();
    const refused = await attempt(desk, made.id);
    drop(desk, made);
    const passed = await attempt(desk, made.id, { ...confirm(made), dryRun: true });
    const done = await attempt(desk, made.id, confirm(made));
    expect([refused, passed, done].map(({ answer }) => answer)).toEqual([
      "provider_error",
      "passed",
      "landed",
    ]);
    for (const { landing } of [refused, passed, done]) {
      const { trace: _trace, ...stored } = landing;
      const { decision } = landingSchema.parse(stored);
      if (decision === undefined) throw new Error("no decision");
      expect(recordFault(decision)).toBeUndefined();
    }
    const keyed = done.landing.decision?.conditions.find(({ id }) => id === "ci");
    expect(keyed).toMatchObject({ state: "true", lane: "verified", keyid: ci.key.keyid, value: null });
  });

  test("has none where nobody was asked", async () => {
    const made = await waiting({ predicate: { expires: instant(desk.now) } });
    const { landing } = await attempt(desk, made.id);
    expect(landing.result).toMatchObject({ refusal: { code: "verdict_expired" } });
    expect(landing.decision).toBeUndefined();
  });

  test("lies in the exchange as it was said", async () => {
    const made = await waiting();
    const { landing } = await attempt(desk, made.id);
    const folder = join(desk.places.exchange, "landings");
    const [name = "", ...more] = readdirSync(folder);
    const { trace: _trace, ...said } = landing;
    expect(JSON.parse(readFileSync(join(folder, name), "utf8"))).toEqual(said);
    expect([more.length, said.decision?.state]).toEqual([0, "unknown"]);
  });
});
