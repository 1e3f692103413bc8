// X05: what was evaluated is what is executed: the digest of the canonical arguments is in the decision and in its outcome.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { toolNames } from "../../../src/core/identity/scope.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

let lab: GatewayLab;
let base: string;
let broken: string | undefined;
const breaking = (real: Store): Store => ({
  ...real,
  settle(settlement) {
    if (broken === "settle") throw new TypeError("a fault inside");
    return real.settle(settlement);
  },
});
beforeEach(async () => {
  broken = undefined;
  lab = await gatewayLab({ store: breaking });
  base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
});
afterEach(() => lab.stop());

const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }];
const proposed = async (): Promise<unknown> => {
  const { patch_id } = await lab.output("propose-patch", proposalArgs(base, { edits }));
  return patch_id;
};
/** Events of the entries that carry the digest of exactly these arguments. */
const events = (args: unknown): readonly string[] => {
  const digest = sha256(canonical(args));
  return lab.entries().flatMap(({ event, data }) => (data["arguments_sha256"] === digest ? [event] : []));
};

type Case = readonly [tool: string, args: () => unknown, expected: readonly string[]];
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

const cases: readonly Case[] = [
  ["read-manifest", () => ({ glob: "**" }), ["call.allowed"]],
  ["read-file", () => ({ path: "a.ts", max_lines: 3 }), ["call.allowed"]],
  ["search-files", () => ({ query: "one" }), ["call.allowed"]],
  ["patch-status", async () => ({ patch_id: await proposed() }), ["call.allowed"]],
  ["propose-patch", () => proposalArgs(base, { edits }), ["call.allowed", "proposal.accepted"]],
  ["withdraw-patch", async () => ({ patch_id: await proposed() }), ["call.allowed", "proposal.closed"]],
];

test("every tool is among them", () => {
  expect(cases.map(([tool]) => tool).toSorted()).toEqual([...toolNames].toSorted());
});

test.each(cases)("%s: in the decision, and in the outcome", async (tool, make, expected) => {
  const args = await make();
  await lab.output(tool, args);
  expect(events(args)).toEqual(expected);
});

describe("also in an outcome that is a no", () => {
  test.each<Case>([
    ["read-file", () => ({ path: "none.ts" }), ["call.refused"]],
    ["nope", () => ({ any: "thing" }), ["call.refused"]],
    ["read-file", () => ({ path: 1 }), ["call.refused"]],
    ["withdraw-patch", () => ({ patch_id: UNKNOWN }), ["call.allowed", "call.refused"]],
    [
      "propose-patch",
      () => proposalArgs(base, { edits: [{ ...edits[0], old_text: "none" }] }),
      ["call.allowed", "call.refused"],
    ],
  ])("%s", async (tool, make, expected) => {
    const args = await make();
    expect(await lab.code(tool, args)).toBeDefined();
    expect(events(args)).toEqual(expected);
  });

  test("a write that fails inside", async () => {
    const args = { patch_id: await proposed() };
    broken = "settle";
    expect(await lab.code("withdraw-patch", args)).toBe("internal");
    expect(events(args)).toEqual(["call.allowed", "call.refused"]);
  });
});

test("a write that changes nothing has an outcome as well", async () => {
  const args = { patch_id: await proposed() };
  await lab.output("withdraw-patch", args);
  await lab.output("withdraw-patch", args);
  expect(events(args)).toEqual(["call.allowed", "proposal.closed", "call.allowed", "proposal.repeated"]);
});

test("the order that the validator gets carries it", async () => {
  const args = proposalArgs(base, { edits });
  await lab.output("propose-patch", args);
  expect(lab.store.outbox().map(({ arguments_sha256 }) => arguments_sha256)).toEqual([
    sha256(canonical(args)),
  ]);
});
