// Threat: propose-patch as a way to read: what an edit meets, and which manifest is current, behind gates that hold both.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GateName } from "../../../src/core/config/schema-gates.ts";
import { gate, NEVER } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

const FILES = { "src/a.ts": "pin=7305\n", "src/b.ts": "b\n" };
const GATES = ["read-manifest", "read-file"] as const;

let lab: GatewayLab;
let base: string;
let shut: Set<GateName>;
beforeEach(async () => {
  shut = new Set();
  lab = await gatewayLab({
    toml: `${NEVER}${GATES.map((name) => gate(name, '"never"')).join("")}`,
    gates: (real) => ({ ...real, of: (name) => (shut.has(name) ? real.of(name) : undefined) }),
  });
  base = await lab.publish(FILES);
  await lab.shelf.refresh();
});
afterEach(() => lab.stop());

const guess = (old_text: string, more: Record<string, unknown> = {}) =>
  lab.call(
    "propose-patch",
    proposalArgs(base, { edits: [{ op: "replace", path: "src/a.ts", old_text, new_text: "x" }], ...more }),
  );

describe.each(GATES)("while the gate of %s holds", (name) => {
  const held = {
    kind: "refused",
    refusal: { code: "condition_false" },
    gate: { gate: name, state: "false" },
  };
  const said = (outcome: Awaited<ReturnType<typeof guess>>): string =>
    JSON.stringify(outcome).replaceAll(/"ref":"[^"]*"/g, "");

  test.each([true, false])(
    "a hit, a miss and a missing file are told alike; dry run: %s",
    async (dry_run) => {
      shut.add(name);
      const hit = await guess("pin=7", { dry_run });
      expect(hit).toMatchObject(held);
      for (const other of [
        await guess("pin=8", { dry_run }),
        await guess("\n", { dry_run }),
        await guess("", { dry_run, edits: [{ op: "delete", path: "src/none.ts" }] }),
        await guess("", { dry_run, edits: [{ op: "create", path: "src/a.ts", new_text: "x\n" }] }),
      ])
        expect(said(other)).toBe(said(hit));
      expect(lab.store.outbox()).toEqual([]);
    },
  );

  test("nobody learns which manifest is current, nor which one was", async () => {
    const now = await lab.publish({ ...FILES, "src/b.ts": "c\n" });
    await lab.shelf.refresh();
    const before = await guess("pin=7305");
    expect(JSON.stringify(before)).toContain(now);
    shut.add(name);
    for (const other of [{}, { base: "0".repeat(64) }]) {
      const outcome = await guess("pin=7305", other);
      expect(outcome).toMatchObject(held);
      expect(JSON.stringify(outcome)).not.toContain(now);
    }
  });

  test("a proposal that is sent again is refused as well", async () => {
    const key = { idempotency_key: "k" };
    expect(await guess("pin=7305", key)).toMatchObject({ kind: "answer" });
    shut.add(name);
    expect(await guess("pin=7305", key)).toMatchObject(held);
  });

  test("the entry says which gate it was, and that it held", async () => {
    shut.add(name);
    await guess("pin=7305");
    const prefix = name.replace("-", "_");
    expect(lab.entries().at(-1)).toMatchObject({
      event: "call.refused",
      data: { [`${prefix}_policy_state`]: "false", [`${prefix}_trace`]: "never=false:condition_false" },
    });
  });
});

test("where both are open a proposal is taken, and the entry says how they were judged", async () => {
  await lab.stop();
  const always = NEVER.replaceAll("never", "always").replace("before", "after");
  lab = await gatewayLab({ toml: always + GATES.map((name) => gate(name, '"always"')).join("") });
  base = await lab.publish(FILES);
  await lab.shelf.refresh();
  expect(await guess("pin=7305")).toMatchObject({ kind: "answer" });
  expect(lab.entries().find(({ event }) => event === "proposal.accepted")?.data).toMatchObject({
    read_manifest_policy_state: "true",
    read_file_trace: "always=true",
  });
});
