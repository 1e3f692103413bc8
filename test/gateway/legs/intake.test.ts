// A verdict settles exactly the order it was signed for; everything else is refused by name and never approves.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseEnvelope } from "../../../src/core/attestation/envelope.ts";
import { GATE_CHECK } from "../../../src/core/attestation/statement.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { PatchId } from "../../../src/core/base/ids.ts";
import type { Reason } from "../../../src/core/base/reason.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { DecisionRecord } from "../../../src/core/gate/record.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { OID, PASSED, signer, type VerdictChanges } from "../../support/published.ts";

let lab: GatewayLab;
let order: Order;
beforeEach(async () => {
  lab = await gatewayLab();
  const base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  await lab.output(
    "propose-patch",
    proposalArgs(base, { edits: [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }] }),
  );
  [order] = lab.store.outbox() as [Order];
});
afterEach(() => lab.stop());

const state = () => lab.store.proposal(order.patch_id)!;
const events = () => lab.entries().map(({ event }) => event);
const OTHER = "00000000-0000-4000-8000-000000000000" as PatchId;
const base = { manifest: sha256("other"), digest: { gitCommit: OID, gitTree: OID } };
/** The same patch under another title, as somebody may have written it into the order's place. */
const words = { digest: { sha256: sha256("another title") } };

describe("refuses and leaves the proposal in error", () => {
  const cases: readonly (readonly [string, VerdictChanges, string])[] = [
    ["a signature of another key", { signer: signer() }, "verdict_signature"],
    ["a verdict about another proposal", { predicate: { patchId: OTHER } }, "verdict_mismatch"],
    ["a verdict about another patch", { patch: sha256("other patch") }, "verdict_mismatch"],
    ["a verdict about other words", { predicate: { order: words } }, "verdict_mismatch"],
    ["a verdict about another base", { predicate: { base } }, "verdict_mismatch"],
    [
      "a verdict about another proposer",
      { predicate: { proposer: { principal: "other", session: "s" } } },
      "verdict_mismatch",
    ],
  ];
  test.each(cases)("%s", async (_, changes, code) => {
    await lab.judge(order, changes);
    await lab.rounds.once();
    await lab.rounds.once();
    expect(state()).toMatchObject({ state: "error", statement: null, reasons: [{ code }] });
    expect(lab.entries().filter(({ event }) => event === "verdict.refused")).toMatchObject([
      { data: { patch_id: order.patch_id, reason: code } },
    ]);
    expect(events()).not.toContain("verdict.received");
  });

  test.each([
    ["no JSON", "{"],
    [
      "an envelope without signatures",
      JSON.stringify({ payload: "e30=", payloadType: "application/vnd.in-toto+json", signatures: [] }),
    ],
    ["something too large", "x".repeat(2_000_000)],
  ])("%s", async (_, text) => {
    writeFileSync(join(lab.layout.exchange, "verdicts", `${order.patch_id}.dsse.json`), text);
    await lab.rounds.once();
    expect(state()).toMatchObject({ state: "error", reasons: [{ code: "verdict_invalid" }] });
  });
});

