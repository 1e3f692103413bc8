// What other tools, their gates and the right to them say of propose-patch: of verdicts in its answer, and of superseding.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import type { GateName } from "../../../src/core/config/schema-gates.ts";
import { toolNames } from "../../../src/core/identity/scope.ts";
import type { OtherParts } from "../../../src/gateway/tools/others.ts";
import { gate, NEVER } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { configOf } from "../../support/served.ts";

const GATES = ["patch-status", "withdraw-patch"] as const;

let lab: GatewayLab;
let base: string;
/** The gates of the policy that stand; the others are not there yet. */
let shut: Set<GateName>;
let inForce: (() => OtherParts) | undefined;
beforeEach(async () => {
  [shut, inForce] = [new Set(), undefined];
  lab = await gatewayLab({
    toml: `${NEVER}${GATES.map((name) => gate(name, '"never"')).join("")}`,
    gates: (real) => ({ ...real, of: (name) => (shut.has(name) ? real.of(name) : undefined) }),
    inForce: () => inForce?.(),
  });
  base = await lab.publish({ "src/a.ts": "one\ntwo\n" });
  await lab.shelf.refresh();
});
afterEach(() => lab.stop());

const edits = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
const args = (more: Record<string, unknown> = {}) =>
  proposalArgs(base, { edits, idempotency_key: "k", ...more });
const send = (more: Record<string, unknown> = {}) => lab.call("propose-patch", args(more));
const sent = (more: Record<string, unknown> = {}, caller = {}) =>
  lab.output("propose-patch", args(more), caller);
const last = () => lab.entries().at(-1)!;
const approve = async (id: unknown): Promise<void> => {
  await lab.rounds.once();
  await lab.judge(lab.store.proposal(id as PatchId)!.order);
  await lab.rounds.once();
};
const reject = (id: unknown): void =>
  void lab.store.settle({
    id: id as PatchId,
    state: "rejected",
    statement: null,
    reasons: [],
    note: { event: "verdict.received", actor: { principal: "test" }, data: {} },
  });
/** A call that waits, once it does, and the proposal that it waits for. */
async function waiting(caller = {}): Promise<{ answer: Promise<Record<string, unknown>>; id: unknown }> {
  const begun = Promise.withResolvers<void>();
  const answer = sent({ wait_seconds: 30 }, { ...caller, progress: begun.resolve });
  await begun.promise;
  return { answer, id: lab.store.outbox()[0]?.patch_id };
}
/** The caller with every tool but that one. */
const without = (name: string) => lab.as("local:stdio", { tools: toolNames.filter((tool) => tool !== name) });

describe("the gate of patch-status", () => {
  const bare = { state: null, stored: true, reasons: [] };
  const DETAILS = ["outcome", "attestation_sha256", "gate", "title", "updated"];

  test("holds back what came of a proposal, also from whoever waits and asks again", async () => {
    const { patch_id } = await sent();
    await approve(patch_id);
    expect(await sent()).toMatchObject({ state: "approved", outcome: "APPROVED" });
    shut.add("patch-status");
    expect(await lab.code("patch-status", { patch_id })).toBe("condition_false");
    for (const again of [await sent(), await sent({ idempotency_key: "fresh", wait_seconds: 30 })]) {
      expect(again).toMatchObject(bare);
      for (const detail of DETAILS) expect(again).not.toHaveProperty(detail);
      expect(JSON.stringify(again)).not.toMatch(/approved|APPROVED|pending|validating/);
    }
  });

  // Threat: the call waits, and the gate closes meanwhile, in the configuration that is in force by then.
  test.each([
    ["closes while a call waits", () => void shut.add("patch-status")],
    [
      "is there in a configuration that was taken over while a call waits",
      () => {
        const other = { ...lab.gates, of: (name: GateName) => lab.gates.of(name) };
        inForce = () => (shut.add("patch-status"), { config: configOf(), gates: other });
      },
    ],
    [
      "is no matter any more, the tool being denied by then",
      () => {
        const config = configOf('[server.tools]\ndeny = ["patch-status"]\n');
        inForce = () => ({ config, gates: lab.gates });
      },
    ],
  ])("%s: the verdict stays back", async (_, close) => {
    const { answer, id } = await waiting();
    close();
    await approve(id);
    expect(await answer).toMatchObject({ ...bare, patch_id: id });
    for (const detail of DETAILS) expect(await answer).not.toHaveProperty(detail);
  });

  test("says of a fresh one its name and that it was taken", async () => {
    shut.add("patch-status");
    const answer = await sent({ wait_seconds: 30 });
    expect(answer).toMatchObject({ ...bare, repeated: false });
    expect(lab.store.proposal(answer["patch_id"] as PatchId)?.state).toBe("pending");
  });
});

