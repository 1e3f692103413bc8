// Verdicts and the life of keys: what is signed in a key's time is taken in, and a rotation needs no restart.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord } from "../../../src/core/attestation/key-record.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { signer } from "../../support/published.ts";

const DAY = 86_400_000;
let lab: GatewayLab;
let order: Order;
let now: number;
beforeEach(async () => {
  lab = await gatewayLab();
  const base = await lab.publish({ "a.ts": "one\n" });
  await lab.shelf.refresh();
  await lab.output(
    "propose-patch",
    proposalArgs(base, { edits: [{ op: "replace", path: "a.ts", old_text: "one", new_text: "two" }] }),
  );
  [order] = lab.store.outbox() as [Order];
  now = Date.parse(order.created);
});
afterEach(() => lab.stop());

const keep = (days: number, change: Partial<KeyRecord> = {}): void =>
  writeFileSync(
    join(lab.layout.trust, "keys.json"),
    renderKeyBook({
      [lab.signer.trusted.keyid]: { ...newRecord("attestation", now - days * DAY, 90), ...change },
    }),
  );
const judged = async (): Promise<unknown> => {
  await lab.judge(order, { predicate: { timeVerified: instant(now + 1) } });
  await lab.rounds.once();
  return lab.store.proposal(order.patch_id);
};

describe("a verdict is refused with key_expired", () => {
  test.each([
    ["of a time behind the end of its key", () => keep(91)],
    ["of a time behind the overlap", () => keep(30, { retired: instant(now), accepted_until: instant(now) })],
    ["of a key that was revoked", () => keep(30, { revoked: instant(now + DAY) })],
  ])("%s", async (_, life) => {
    life();
    expect(await judged()).toMatchObject({
      state: "error",
      statement: null,
      reasons: [{ code: "key_expired" }],
    });
    expect(lab.entries().filter(({ event }) => event === "verdict.refused")).toMatchObject([
      { data: { reason: "key_expired" } },
    ]);
  });
});

test("a rotation while the gateway runs: verdicts of the old key and of the new one are taken in", async () => {
  const next = signer();
  writeFileSync(join(lab.layout.trust, "attestation-00000000.pub.pem"), lab.signer.pem);
  writeFileSync(join(lab.layout.trust, "attestation.pub.pem"), next.pem);
  keep(30, { retired: instant(now), accepted_until: instant(now + 7 * DAY) });
  expect(await judged()).toMatchObject({ state: "approved" });
});

test("a verdict of the new key, which nobody knew at the start", async () => {
  const next = signer();
  writeFileSync(join(lab.layout.trust, "attestation.pub.pem"), next.pem);
  await lab.judge(order, { signer: next });
  await lab.rounds.once();
  expect(lab.store.proposal(order.patch_id)).toMatchObject({ state: "approved" });
});
