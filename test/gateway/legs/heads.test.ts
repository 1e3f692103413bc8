// Requests for seals: nothing when there is nothing, never less than another gateway asked for, and one shard after the other.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HeadRequest, leavesIn, MAX_REQUEST_LEAVES } from "../../../src/core/audit/heads.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { openHeads } from "../../../src/gateway/legs/heads.ts";
import { openSealedLog } from "../../../src/gateway/legs/sealed.ts";
import type { GatewayExchange } from "../../../src/io/exchange/exchange.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { deploymentIn, type ListedShard, sealerOf, viewOver } from "../../support/gateway-sealing.ts";
import { type PublishedState, publishedState } from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";
import { leaves, NEXT, SHARD } from "../../support/sealer.ts";

let state: PublishedState;
let exchange: GatewayExchange;
let shards: ListedShard[];
const clock = { now: 0 };
beforeEach(async () => {
  state = await publishedState();
  exchange = await gatewayExchange(state.layout.exchange);
  shards = [{ shard: SHARD, leaves: leaves(10), closed: false }];
});
afterEach(() => removeScratch(state.layout.root));

/** A gateway's leg; `ask(urgent)` is one round of it. */
function gateway(): (urgent?: boolean) => Promise<void> {
  const view = viewOver(shards);
  const { sealed, headRequests: requests } = exchange;
  const log = openLog("error", { write: () => undefined });
  const sealers = () => [state.sealer.trusted];
  const look = openSealedLog({ view, sealed, deployment: deploymentIn(state), sealers, log });
  const ask = openHeads({ view, requests, sealed, clock: () => clock.now });
  return async (urgent = false) => {
    clock.now += 10_000;
    const found = await look();
    if (found.kind !== "known") throw new Error(found.reason);
    await ask(found.shards, urgent);
  };
}
async function there(shard = SHARD): Promise<HeadRequest | string> {
  const found = await exchange.headRequests.read(shard);
  return found.kind === "found" ? found.value : found.kind;
}
const size = async (): Promise<number> => {
  const found = await there();
  return typeof found === "string" ? 0 : found.from + leavesIn(found).length;
};

test("what is sealed is not asked for", async () => {
  const ask = gateway();
  const sealer = await sealerOf(state);
  await ask();
  await sealer.look(true);
  rmSync(join(state.layout.exchange, "heads/requests/2026-11.json"));
  await ask();
  await ask(true);
  expect(await there()).toBe("absent");
  expect(sealer.latest()).toMatchObject({ size: 10 });
});

test("what is asked for begins where the tile begins that is not full, and says how urgent it is", async () => {
  const ask = gateway();
  const sealer = await sealerOf(state);
  shards[0]!.leaves = leaves(300);
  await ask();
  await sealer.look(true);
  shards[0]!.leaves = leaves(320);
  await ask();
  expect(await there()).toEqual({
    v: 1,
    shard: SHARD,
    from: 256,
    leaves: leaves(320).slice(256).join(""),
    closes: false,
    urgent: false,
  });
  await ask(true);
  expect(await there()).toMatchObject({ urgent: true });
});

test("a backlog goes in requests of 8,192", async () => {
  const ask = gateway();
  const sealer = await sealerOf(state);
  shards[0]!.leaves = leaves(20_000);
  for (const expected of [MAX_REQUEST_LEAVES, 2 * MAX_REQUEST_LEAVES, 20_000]) {
    await ask();
    await sealer.look(true);
    expect(sealer.latest()).toMatchObject({ size: expected });
  }
});

test("a gateway that knows less does not take back what another one asked for", async () => {
  const [slow, quick] = [gateway(), gateway()];
  await slow();
  shards[0]!.leaves = leaves(12);
  await quick(true);
  shards[0]!.leaves = leaves(10);
  await slow();
  expect(await size()).toBe(12);
  expect(await there()).toMatchObject({ urgent: true });
});