describe("the gate of withdraw-patch", () => {
  test("holds superseding, too, and the earlier proposal stays", async () => {
    const { patch_id } = await sent();
    shut.add("withdraw-patch");
    for (const dry_run of [true, false])
      expect(await send({ idempotency_key: "next", supersedes: patch_id, dry_run })).toMatchObject({
        refusal: { code: "condition_false" },
        gate: { gate: "withdraw-patch", state: "false" },
      });
    expect(last()).toMatchObject({
      event: "call.refused",
      data: { withdraw_policy_state: "false", withdraw_trace: "never=false:condition_false" },
    });
    expect(lab.store.proposal(patch_id as PatchId)?.state).toBe("pending");
    expect(await lab.code("propose-patch", args({ idempotency_key: "other" }))).toBeUndefined();
  });
});

// Threat: dry runs that supersede, one a second, tell when the verdict came.
test("with both gates shut, superseding a proposal says the same before its end and behind it", async () => {
  const { patch_id } = await sent();
  for (const name of GATES) shut.add(name);
  const ask = async (): Promise<unknown> => {
    const said = await send({ idempotency_key: "next", supersedes: patch_id, dry_run: true });
    return { ...said, ref: undefined };
  };
  const before = await ask();
  reject(patch_id);
  expect(before).toMatchObject({ refusal: { code: "condition_false" }, gate: { gate: "withdraw-patch" } });
  expect(await ask()).toEqual(before);
});

// Threat: how a proposal ended, told by the words of a refusal.
describe("the state in a refusal", () => {
  const closed = async (supersedes: unknown, caller = {}): Promise<readonly string[]> => {
    const next = args({ idempotency_key: "next", supersedes, dry_run: true });
    const outcomes = [
      await lab.call("propose-patch", next, caller),
      await lab.call("withdraw-patch", { patch_id: supersedes }, caller),
    ];
    return outcomes.map((outcome) => (outcome.kind === "answer" ? "" : outcome.refusal.message));
  };

  test("is told to whoever may ask patch-status, and to nobody else", async () => {
    const { patch_id } = await sent();
    reject(patch_id);
    expect(await closed(patch_id)).toEqual(["the patch to supersede is rejected", "the patch is rejected"]);
    const end = ["the patch to supersede is in a final state", "the patch is in a final state"];
    expect(await closed(patch_id, without("patch-status"))).toEqual(end);
    shut.add("patch-status");
    expect(await closed(patch_id)).toEqual(end);
  });
});

// Threat: a token without withdraw-patch ends a proposal, and one without patch-status waits for its verdict.
describe("the right to another tool", () => {
  test("superseding takes that of withdraw-patch", async () => {
    const { patch_id } = await sent();
    const next = args({ idempotency_key: "next", supersedes: patch_id });
    expect(await lab.call("propose-patch", next, without("withdraw-patch"))).toMatchObject({
      refusal: { code: "unauthorized", where: "withdraw-patch" },
    });
    expect(lab.store.proposal(patch_id as PatchId)?.state).toBe("pending");
  });

  test("and so it does where the operator denies the tool to everybody", async () => {
    await lab.stop();
    lab = await gatewayLab({ toml: '[server.tools]\ndeny = ["withdraw-patch", "patch-status"]\n' });
    base = await lab.publish({ "src/a.ts": "one\ntwo\n" });
    await lab.shelf.refresh();
    const { patch_id, state } = await sent();
    expect(state).toBeNull();
    const next = args({ idempotency_key: "next", supersedes: patch_id });
    expect(await lab.code("propose-patch", next)).toBe("unauthorized");
  });

  test("what becomes of a proposal takes that of patch-status", async () => {
    const { patch_id } = await sent({}, without("patch-status"));
    await approve(patch_id);
    const answer = await sent({}, without("patch-status"));
    expect(answer).toMatchObject({ patch_id, state: null });
    expect(answer).not.toHaveProperty("outcome");
  });
});

// Threat: a token is revoked because its holder is not trusted any more, and its call waits on for the verdict.
describe("a credential that does not count any more", () => {
  test.each([
    ["is over", () => false],
    ["cannot be asked about", () => Promise.reject(new Error("the store is gone"))],
  ])("%s while a call waits: the verdict stays back", async (_, now) => {
    let stillValid: () => boolean | Promise<boolean> = () => true;
    const { answer, id } = await waiting({ stillValid: () => stillValid() });
    stillValid = now;
    await approve(id);
    expect(await answer).toMatchObject({ patch_id: id, state: null, reasons: [] });
  });
});
