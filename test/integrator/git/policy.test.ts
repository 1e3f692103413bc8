// The policy's gate at landing: fresh evidence, our own policy, and no word of a person instead of it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EvidenceContext, evidenceStatement } from "../../../src/core/attestation/evidence.ts";
import type { Check } from "../../../src/core/attestation/statement.ts";
import { landingBranch } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { type DecisionRecord, recordFault } from "../../../src/core/gate/record.ts";
import type { Value } from "../../../src/core/gate/value.ts";
import { landingSchema } from "../../../src/core/proposal/landing.ts";
import { type Attempted, attempt } from "../../support/attempt.ts";
import { decisionOf } from "../../support/decisions.ts";
import { ci, context, patchSubject, stranger, treeSubject } from "../../support/evidence.ts";
import { git } from "../../support/scratch.ts";
import type { TestSigner } from "../../support/signing.ts";
import { type Desk, openDesk, propose, type ProposalOptions, type Proposed } from "../../support/verdicts.ts";

/** evidence.folder of the preset, in the state folder. */
const EVIDENCE = "evidence";
const FILES = { "src/a.txt": "one\ntwo\nthree\n", "src/b.txt": "alpha\nbeta\n" };
const spki = ci.pem.split("\n").slice(1, -2).join("");
/** As in hardened: the verdict asks for all checks and CI's word, the landing for CI's word. */
const POLICY = `
[evidence]
keys = [{ name = "ci", key = "${spki}", checks = ["tests_passed"] }]
[[conditions]]
id = "ci"
provider = "signed"
query = { check = "statement", name = "tests_passed" }
type = "boolean"
comparator = "equals"
expected = true
min_lane = "verified"
[[conditions]]
id = "all_checks"
provider = "checks"
query = { check = "passed" }
comparator = "equals"
expected = true
[gates.verdict]
require = { all = ["all_checks", "ci"] }
[gates.landing]
require = { all = ["all_checks", "ci"] }
`;

let desk: Desk;
beforeEach(() => {
  desk = openDesk(FILES, POLICY);
  mkdirSync(join(desk.places.root, EVIDENCE));
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

function drop(
  made: Proposed,
  over: Readonly<Record<string, unknown>> = {},
  value: Value = true,
  by: TestSigner = ci,
): void {
  const said: EvidenceContext = context({
    subject: [patchSubject(made.sha256)],
    resourceUri: "urn:countersign:repository:desk",
    check: "tests_passed",
    params: {},
    issued: instant(desk.now - 60_000),
    expires: instant(desk.now + 600_000),
    ...over,
  });
  writeFileSync(join(desk.places.root, EVIDENCE, "ci.json"), by.envelope(evidenceStatement(said, value)));
}

function crowd(folder: string): void {
  for (let n = 0; n < 300; n++) writeFileSync(join(folder, `x${n}.json`), "{}");
}

const confirm = (made: Proposed): { confirm: string } => ({ confirm: made.sha256.slice(0, 32) });

const landed = (made: Proposed): boolean => git(desk.repo, "for-each-ref").includes(landingBranch(made.id));

/** The message names gate, condition and reason; the record holds; nothing was written. */
function expectHeld(done: Attempted, made: Proposed, code: string, detail: string | null = null): void {
  expect(done.answer).toBe(code);
  const { result, decision } = done.landing;
  if (result.kind !== "refused") throw new Error("it was not refused");
  expect(result.refusal.message).toContain("gate landing: condition ci is ");
  expect(result.refusal.message).toContain(code);
  expect(result.refusal.fix).not.toBe("");
  expect(decision?.conditions).toContainEqual(expect.objectContaining({ id: "ci", reason: code, detail }));
  expect(landed(made)).toBe(false);
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
    drop(made);
    expect((await attempt(desk, made.id)).answer).toBe("confirm_required");
    const done = await attempt(desk, made.id, confirm(made));
    expect(done.answer).toBe("landed");
    expect(done.landing.decision).toMatchObject({ gate: "landing", state: "true" });
    expect(landed(made)).toBe(true);
  });

  test("the same for what is typed at the prompt, which is asked with everything in place", async () => {
    const made = await waiting();
    drop(made);
    const done = await attempt(desk, made.id, {}, { answer: made.sha256.slice(0, 8) });
    expect(done.answer).toBe("landed");
    expect(done.landing.confirmed).toBe(true);
  });

  test("evidence that is taken away while the question is open", async () => {
    const made = await waiting();
    drop(made);
    const answer = (): Promise<string> => {
      rmSync(join(desk.places.root, EVIDENCE, "ci.json"));
      return Promise.resolve(made.sha256.slice(0, 8));
    };
    const done = await attempt(desk, made.id, {}, { answer });
    expectHeld(done, made, "provider_error", "signed_missing");
    expect(done.landing.confirmed).toBe(false);
  });

  test.each<readonly [string, (made: Proposed) => void, string, string | null]>([
    [
      "is about another patch",
      (made) => drop(made, { subject: [patchSubject()] }),
      "provider_error",
      "signature_other_patch",
    ],
    [
      "is about another tree",
      (made) => drop(made, { subject: [treeSubject()] }),
      "provider_error",
      "signature_other_tree",
    ],
    [
      "is about another repository",
      (made) => drop(made, { resourceUri: "urn:x" }),
      "provider_error",
      "signature_other_resource",
    ],
    [
      "answers another question",
      (made) => drop(made, { params: { suite: "unit" } }),
      "provider_error",
      "signature_other_params",
    ],
    [
      "has expired",
      (made) => drop(made, { expires: instant(desk.now + 999) }),
      "provider_error",
      "signature_expired",
    ],
    [
      "is signed by a stranger",
      (made) => drop(made, {}, true, stranger),
      "provider_error",
      "signature_key_unlisted",
    ],
    ["says that the tests failed", (made) => drop(made, {}, false), "condition_false", null],
    ["says something else", (made) => drop(made, {}, "true"), "evidence_type", "type_string"],
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
    drop(made);
    spoil(join(desk.places.root, EVIDENCE));
    expectHeld(await attempt(desk, made.id, confirm(made)), made, "provider_error", detail);
  });

  test("the envelope that the order carries counts as well", async () => {
    const patch = await waiting({ unjudged: true });
    drop(patch);
    const file = join(desk.places.root, EVIDENCE, "ci.json");
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
    drop(made);
    expect((await attempt(desk, made.id)).answer).toBe("landed");
  });

  test.each(["WARNED", "FAILED", "ERROR", "SKIPPED"] as const)(
    "a check that came out %s holds; what its own gate came to is no check",
    async (result) => {
      const made = await waiting({
        predicate: { checks: [structure, { ...structure, id: "paths", result }, gateCheck("WARNED")] },
      });
      drop(made);
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
    drop(made);
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
    const files = readdirSync(join(desk.places.exchange, "landings"));
    expect(files).toHaveLength(1);
    expect(landing.decision?.state).toBe("unknown");
  });
});

