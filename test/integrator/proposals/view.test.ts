// What the person is told about a proposal: only verified verdicts count, and trouble is named.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { type Proposal, viewProposal } from "../../../src/integrator/proposals/view.ts";
import { gatewayExchange, integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { type Desk, openDesk, propose, type ProposalOptions, throwAwayKey } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

async function view(id: PatchId, landed: readonly PatchId[] = [], now = desk.now): Promise<Proposal> {
  const exchange = await integratorExchange(desk.places.exchange);
  return viewProposal(id, { exchange, keys: [desk.key], landed: new Set(landed), now });
}

describe("is not believed", () => {
  test("a verdict of a stranger, however favourable", async () => {
    const { id } = await propose(desk, { key: throwAwayKey() });
    expect(await view(id)).toMatchObject({
      state: "error",
      verdict: undefined,
      trouble: { code: "verdict_signature" },
    });
  });

  test("a genuine verdict about another patch", async () => {
    const { id } = await propose(desk, {
      predicate: { patchId: "00000000-0000-4000-8000-000000000009" as PatchId },
    });
    expect(await view(id)).toMatchObject({
      state: "error",
      verdict: undefined,
      trouble: { code: "verdict_mismatch" },
    });
  });

  test("a damaged order", async () => {
    const { id } = await propose(desk);
    writeFileSync(join(desk.places.exchange, "orders", `${id}.json`), "{}");
    expect(await view(id)).toMatchObject({
      state: "error",
      order: undefined,
      trouble: { code: "order_invalid" },
    });
  });
});

describe("an order that changed after its verdict", () => {
  test.each<readonly [string, Partial<Order>]>([
    ["its patch, under the digest of the old one", { patch: "diff --git a/x b/x\n" }],
    [
      "its patch and the digest",
      { patch: "diff --git a/x b/x\n", patch_sha256: sha256("diff --git a/x b/x\n") },
    ],
    ["its title", { title: "Fix a typo" }],
    ["its rationale", { rationale: "Harmless." }],
    ["its proposer", { principal: "alice" }],
    ["its expiry", { expires: instant(Date.UTC(2099, 0)) }],
  ])("is not shown as the one that was judged: %s", async (_what, changes) => {
    const { id, order } = await propose(desk);
    const { orders } = await gatewayExchange(desk.places.exchange);
    await orders.put({ ...order, ...changes });
    expect(await view(id)).toMatchObject({
      state: "error",
      order: undefined,
      trouble: { code: "order_changed" },
    });
  });

  test("and one that nobody judged is not shown under a digest that is not its own", async () => {
    const { id } = await propose(desk, { unjudged: true, order: { patch_sha256: sha256("other") } });
    expect(await view(id)).toMatchObject({
      state: "error",
      order: undefined,
      trouble: { code: "order_changed" },
    });
  });
});

describe("states", () => {
  const cases: readonly (readonly [string, ProposalOptions, number])[] = [
    ["validating", { unjudged: true }, 0],
    ["approved", {}, 0],
    ["manual_required", { outcome: "MANUAL_REQUIRED" }, 0],
    ["rejected", { outcome: "REJECTED" }, 0],
    ["expired", { unjudged: true }, 4_000_000],
    ["expired", {}, 2_000_000],
    ["rejected", { outcome: "REJECTED" }, 4_000_000],
  ];
  test.each(cases)("%s: %j, %i ms later", async (state, options, later) => {
    const { id } = await propose(desk, options);
    expect((await view(id, [], desk.now + later)).state).toBe(state);
  });

  test("a landing is a fact, whatever else is said; a closing note comes next", async () => {
    const { id } = await propose(desk);
    await (
      await gatewayExchange(desk.places.exchange)
    ).orders.close({ version: 1, patch_id: id, state: "withdrawn", at: instant(desk.now) });
    expect((await view(id)).state).toBe("withdrawn");
    expect((await view(id, [id])).state).toBe("landed");
    expect(
      (
        await view("00000000-0000-4000-8000-000000000009" as PatchId, [
          "00000000-0000-4000-8000-000000000009" as PatchId,
        ])
      ).state,
    ).toBe("landed");
  });
});
