import { afterAll, beforeAll, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
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
    const strangers = await lab.call(tool, { patch_id: id }, { principal: "other" });
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
