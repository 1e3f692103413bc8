// D35: what patch-status tells of the verdict's gate, by whom it is asked, and only what the store vouches for.
import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { VERIFIER } from "../../../src/core/attestation/statement.ts";
import type { DecisionRecord } from "../../../src/core/gate/record.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
beforeEach(async () => {
  lab = await gatewayLab();
  await lab.publish({ "a.ts": "one\n", "b.ts": "two\n" });
  await lab.shelf.refresh();
});
afterEach(() => lab.stop());

const condition = (id: string, more: Partial<DecisionRecord["conditions"][number]> = {}) => ({
  id,
  provider: "checks" as const,
  check: "result",
  state: "true" as const,
  lane: "verified" as const,
  min_lane: "verified" as const,
  reason: null,
  detail: null,
  digest: "a".repeat(64),
  value: null,
  keyid: null,
  ...more,
});
const decision: DecisionRecord = {
  gate: "verdict",
  state: "unknown",
  logic: "kleene",
  min_lane: "verified",
  permissive_until: null,
  require: '{"all":["structure","tests_passed"]}',
  conditions: [
    condition("structure", { value: '"PASSED"' }),
    condition("tests_passed", {
      provider: "caller",
      check: "claim",
      state: "unknown",
      lane: "asserted",
      reason: "trust_lane",
    }),
  ],
};
const summary = { gate: "verdict", state: "unknown", condition: null, reason: "trust_lane" };
const named = { ...summary, condition: "tests_passed" };
const lines = [
  { id: "structure", state: "true", reason: null },
  { id: "tests_passed", state: "unknown", reason: "trust_lane" },
];

async function propose(path = "a.ts"): Promise<PatchId> {
  const edits = [{ op: "create", path: `new-${path}`, new_text: "x\n" }];
  const base = lab.shelf.current()!.digest;
  return (await lab.output("propose-patch", proposalArgs(base, { edits })))["patch_id"] as PatchId;
}
async function judged(record: DecisionRecord | undefined): Promise<PatchId> {
  const id = await propose();
  const { order } = lab.store.proposal(id)!;
  const predicate = {
    outcome: "MANUAL_REQUIRED" as const,
    ...(record === undefined ? {} : { decision: record }),
  };
  await lab.judge(order, { predicate });
  await lab.rounds.once();
  expect(lab.store.proposal(id)?.state).toBe("manual_required");
  return id;
}
const status = (id: PatchId, caller = {}) => lab.output("patch-status", { patch_id: id }, caller);
const remote = { credential: "token:0123456789abcdef" };

describe("of the verdict's gate", () => {
  test("a remote caller learns why it holds, a local one the trace", async () => {
    const id = await judged(decision);
    expect((await status(id, remote))["gate"]).toEqual(summary);
    expect((await status(id))["gate"]).toEqual({ ...named, conditions: lines });
  });

  test("nothing is told before there is a verdict, nor of one without a decision", async () => {
    expect(await status(await propose("c.ts"))).not.toHaveProperty("gate");
    expect(await status(await judged(undefined))).not.toHaveProperty("gate");
  });

  // Threat: whoever can write into the exchange has agents told of another decision than the one that was taken in.
  test("another verdict in its place is not looked at, nor one that is gone", async () => {
    const id = await judged(decision);
    const other = await propose("d.ts");
    const { order } = lab.store.proposal(other)!;
    const forged = {
      ...decision,
      state: "true" as const,
      require: '"structure"',
      conditions: [condition("structure")],
    };
    await lab.judge(
      { ...order, patch_id: other },
      { predicate: { decision: forged, verifier: { id: VERIFIER, version: {} } } },
    );
    const file = (name: string) => join(lab.layout.exchange, "verdicts", `${name}.dsse.json`);
    renameSync(file(other), file(id));
    expect(await status(id)).not.toHaveProperty("gate");
    renameSync(file(id), `${file(id)}.gone`);
    expect(await status(id)).toMatchObject({ state: "manual_required" });
    expect(await status(id)).not.toHaveProperty("gate");
  });

  test("propose-patch, called again, tells the same", async () => {
    const base = lab.shelf.current()!.digest;
    const edits = [{ op: "create", path: "e.ts", new_text: "x\n" }];
    const again = () => lab.output("propose-patch", proposalArgs(base, { edits, idempotency_key: "k" }));
    const id = (await again())["patch_id"] as PatchId;
    await lab.judge(lab.store.proposal(id)!.order, { predicate: { outcome: "MANUAL_REQUIRED", decision } });
    await lab.rounds.once();
    expect(await again()).toMatchObject({ repeated: true, gate: named });
  });
});

test("who may see evidence gets lane, detail, value and hash of each condition", async () => {
  await lab.stop();
  lab = await gatewayLab({ toml: '[feedback]\nevidence = ["role:reviewer"]\n' });
  await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  const id = await judged(decision);
  const reviewer = { ...lab.as("rita", { roles: ["reviewer"] }), ...remote };
  expect((await status(id, reviewer))["gate"]).toEqual({
    ...named,
    conditions: [
      { ...lines[0], detail: null, lane: "verified", value: '"PASSED"', digest: "a".repeat(64) },
      { ...lines[1], detail: null, lane: "asserted", value: null, digest: "a".repeat(64) },
    ],
  });
  const proposer = { ...lab.as("local:stdio", { roles: ["proposer"] }), ...remote };
  expect((await status(id, proposer))["gate"]).toEqual(summary);
});
