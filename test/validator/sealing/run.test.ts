// Sealing beside judging: by itself, soon after it is asked, with a sign of life, and without two looks at once.
import { setTimeout } from "node:timers/promises";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Heartbeat } from "../../../src/core/audit/heads.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { openMemory } from "../../../src/validator/sealing/memory.ts";
import { type Sealing, startSealing } from "../../../src/validator/sealing/run.ts";
import { openSealerHand } from "../../../src/validator/signing/sealer.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { order, patchId } from "../../support/proposals.ts";
import { DEPLOYMENT, leaves, request, type SealerLab, sealerLab, STATE } from "../../support/sealer.ts";

let lab: SealerLab;
let sealing: Sealing;
let logged: string[];
beforeEach(async () => {
  lab = await sealerLab();
  logged = [];
  const { secret: seed, publicKey } = lab.key;
  sealing = await startSealing({
    memory: await openMemory(join(lab.root, STATE)),
    hand: openSealerHand({ seed, publicKey }, DEPLOYMENT),
    exchange: lab.exchange,
    deployment: DEPLOYMENT,
    sealers: lab.sealers,
    attesters: [],
    pace: { seconds: 1, entries: 1000 },
    clock: Date.now,
    log: openLog("debug", { write: (line) => void logged.push(line) }),
  });
});
afterEach(async () => {
  await sealing.stop();
  lab.remove();
});

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await setTimeout(10);
}
async function beat(): Promise<Heartbeat | undefined> {
  const found = await lab.exchange.sealed.heartbeat();
  return found.kind === "found" ? found.value : undefined;
}

test("what is asked for is sealed without anybody's doing, and told at once", async () => {
  await lab.put(request(leaves(5)));
  await until(async () => (await lab.published())?.size === 5);
  expect(sealing.latest()).toMatchObject({ size: 5 });
  await until(async () => (await beat())?.sealed?.size === 5);
  await lab.put(request(leaves(6), { urgent: false }));
  await until(async () => (await lab.published())?.size === 6);
});

test("a sign of life each second, with the orders that wait", async () => {
  const gateway = await gatewayExchange(join(lab.root, "exchange"));
  for (const n of [1, 2, 3]) await gateway.orders.put(order(n));
  await gateway.orders.close({ version: 1, patch_id: patchId(1), state: "withdrawn", at: order(1).created });
  await lab.exchange.verdicts.putOnce(patchId(2), Buffer.from("x"));
  await until(async () => (await beat())?.queue === 1);
  const first = await beat();
  await until(async () => (await beat())?.at !== first?.at);
  expect(await beat()).toMatchObject({ trouble: null, queue: 1, sealed: null });
});

test("all that is asked for is sealed when somebody says so, by however many looks at once", async () => {
  await lab.put(request(leaves(400), { urgent: false }));
  await Promise.all([1, 2, 3].map(() => sealing.sealNow()));
  expect(sealing.latest()).toMatchObject({ size: 400 });
  expect(lab.signed).toHaveLength(1);
});

test("a failure is said once and tried again", async () => {
  const gone = join(lab.root, "exchange", "heads", "sealed");
  rmSync(gone, { recursive: true });
  writeFileSync(gone, "");
  await lab.put(request(leaves(5)));
  await until(() => logged.some((line) => line.includes("could not be sealed")));
  await expect(sealing.sealNow()).rejects.toMatchObject({ code: "storage" });
  rmSync(gone);
  await until(async () => (await lab.published())?.size === 5);
  expect(logged.filter((line) => line.includes("could not be sealed"))).toHaveLength(1);
});
