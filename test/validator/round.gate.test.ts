// The verdict gate over real orders: claims are claims, signed facts count, and the attestation says how it was decided.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Check, resourceUri } from "../../src/core/attestation/statement.ts";
import { toBase64 } from "../../src/core/base/bytes.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import type { PatchId } from "../../src/core/base/ids.ts";
import { instant } from "../../src/core/base/time.ts";
import { recordFault } from "../../src/core/gate/record.ts";
import { valueOf } from "../../src/core/gate/value.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import type { Order } from "../../src/core/proposal/order.ts";
import { judge } from "../../src/validator/round.ts";
import { signEvidence } from "../../src/validator/signing/evidence.ts";
import { readKey } from "../../src/validator/signing/key-file.ts";
import { newKey } from "../../src/validator/signing/keygen.ts";
import { findingsOf, openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { NOON, patchId } from "../support/proposals.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";
const OTHER = GOOD.replace("TWO", "ZWO");
const CREATE = (path: string): string =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;

const ci = scratch("gate-ci");
const made = newKey({ keys: join(ci, "keys"), trust: join(ci, "trust"), repositories: [] });
const ciKey = readKey(made.privateFile, []);

const POLICY = `
[[evidence.keys]]
name = "ci"
key = "${toBase64(ciKey.publicKey)}"
checks = ["tests_passed"]

[[conditions]]
id = "claimed"
provider = "caller"
query = { check = "claim", name = "tests_passed" }
type = "boolean"
comparator = "equals"
expected = true

[[conditions]]
id = "signed"
provider = "signed"
query = { check = "statement", name = "tests_passed" }
type = "boolean"
comparator = "equals"
expected = true

[gates.verdict]
require = { all = ["structure", { any = ["claimed", "signed"] }] }
`;

let repo: string;
const benches: TestBench[] = [];

beforeAll(() => {
  repo = scratchRepository("round-gate", { "src/a.ts": "one\ntwo\nthree\n", "src/b.ts": "b\n" });
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(ci);
  for (const { state } of benches) removeScratch(state);
});

interface Scene {
  readonly on: TestBench;
  readonly base: OpenManifest;
}

async function scene(toml: string, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const on = await openBench(repo, toml, undefined, env);
  benches.push(on);
  return { on, base: await publishNow(on) };
}

interface Seen {
  readonly outcome: string;
  readonly findings: readonly string[];
  /** `id state lane reason detail` by condition. */
  readonly trace: readonly string[];
  readonly verdict: Awaited<ReturnType<typeof verdictOn>>;
}

async function judged({ on, base }: Scene, patch: string, changes: Partial<Order> = {}): Promise<Seen> {
  const id = await putOrder(on, base, patch, changes);
  expect(await judge(on.bench, base, id, true)).toMatchObject({ kind: "signed" });
  return seen(on, id);
}

async function seen(on: TestBench, id: PatchId): Promise<Seen> {
  const verdict = await verdictOn(on, id);
  const { decision, outcome } = verdict.predicate;
  if (decision === undefined) throw new Error("the verdict has no decision");
  expect(recordFault(decision)).toBeUndefined();
  const trace = decision.conditions.map(({ id: name, state, lane, reason, detail }) =>
    [name, state, lane, reason, detail].filter((word) => word !== null).join(" "),
  );
  return { outcome, findings: findingsOf(verdict), trace, verdict };
}

const gateCheck = ({ verdict }: Seen): Check | undefined =>
  verdict.predicate.checks.find(({ id }) => id === "gate");

interface Said {
  readonly patch?: string;
  readonly check?: string;
  readonly value?: boolean;
  readonly expires?: number;
  readonly form?: "dsse" | "result";
}

function envelope({
  patch = GOOD,
  check = "tests_passed",
  value = true,
  expires = NOON + 60_000,
  form = "dsse",
}: Said): string {
  const context = {
    resourceUri: resourceUri("repository", "default"),
    subject: [{ name: "patch" as const, digest: { sha256: sha256(patch) } }] as [never],
    check,
    params: {},
    issued: instant(NOON - 1000),
    expires: instant(expires),
    nonce: "0123456789abcdef".repeat(2),
  };
  return Buffer.from(signEvidence(context, valueOf(value), form, ciKey)).toString("utf8");
}

describe("acceptance 5: a claim and the same fact signed", () => {
  let there: Scene;
  beforeAll(async () => {
    there = await scene(POLICY);
  });

  test("a claim is asserted whatever it says, and the gate holds", async () => {
    const seen = await judged(there, GOOD, { evidence: [{ name: "tests_passed", value: true }] });
    expect(seen.outcome).toBe("MANUAL_REQUIRED");
    expect(seen.trace).toEqual([
      "structure true verified",
      "claimed unknown asserted trust_lane",
      expect.stringMatching(/^signed unknown .*provider_error signed_missing$/),
    ]);
    expect(seen.findings).toEqual(["gate: trust_lane", "gate: provider_error"]);
    const findings = gateCheck(seen)?.findings ?? [];
    expect(findings.map(({ refusal }) => refusal.where)).toEqual(["claimed", "signed"]);
    expect(seen.verdict.predicate.decision).toMatchObject({
      gate: "verdict",
      state: "unknown",
      permissive_until: null,
    });
  });

  test.each(["dsse", "result"] as const)("signed by the pinned key it opens the gate (%s)", async (form) => {
    const seen = await judged(there, GOOD, {
      evidence: [{ name: "tests_passed", value: true }, { envelope: envelope({ form }) }],
    });
    expect([seen.outcome, ...seen.findings]).toEqual(["APPROVED"]);
    expect(gateCheck(seen)?.result).toBe("PASSED");
    expect(seen.trace).toContain("signed true verified");
    expect(seen.trace).toContain("claimed unknown asserted trust_lane");
    const record = seen.verdict.predicate.decision?.conditions.find(({ id }) => id === "signed");
    expect(record).toMatchObject({ keyid: made.keyid, min_lane: "verified", value: null });
    expect(record?.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test("found in the folder instead of the order it counts just the same", async () => {
    const own = await scene(POLICY);
    writeFileSync(join(own.on.state, "evidence", "ci.json"), envelope({}));
    expect((await judged(own, GOOD)).outcome).toBe("APPROVED");
  });

  test.each<readonly [string, Said, string]>([
    ["about another patch", { patch: OTHER }, "signature_other_patch"],
    ["that is over", { expires: NOON }, "signature_expired"],
    ["about another check", { check: "lint_passed" }, "signed_missing"],
    ["that says no", { value: false }, ""],
  ])("a statement %s does not open it", async (_, said, detail) => {
    const { outcome, trace } = await judged(there, GOOD, { evidence: [{ envelope: envelope(said) }] });
    expect(outcome).toBe("MANUAL_REQUIRED");
    const line = trace.find((one) => one.startsWith("signed ")) ?? "";
    expect(line).not.toContain("signed true");
    if (detail !== "") expect(line).toContain(detail);
  });

  // The verdict is not opened again: what comes later is looked at by the landing gate.
  test("evidence that arrives behind the verdict changes nothing of it", async () => {
    const own = await scene(POLICY);
    const id = await putOrder(own.on, own.base, GOOD);
    await judge(own.on.bench, own.base, id, true);
    const before = await own.on.bench.exchange.verdicts.read(id);
    writeFileSync(join(own.on.state, "evidence", "late.json"), envelope({}));
    expect(await judge(own.on.bench, own.base, id, true)).toEqual({ kind: "stands" });
    expect(await own.on.bench.exchange.verdicts.read(id)).toEqual(before);
  });
});

describe("the record is in every verdict", () => {
  test("of a rejected patch, whose reasons are not buried under the gate's", async () => {
    const there = await scene(POLICY);
    const seen = await judged(there, GOOD.replace(" one", " eno"));
    expect([seen.outcome, ...seen.findings]).toEqual(["REJECTED", "tree: apply_failed"]);
    expect(gateCheck(seen)?.result).toBe("SKIPPED");
    expect(seen.trace).toHaveLength(3);
  });

  test("of bytes that are no order: nobody was asked about them", async () => {
    const { on, base } = await scene(POLICY);
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

describe("G33: protected paths come from git's list", () => {
  const NO_PROTECTED = `
[[conditions]]
id = "unprotected"
provider = "checks"
query = { check = "protected" }
comparator = "equals"
expected = false
[gates.verdict]
require = "unprotected"
`;
  let there: Scene;
  beforeAll(async () => {
    there = await scene(NO_PROTECTED);
  });

  test.each([
    ["src/auth/x.ts", "MANUAL_REQUIRED", "unprotected false verified condition_false"],
    ["src/new.ts", "APPROVED", "unprotected true verified"],
  ])("%s", async (path, outcome, line) => {
    const seen = await judged(there, CREATE(path));
    expect([seen.outcome, seen.trace]).toEqual([outcome, [line]]);
  });

  // In the original a flag inside the untrusted file decided, and whoever wrote the file could flip it.
  test.each([
    [
      "a flag beside the patch",
      (text: string) =>
        text.replace('{"arguments_sha256"', '{"a_requires_manual_override":false,"arguments_sha256"'),
      "REJECTED",
    ],
    [
      "a claim",
      (text: string) =>
        text.replace('"evidence":[]', '"evidence":[{"name":"requires_manual_override","value":false}]'),
      "MANUAL_REQUIRED",
    ],
    [
      "another risk",
      (text: string) => text.replace('"risk_level":"medium"', '"risk_level":"low"'),
      "MANUAL_REQUIRED",
    ],
  ])("%s in the order's file changes nothing", async (_, flip, outcome) => {
    const { on, base } = there;
    const id = await putOrder(on, base, CREATE("src/auth/x.ts"), { risk_level: "medium" });
    const found = await on.bench.exchange.orders.read(id);
    if (found.kind !== "found") throw new Error("no order");
    const text = Buffer.from(found.bytes).toString("utf8");
    const flipped = flip(text);
    expect(flipped).not.toBe(text);
    writeFileSync(join(on.state, "exchange", "orders", `${id}.json`), flipped);
    await judge(on.bench, base, id, true);
    expect((await verdictOn(on, id)).predicate.outcome).toBe(outcome);
  });
});

describe("git's facts", () => {
  const condition = (id: string, query: string, comparator: string, expected: string): string =>
    `[[conditions]]\nid = "${id}"\nprovider = "git"\nquery = ${query}\ncomparator = "${comparator}"\nexpected = ${expected}\n`;
  const GIT = [
    condition("one_file", '{ check = "changed_files" }', "equals", "1"),
    condition("created", '{ check = "created_paths" }', "contains", '["src/new.ts"]'),
    condition("few_lines", '{ check = "added_lines" }', "less_than_or_equal", "1"),
    condition("on_main", '{ check = "target_ref" }', "equals", '"refs/heads/main"'),
    condition("at_tip", '{ check = "base_is_tip" }', "equals", "true"),
    condition("in_source", '{ check = "touches", globs = ["src/**"] }', "equals", "true"),
    '[gates.verdict]\nrequire = { all = ["one_file", "created", "few_lines", "on_main", "at_tip", "in_source"] }\n',
  ].join("");

  test("are of the tree that was built, and each of them holds", async () => {
    const there = await scene(GIT);
    expect((await judged(there, CREATE("src/new.ts"))).outcome).toBe("APPROVED");
    const { outcome, trace } = await judged(there, GOOD);
    expect(outcome).toBe("MANUAL_REQUIRED");
    expect(trace.filter((line) => line.includes(" false "))).toEqual([
      "created false verified condition_false",
    ]);
  });

  test("are none where no tree was built", async () => {
    const there = await scene(GIT);
    const { outcome, trace } = await judged(there, GOOD.replace(" one", " eno"));
    expect(outcome).toBe("REJECTED");
    expect(trace.every((line) => line.includes("unknown") && line.includes("provider_error"))).toBe(true);
  });
});

describe("P19: each criterion stands in the attestation", () => {
  test("and one whose evidence file is gone holds, by name", async () => {
    const root = scratch("gate-json");
    writeFileSync(join(root, "coverage.json"), '{"lines": 0.91}');
    const toml = `
[evidence.json]
root = "${root}"
[[conditions]]
id = "coverage"
provider = "json"
query = { check = "path", file = "coverage.json", jsonpath = "$.lines" }
type = "number"
comparator = "greater_than_or_equal"
expected_json = "0.8"
[gates.verdict]
require = { all = ["structure", "coverage"] }
`;
    const there = await scene(toml);
    const whole = await judged(there, GOOD);
    expect([whole.outcome, ...whole.trace]).toEqual([
      "APPROVED",
      "structure true verified",
      "coverage true verified",
    ]);
    removeScratch(root);
    mkdirSync(root);
    const { outcome, findings, verdict } = await judged(there, GOOD);
    expect([outcome, ...findings]).toEqual(["MANUAL_REQUIRED", "gate: provider_error"]);
    const finding = verdict.predicate.checks.find(({ id }) => id === "gate")?.findings[0];
    expect(finding?.refusal.where).toBe("coverage");
    expect(finding?.refusal.message).toContain("json_file_not_found");
    removeScratch(root);
  });
});