describe("takes in", () => {
  test("an approval, once, with the digest of the signed statement", async () => {
    const envelope = await lab.judge(order);
    await lab.rounds.once();
    await lab.rounds.once();
    const statement = sha256(parseEnvelope(envelope)!.payload);
    expect(state()).toMatchObject({ state: "approved", statement, reasons: [] });
    expect(lab.entries().filter(({ event }) => event === "verdict.received")).toMatchObject([
      {
        data: {
          patch_id: order.patch_id,
          outcome: "APPROVED",
          statement_sha256: statement,
          arguments_sha256: order.arguments_sha256,
          keyid: lab.signer.trusted.keyid,
          policy: sha256("policy"),
          checks: "structure=PASSED",
        },
      },
    ]);
    expect(await lab.output("patch-status", { patch_id: order.patch_id })).toMatchObject({
      state: "approved",
      outcome: "APPROVED",
      attestation_sha256: statement,
    });
  });

  test("a rejection with the reasons of its findings", async () => {
    const finding = { rule: "secrets", line: 3, refusal: refusal("path_blocked", "no", "a.ts") };
    // What was not looked at behind the failure is no reason of its own.
    const skipped = { ...PASSED, id: "tree", result: "SKIPPED" as const };
    const checks = [{ ...PASSED, result: "FAILED" as const, findings: [finding] }, skipped];
    await lab.judge(order, { predicate: { outcome: "REJECTED", checks } });
    await lab.rounds.once();
    expect(await lab.output("patch-status", { patch_id: order.patch_id })).toMatchObject({
      state: "rejected",
      outcome: "REJECTED",
      reasons: [{ code: "path_blocked", where: "a.ts" }],
    });
  });

  test.each(["ERROR", "SKIPPED"] as const)(
    "a manual verdict whose check says %s, with that reason",
    async (result) => {
      await lab.judge(order, { predicate: { outcome: "MANUAL_REQUIRED", checks: [{ ...PASSED, result }] } });
      await lab.rounds.once();
      expect(state()).toMatchObject({
        state: "manual_required",
        reasons: [{ code: "check_error", where: "structure" }],
      });
    },
  );

  // Threat: the verdict's check on the gate names every unmet condition and its detail, to callers who may know one.
  describe("of a gate that holds, one reason", () => {
    const finding = (code: Reason, where: string, detail: string) => ({
      rule: "policy",
      line: null,
      refusal: refusal(code, `gate verdict: condition ${where} is unknown (${detail})`, where),
    });
    const findings = [
      finding("trust_lane", "signed", "asserted evidence, verified is asked for"),
      finding("provider_error", "freeze", "env_blocked"),
      finding("provider_error", "canary", "json_file_not_found"),
    ];
    const unmet = (id: string, reason: string, detail: string | null = null) => ({
      id,
      provider: "env" as const,
      check: "get",
      state: "unknown" as const,
      lane: null,
      min_lane: "verified" as const,
      reason,
      detail,
      digest: null,
      value: null,
      keyid: null,
    });
    const decision = (require: string): DecisionRecord => ({
      gate: "verdict",
      state: "unknown",
      logic: "kleene",
      min_lane: "verified",
      permissive_until: null,
      require,
      conditions: [
        unmet("freeze", "provider_error", "env_blocked"),
        unmet("signed", "trust_lane"),
        unmet("canary", "provider_error", "json_file_not_found"),
      ],
    });
    const held = [
      {
        code: "trust_lane",
        message: "gate verdict is unknown",
        where: "",
        fix: expect.stringContaining("evidence sign") as string,
      },
    ];
    const judged = async (record?: DecisionRecord): Promise<unknown> => {
      const checks = [PASSED, { ...PASSED, id: GATE_CHECK, result: "WARNED" as const, findings }];
      const decided = record === undefined ? {} : { decision: record };
      await lab.judge(order, { predicate: { outcome: "MANUAL_REQUIRED", checks, ...decided } });
      await lab.rounds.once();
      const told = await lab.output("patch-status", { patch_id: order.patch_id });
      expect(told["reasons"]).toEqual(state().reasons);
      return told["reasons"];
    };

    test("the code of the blamed condition with its fix, and nothing of the others", async () => {
      const reasons = await judged(decision('{"all":["signed","freeze","canary"]}'));
      expect(reasons).toMatchObject(held);
      expect(JSON.stringify(reasons)).not.toMatch(/condition signed|freeze|canary|env_blocked|json_file/);
    });

    test.each<[string, DecisionRecord | undefined]>([
      ["no record", undefined],
      ["a record whose tree cannot be read", decision("no tree")],
    ])("that it holds, where nobody can tell why: %s", async (_, record) => {
      const reasons = await judged(record);
      expect(reasons).toMatchObject([{ code: "gate_held", where: "" }]);
      expect(JSON.stringify(reasons)).not.toMatch(/signed|freeze|canary|env_blocked|json_file/);
    });
  });

  test("nothing for a proposal that was withdrawn, and nothing for a patch nobody proposed", async () => {
    await lab.output("withdraw-patch", { patch_id: order.patch_id });
    await lab.judge(order);
    await lab.judge({ ...order, patch_id: OTHER });
    await lab.rounds.once();
    expect(state().state).toBe("withdrawn");
    expect(events()).not.toContain("verdict.received");
  });
});

test("two gateways on one store double nothing", async () => {
  const other = await gatewayLab({ beside: lab });
  await Promise.all([lab.rounds.once(), other.rounds.once()]);
  await lab.judge(order);
  await Promise.all([lab.rounds.once(), other.rounds.once()]);
  await Promise.all([lab.rounds.once(), other.rounds.once()]);
  const count = (event: string) => events().filter((own) => own === event).length;
  expect({ dispatched: count("proposal.dispatched"), received: count("verdict.received") }).toEqual({
    dispatched: 1,
    received: 1,
  });
  await other.stop();
});
