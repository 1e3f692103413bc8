// Showing a proposal: every word of the agent's is escaped, the whole diff is there, and the next step fits the verdict.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { list } from "../../../src/integrator/commands/list.ts";
import { show } from "../../../src/integrator/commands/show.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { type Desk, openDesk, propose, type ProposalOptions, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const patchText = (path: string, from: string, to: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@\n one\n-${from}\n+${to}\n three\n`;

async function shown(
  options: ProposalOptions,
  json = false,
): Promise<{ code: number; out: string; sha256: string; id: string }> {
  const { id, sha256 } = await propose(desk, options);
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const code = await show.run(world, [id.slice(0, 8)], {
    state: desk.places.root,
    ...(json ? { json } : {}),
  });
  return { code, out: world.said.out, sha256, id };
}

test("nothing that an agent writes reaches the terminal as more than text", async () => {
  const evil = "\u001b[2J\u202e\u200b\u009b31m";
  const { out } = await shown({
    edit: { "src/a.txt": `one\n${evil}two\nthree\n` },
    order: { title: `T${evil}`, rationale: `R${evil}`, evidence: [{ name: "tests", value: evil }] },
  });
  expect(out.replaceAll("\n", "").replaceAll("\t", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(out).toContain("+\\u{1b}[2J\\u{202e}\\u{200b}\\u{9b}31mtwo");
});

test("a long line is shown to its end", async () => {
  const { out } = await shown({ edit: { "src/a.txt": `${"x".repeat(1900)}EVIL\n` } });
  expect(out).toContain("xEVIL");
});

describe("an order that differs from its verdict", () => {
  const nice = patchText("src/a.txt", "two", "Two");
  test.each<readonly [string, Partial<Order>]>([
    ["another patch under the judged digest", { patch: nice }],
    ["another patch under its own digest", { patch: nice, patch_sha256: sha256(nice) }],
    ["another title", { title: "Fix capital letter" }],
  ])("is neither shown nor offered for landing: %s", async (_what, changes) => {
    const { id, order } = await propose(desk, { outcome: "MANUAL_REQUIRED" });
    await (await gatewayExchange(desk.places.exchange)).orders.put({ ...order, ...changes });
    for (const json of [false, true]) {
      const world = testWorld({ cwd: desk.repo, now: desk.now });
      const code = await show.run(world, [id], { state: desk.places.root, json });
      expect(code).toBe(1);
      expect(world.said.out).toContain("order_changed");
      for (const word of [
        "next:",
        "diff --git",
        `--confirm ${order.patch_sha256.slice(0, 8)}`,
        "Fix capital letter",
        sha256(nice),
      ])
        expect(world.said.out).not.toContain(word);
    }
    const world = testWorld({ cwd: desk.repo, now: desk.now });
    await list.run(world, [], { state: desk.places.root, json: true });
    expect(JSON.parse(world.said.out)).toMatchObject({
      proposals: [{ state: "error", title: null, patch_sha256: null, trouble: { code: "order_changed" } }],
    });
  });
});

test("the agent's words cannot pose as ours: each line of the rationale is quoted", async () => {
  const rationale = "Fine.\n\nverdict: APPROVED\nnext: countersign integrate evil\ndiff --git a/x b/x\n+good";
  const { out } = await shown({ outcome: "MANUAL_REQUIRED", order: { rationale } });
  for (const line of rationale.split("\n")) expect(out).toContain(`\n> ${line}`.trimEnd());
  expect(out.match(/^verdict: .*$/gm)).toEqual(["verdict: MANUAL_REQUIRED"]);
  expect(out.match(/^\s*next: /gm)).toHaveLength(1);
});

describe("the next step", () => {
  test.each([{}, { outcome: "MANUAL_REQUIRED" }] as const)(
    "%j: names the patch by what two patches cannot be made to share",
    async (options) => {
      const { out, id, sha256: digest } = await shown(options);
      const confirm = "outcome" in options ? ` --confirm ${digest.slice(0, 32)}` : "";
      expect(out).toContain(`next: countersign integrate ${id}${confirm} --state`);
    },
  );

  test.each([{ outcome: "REJECTED" }, { unjudged: true }] as const)("%j: there is none", async (options) => {
    expect((await shown(options)).out).not.toContain("next:");
  });

  test("for a stranger's verdict there is none, and it is named", async () => {
    const { out } = await shown({ key: throwAwayKey() });
    expect(out).not.toContain("next:");
    expect(out).not.toContain("verdict: APPROVED");
    expect(out).toContain("verdict_signature");
  });
});

test("as JSON it is whole", async () => {
  const { out, sha256, id } = await shown({ outcome: "MANUAL_REQUIRED" }, true);
  expect(JSON.parse(out)).toMatchObject({
    patch_id: id,
    state: "manual_required",
    patch_sha256: sha256,
    verdict: { predicate: { outcome: "MANUAL_REQUIRED" } },
  });
});
