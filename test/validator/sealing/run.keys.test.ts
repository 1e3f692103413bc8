// The end of the sealer's key while it seals: nothing more is signed, that is said once, and a later look tries again.
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { openMemory } from "../../../src/validator/sealing/memory.ts";
import { type Sealing, startSealing } from "../../../src/validator/sealing/run.ts";
import { unfit } from "../../../src/validator/signing/living.ts";
import { openSealerHand } from "../../../src/validator/signing/sealer.ts";
import { NOON } from "../../support/proposals.ts";
import { DEPLOYMENT, leaves, request, type SealerLab, sealerLab, STATE } from "../../support/sealer.ts";

const DAY = 86_400_000;
let lab: SealerLab;
let sealing: Sealing;
let logged: string[];
let now: number;
beforeEach(async () => {
  lab = await sealerLab();
  logged = [];
  now = NOON;
  const { secret: seed, publicKey, keyid } = lab.key;
  const life = newRecord("sealer", NOON, 90);
  sealing = await startSealing({
    memory: await openMemory(join(lab.root, STATE)),
    hand: openSealerHand({ seed, publicKey, unfit: () => unfit("sealer", keyid, life, now) }, DEPLOYMENT),
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

test("nothing is sealed from the end on; what was sealed stays", async () => {
  await lab.put(request(leaves(5), { urgent: false }));
  await sealing.sealNow();
  now = NOON + 91 * DAY;
  await lab.put(request(leaves(9), { urgent: false }));
  await expect(sealing.sealNow()).rejects.toMatchObject({
    code: "key_unusable",
    fix: "Run: countersign keys rotate",
  });
  await setTimeout(2500);
  expect((await lab.published())?.size).toBe(5);
  expect(logged.filter((line) => line.includes("could not be sealed"))).toEqual([
    expect.stringContaining("ended at"),
  ]);
});
