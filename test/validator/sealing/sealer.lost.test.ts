// Parts of the sealer's memory, its tiles or its checkpoints that are lost or come back from a copy: a sound log goes on.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HeadRequest } from "../../../src/core/audit/heads.ts";
import {
  leaves,
  NEXT,
  request,
  SEALED,
  SHARD,
  type SealerLab,
  sealerLab,
  STATE,
} from "../../support/sealer.ts";

let lab: SealerLab;
beforeEach(async () => {
  lab = await sealerLab();
});
afterEach(() => lab.remove());

const LOG = leaves(1000);
const lose = (place: string): void => rmSync(join(lab.root, place), { recursive: true });
const size = async (shard = SHARD): Promise<number | undefined> => (await lab.published(shard))?.size;
async function sealAll(...requests: readonly HeadRequest[]): Promise<void> {
  for (const one of requests) await lab.put(one);
  await lab.sealer.look(true);
}

describe("a second history of our own key", () => {
  test("over a shorter checkpoint that comes back: it stays as it is, and nothing more is signed", async () => {
    await lab.seal(request(LOG.slice(0, 200)));
    lab.save("before", STATE, SEALED);
    await lab.seal(request(LOG.slice(0, 250)));
    const first = await lab.exchange.sealed.checkpoint(SHARD);
    lab.restore("before", STATE, SEALED);
    await lab.restart();
    const second = [...leaves(200), ...leaves(400, "other", 200)];
    await lab.seal(request(second.slice(0, 300)));
    if (first.kind === "found") await lab.exchange.sealed.putCheckpoint(SHARD, first.bytes);
    await lab.restart();
    expect(lab.sealer.standing().trouble).toBe("SEALER_ROLLED_BACK");
    await lab.seal(request(second));
    expect([await lab.exchange.sealed.checkpoint(SHARD), lab.sealer.standing().trouble]).toEqual([
      first,
      "SEALER_ROLLED_BACK",
    ]);
  });

  test("a shorter one of this history is no evidence of anything, and is written over", async () => {
    await lab.seal(request(LOG.slice(0, 200)));
    lab.save("before", `${SEALED}/${SHARD}`);
    const old = await lab.exchange.sealed.checkpoint(SHARD);
    await lab.seal(request(LOG.slice(0, 600)));
    if (old.kind === "found") await lab.exchange.sealed.putCheckpoint(SHARD, old.bytes);
    await lab.restart();
    expect([await size(), lab.sealer.standing().trouble]).toEqual([600, null]);
  });
});

describe("tiles that are lost", () => {
  test("are written again from the leaves of the gateway; until then it says from where it wants them", async () => {
    await lab.seal(request(LOG.slice(0, 700)));
    const before = await lab.exchange.sealed.tile(SHARD, 1, 256);
    lose(SEALED);
    await lab.restart();
    expect(lab.sealer.standing()).toMatchObject({ sealed: { shard: SHARD, size: 0 }, trouble: "LOG_GAP" });
    await lab.seal(request(leaves(700, "other")));
    expect(lab.sealer.standing().trouble).toBe("LOG_GAP");
    expect((await lab.exchange.sealed.tile(SHARD, 1, 256)).kind).toBe("absent");
    await lab.seal(request(LOG.slice(0, 700)));
    expect([await size(), lab.sealer.standing().trouble]).toEqual([700, null]);
    expect(await lab.exchange.sealed.tile(SHARD, 1, 256)).toEqual(before);
    await lab.seal(request(LOG.slice(0, 800), { from: 512 }));
    expect(await size()).toBe(800);
  });

  test("of a month that is closed: it stays closed, and the one behind it goes on", async () => {
    await lab.seal(request(LOG.slice(0, 300), { closes: true }));
    lab.clock.now = Date.UTC(2026, 11, 2);
    await lab.seal(request(leaves(5, "next"), { shard: NEXT }));
    rmSync(join(lab.root, SEALED, SHARD, "tile"), { recursive: true });
    await lab.restart();
    await sealAll(request(LOG.slice(0, 300), { closes: true }), request(leaves(9, "next"), { shard: NEXT }));
    expect((await lab.exchange.sealed.tile(SHARD, 0, 256)).kind).toBe("found");
    expect([await size(), await size(NEXT), lab.sealer.standing().trouble]).toEqual([300, 9, null]);
    await lab.seal(request(LOG.slice(0, 301)));
    expect(lab.sealer.standing().trouble).toBe("LOG_REWRITTEN");
  });
});

test("state lost, an old copy of the month before, and this month's checkpoint: both go on", async () => {
  await lab.seal(request(LOG.slice(0, 110)));
  lab.save("old", `${SEALED}/${SHARD}`);
  const closed = request(LOG.slice(0, 130), { closes: true });
  await lab.seal(closed);
  lab.clock.now = Date.UTC(2026, 11, 2);
  await lab.seal(request(leaves(10, "next"), { shard: NEXT }));
  lab.restore("old", `${SEALED}/${SHARD}`);
  lose(STATE);
  await lab.restart();
  await sealAll(closed, request(leaves(20, "next"), { shard: NEXT }));
  expect([await size(), await size(NEXT), lab.sealer.standing().trouble]).toEqual([130, 20, null]);
});

test("all is lost, and this month is asked for first: the one before it may still begin", async () => {
  lab.clock.now = Date.UTC(2026, 11, 2);
  await lab.seal(request(leaves(10, "next"), { shard: NEXT }));
  const closed = request(LOG.slice(0, 130), { closes: true });
  await sealAll(closed, request(leaves(20, "next"), { shard: NEXT }));
  expect([await size(), await size(NEXT), lab.sealer.standing().trouble]).toEqual([130, 20, null]);
});
