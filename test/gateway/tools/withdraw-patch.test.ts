// Only the proposer withdraws; what was answered as withdrawn can never be landed.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
let id: PatchId;
beforeAll(async () => {
  lab = await gatewayLab();
  const base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  const answer = await lab.output(
    "propose-patch",
    proposalArgs(base, { edits: [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }] }),
  );
  id = answer["patch_id"] as PatchId;
});
afterAll(() => lab.stop());

test.each(["withdraw-patch", "patch-status"])(
  "%s knows only ids, and only one's own patches",
  async (tool) => {
    expect(await lab.code(tool, { patch_id: "../../etc" })).toBe("input_invalid");
    expect(await lab.code(tool, { patch_id: "00000000-0000-4000-8000-000000000000" })).toBe("patch_unknown");
    const strangers = await lab.call(tool, { patch_id: id }, lab.as("other", { roles: ["proposer"] }));
    expect(strangers).toMatchObject({
      kind: "refused",
      refusal: { code: "patch_unknown", message: "there is no such patch of yours" },
    });
    expect(lab.store.proposal(id)?.state).toBe("pending");
  },
);

test("a withdrawal is recorded once, stays, and can be repeated", async () => {
  const answer = { patch_id: id, state: "withdrawn" };
  expect(await lab.output("withdraw-patch", { patch_id: id })).toEqual(answer);
  expect(await lab.output("withdraw-patch", { patch_id: id })).toEqual(answer);
  expect(lab.entries().filter(({ event }) => event === "proposal.closed")).toMatchObject([
    { data: { patch_id: id, state: "withdrawn", from: "pending" } },
  ]);
  expect(await lab.output("patch-status", { patch_id: id })).toMatchObject({
    state: "withdrawn",
    outcome: null,
  });
});

test("what has ended in another way cannot be withdrawn", async () => {
  const base = lab.shelf.current()!.digest;
  const answer = await lab.output(
    "propose-patch",
    proposalArgs(base, { edits: [{ op: "replace", path: "a.ts", old_text: "one", new_text: "six" }] }),
  );
  const rejected = answer["patch_id"] as PatchId;
  lab.store.settle({
    id: rejected,
    state: "rejected",
    statement: null,
    reasons: [],
    note: { event: "verdict.received", actor: { principal: "test" }, data: {} },
  });
  expect(await lab.call("withdraw-patch", { patch_id: rejected })).toMatchObject({
    refusal: { code: "patch_closed", message: "the patch is rejected" },
  });
});

// Threat: two tokens of one principal with different paths; the narrow one reads titles and ends what it cannot see.
describe("one's own patch that touches what the caller does not see", () => {
  const moved = { edits: [{ op: "rename", path: "a.ts", new_path: "b.ts" }], idempotency_key: "narrow" };
  const as = (...paths: readonly string[]) =>
    lab.as("twin", { roles: ["proposer"], paths: paths.length === 0 ? [] : [paths] });
  const own = async () => {
    const base = lab.shelf.current()!.digest;
    const { patch_id } = await lab.output("propose-patch", proposalArgs(base, moved), as());
    return { base, patch_id: patch_id as PatchId };
  };

  test.each([["a.ts"], ["b.ts"], ["c.ts"]])("does not exist for one that sees only %s", async (path) => {
    const { base, patch_id } = await own();
    const narrow = as(path);
    for (const tool of ["patch-status", "withdraw-patch"])
      expect(await lab.call(tool, { patch_id }, narrow)).toMatchObject({
        kind: "refused",
        refusal: { code: "patch_unknown", message: "there is no such patch of yours" },
      });
    const next = proposalArgs(base, {
      edits: [{ op: "create", path, new_text: "new\n" }],
      supersedes: patch_id,
    });
    expect(await lab.call("propose-patch", next, narrow)).toMatchObject({
      refusal: { code: "patch_unknown" },
    });
    // Not even repeated word by word.
    expect(await lab.call("propose-patch", proposalArgs(base, moved), narrow)).toMatchObject({
      kind: "refused",
    });
    expect(lab.store.proposal(patch_id)?.state).toBe("pending");
  });

  test("is there for one that sees all of it", async () => {
    const { patch_id } = await own();
    expect(await lab.output("patch-status", { patch_id }, as("a.*", "b.*"))).toMatchObject({ patch_id });
    expect(await lab.output("withdraw-patch", { patch_id }, as("a.*", "b.*"))).toMatchObject({
      state: "withdrawn",
    });
  });
});

// Threat: the gateway is killed right behind its answer, and the patch that it called withdrawn is landed.
describe("no answer before the note that forbids landing is written", () => {
  const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "ten" }];
  type Ask = (id: PatchId) => readonly [string, Record<string, unknown>];
  const withdraw: Ask = (patch_id) => ["withdraw-patch", { patch_id }];
  const supersede: Ask = (supersedes) => [
    "propose-patch",
    proposalArgs(lab.shelf.current()!.digest, { edits, supersedes, idempotency_key: supersedes }),
  ];
  const cases: readonly (readonly [string, Ask])[] = [
    ["withdrawn", withdraw],
    ["superseded", supersede],
  ];
  const proposed = async (): Promise<PatchId> => {
    const answer = await lab.output("propose-patch", proposalArgs(lab.shelf.current()!.digest, { edits }));
    await lab.rounds.once();
    return answer["patch_id"] as PatchId;
  };

  test.each(cases)("%s", async (state, call) => {
    const patch = await proposed();
    const closure = async () => {
      const found = await lab.gatewayExchange.orders.closure(patch);
      return found.kind === "found" ? found.value.state : found.kind;
    };
    await lab.output(...call(patch));
    expect(await closure()).toBe(state);
    // A crash, or a full disk, in between: the call is repeated, and repairs it.
    rmSync(join(lab.layout.exchange, "orders", `${patch}.closed.json`));
    await lab.output(...call(patch));
    expect(await closure()).toBe(state);
  });

  test.each(cases)(
    "%s: a disk that hangs gives no answer, one that fails stops the process",
    async (_, call) => {
      const patch = await proposed();
      const hung = await gatewayLab({ beside: lab, close: () => Promise.withResolvers<undefined>().promise });
      await hung.shelf.refresh();
      const late = sleep(300, "no answer");
      expect(await Promise.race([hung.call(...call(patch)), late])).toBe("no answer");
      await hung.stop();
      const failing = await gatewayLab({
        beside: lab,
        close: () => Promise.reject(new CountersignError("storage", "the disk is full")),
      });
      await failing.shelf.refresh();
      expect(await failing.code(...call(patch))).toBe("internal");
      expect(failing.fatal).toMatchObject([{ code: "storage" }]);
      await failing.stop();
    },
  );
});
