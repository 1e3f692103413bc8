// An order is put aside when its own verdict rejects it for a secret, whatever crashed before; others stay where they are.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { PASSED, signer, type VerdictChanges } from "../../support/published.ts";

let lab: GatewayLab;
let order: Order;
beforeEach(async () => {
  lab = await gatewayLab();
  const base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  const edits = [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }];
  await lab.output("propose-patch", proposalArgs(base, { edits }));
  [order] = lab.store.outbox() as [Order];
});
afterEach(() => lab.stop());

const place = (...folder: readonly string[]): string =>
  join(lab.layout.exchange, "orders", ...folder, `${order.patch_id}.json`);
const count = (event: string): number => lab.entries().filter((entry) => entry.event === event).length;

const verdict = (
  outcome: "REJECTED" | "MANUAL_REQUIRED",
  code: "secret_suspected" | "apply_failed",
): VerdictChanges => ({
  predicate: {
    outcome,
    checks: [PASSED].map((check) => ({
      ...check,
      result: outcome === "REJECTED" ? "FAILED" : "WARNED",
      findings: [{ rule: "r", line: null, refusal: refusal(code, "why", "a.ts:1") }],
    })),
  },
});

test.each<[string, VerdictChanges]>([
  ["of another reason", verdict("REJECTED", "apply_failed")],
  ["that asks for a person", verdict("MANUAL_REQUIRED", "secret_suspected")],
  ["of another key", { ...verdict("REJECTED", "secret_suspected"), signer: signer() }],
])("a verdict %s leaves the order where it is", async (_, changes) => {
  await lab.rounds.once();
  await lab.judge(order, changes);
  await lab.rounds.once();
  await lab.rounds.once();
  expect(existsSync(place())).toBe(true);
  expect(lab.store.proposal(order.patch_id)?.order).toEqual(order);
});

test("a secret: the words leave the store, the order its folder, and what was judged stays judged", async () => {
  await lab.rounds.once();
  const before = sha256(readFileSync(place()));
  await lab.judge(order, verdict("REJECTED", "secret_suspected"));
  await lab.rounds.once();
  await lab.rounds.once();
  expect(existsSync(place())).toBe(false);
  expect(sha256(readFileSync(place("quarantine")))).toBe(before);
  const stored = lab.store.proposal(order.patch_id);
  expect(stored).toMatchObject({ state: "rejected", reasons: [{ code: "secret_suspected" }] });
  expect(stored?.order).toEqual({
    ...order,
    title: "[quarantined]",
    rationale: "[quarantined]",
    patch: "[quarantined]",
    evidence: [],
  });
  expect(count("proposal.quarantined")).toBe(1);
});

test("a crash behind the store's part: the next start moves the order, and says nothing twice", async () => {
  await lab.rounds.once();
  await lab.judge(order, verdict("REJECTED", "secret_suspected"));
  await lab.rounds.once();
  await lab.gatewayExchange.orders.put(order);
  const again = await gatewayLab({ beside: lab });
  await again.rounds.once();
  expect(existsSync(place())).toBe(false);
  expect(count("proposal.quarantined")).toBe(1);
  await again.stop();
});