test("a request that says something else, or nothing, is written over", async () => {
  const ask = gateway();
  const other: HeadRequest = {
    v: 1,
    shard: SHARD,
    from: 0,
    leaves: [...leaves(9), sha256("x"), ...leaves(2)].join(""),
    closes: true,
    urgent: true,
  };
  await exchange.headRequests.put(other);
  await ask();
  expect(await there()).toMatchObject({ leaves: leaves(10).join(""), closes: false });
  await exchange.headRequests.remove(SHARD);
  await ask();
  expect(await size()).toBe(10);
});

test("the old month first, to its end; its request goes when the new one has its first checkpoint", async () => {
  const ask = gateway();
  const sealer = await sealerOf(state);
  await ask();
  await sealer.look(true);
  shards[0]!.leaves = leaves(12);
  shards[0]!.closed = true;
  shards.push({ shard: NEXT, leaves: leaves(3, "next"), closed: false });
  await ask();
  expect([await there(), await there(NEXT)]).toMatchObject([{ closes: true }, "absent"]);
  await sealer.look(true);
  // Whoever lost its memory is told once more that the month is over.
  rmSync(state.layout.sealer, { recursive: true });
  const fresh = await sealerOf(state);
  await ask();
  expect([await there(), await there(NEXT)]).toMatchObject([{ closes: true }, { shard: NEXT }]);
  await fresh.look(true);
  expect(fresh.latest()).toMatchObject({ size: 3 });
  await ask();
  expect([await there(), await there(NEXT)]).toMatchObject(["absent", { shard: NEXT }]);
});

test("a sealer whose state was set back, and has no tiles, gets all leaves again", async () => {
  const ask = gateway();
  const sealer = await sealerOf(state);
  shards[0]!.leaves = leaves(9000);
  for (let round = 0; round < 3; round++) {
    await ask();
    await sealer.look(true);
  }
  rmSync(state.layout.sealer, { recursive: true });
  rmSync(join(state.layout.exchange, "heads/sealed", SHARD, "tile"), { recursive: true });
  const fresh = await sealerOf(state);
  for (let round = 0; round < 3; round++) {
    const beat = { v: 1, at: "2026-11-22T10:00:00.000Z", ...fresh.standing(), queue: 0 } as const;
    await state.exchange.sealed.beat(beat as Parameters<typeof state.exchange.sealed.beat>[0]);
    await ask();
    await fresh.look(true);
  }
  expect(fresh.standing()).toMatchObject({ sealed: { size: 9000 }, trouble: null });
});

test("a sealer and its checkpoints are lost behind a change of month: running and new gateways have all of it sealed", async () => {
  const ask = gateway();
  let sealer = await sealerOf(state);
  const turns = async (round = ask): Promise<void> => {
    for (let n = 0; n < 6; n++) {
      await round();
      await sealer.look(true);
      const beat = { v: 1, at: "2026-11-22T10:00:00.000Z", ...sealer.standing(), queue: 0 } as const;
      await state.exchange.sealed.beat(beat as Parameters<typeof state.exchange.sealed.beat>[0]);
    }
  };
  shards[0] = { shard: "2026-10", leaves: leaves(130), closed: true };
  shards.push({ shard: SHARD, leaves: leaves(20, "next"), closed: false });
  await turns();
  rmSync(state.layout.sealer, { recursive: true });
  rmSync(join(state.layout.exchange, "heads/sealed"), { recursive: true });
  exchange = await gatewayExchange(state.layout.exchange);
  sealer = await sealerOf(state);
  // What was asked for last is still there, and begins before the month that was lost.
  await sealer.look(true);
  expect(sealer.latest()).toMatchObject({ size: 20 });
  for (const [round, size] of [
    [ask, 25],
    [gateway(), 40],
  ] as const) {
    shards[1]!.leaves = leaves(size, "next");
    await turns(round);
    expect([sealer.latest()?.size, sealer.standing().trouble]).toEqual([size, null]);
    expect((await exchange.sealed.checkpoint("2026-10")).kind).toBe("found");
  }
});