describe("the verdict's decision", () => {
  const bend = (change: (record: DecisionRecord) => DecisionRecord | undefined): ProposalOptions => {
    const { decision: _old, ...rest } = { decision: undefined };
    const changed = change(decisionOf(desk.setup));
    return { predicate: { ...rest, ...(changed === undefined ? {} : { decision: changed }) } };
  };
  const first = (
    record: DecisionRecord,
    change: Partial<DecisionRecord["conditions"][number]>,
  ): DecisionRecord => ({
    ...record,
    conditions: record.conditions.map((one, at) => (at === 0 ? { ...one, ...change } : one)),
  });
  const cases: readonly (readonly [string, (record: DecisionRecord) => DecisionRecord])[] = [
    ["is of another gate", (record) => ({ ...record, gate: "landing" })],
    [
      "says yes over conditions that say no",
      (record) => first(record, { state: "false", reason: "condition_false" }),
    ],
    ["leaves a condition out", (record) => ({ ...record, conditions: record.conditions.slice(1) })],
    [
      "asked less: another tree",
      (record) => ({ ...record, require: '"ci"', conditions: record.conditions.slice(1) }),
    ],
    ["asked more", (record) => ({ ...record, require: '{"any":["all_checks","ci"]}' })],
    ["went by another logic", (record) => ({ ...record, logic: "bochvar" })],
    ["was content with a lower lane", (record) => ({ ...record, min_lane: "asserted" })],
    ["asked another check under that name", (record) => first(record, { check: "protected" })],
  ];
  test.each(cases)("%s: decision_missing", async (_what, change) => {
    const made = await propose(desk, bend(change));
    drop(made);
    const done = await attempt(desk, made.id);
    expect(done.answer).toBe("decision_missing");
    expect(landed(made)).toBe(false);
  });

  test("is not there, as in verdicts of before", async () => {
    const made = await propose(desk, { undecided: true });
    drop(made);
    expect((await attempt(desk, made.id, confirm(made))).answer).toBe("decision_missing");
  });

  test("is as our own policy asks: it lands", async () => {
    const made = await propose(
      desk,
      bend((record) => record),
    );
    drop(made);
    expect((await attempt(desk, made.id)).answer).toBe("landed");
  });
});
