// What is sealed against what is in the log: a contradiction is told, everything else that is no checkpoint is passed over.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TrustedKey } from "../../../src/core/attestation/key.ts";
import { newRecord } from "../../../src/core/attestation/key-life.ts";
import { checkpointText, originOf } from "../../../src/core/audit/checkpoint.ts";
import { type Digest, sha256 } from "../../../src/core/base/digest.ts";
import { instant } from "../../../src/core/base/time.ts";
import { openSealedLog, type SealedLook } from "../../../src/gateway/legs/sealed.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { type ListedShard, noteBy, viewOver } from "../../support/gateway-sealing.ts";
import { type PublishedState, publishedState, signer } from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";
import { leaves, SHARD } from "../../support/sealer.ts";
import { treeOf } from "../../support/tree.ts";

const DEPLOYMENT = "countersign/default/lab";
let state: PublishedState;
let shards: ListedShard[];
let look: () => Promise<SealedLook>;
let logged: string[];
let trusted: TrustedKey[];
beforeEach(async () => {
  state = await publishedState();
  shards = [{ shard: SHARD, leaves: leaves(700), closed: false }];
  logged = [];
  trusted = [state.sealer.trusted];
  const { sealed } = await gatewayExchange(state.layout.exchange);
  look = openSealedLog({
    view: viewOver(shards),
    sealed,
    deployment: DEPLOYMENT,
    sealers: () => trusted,
    log: openLog("debug", { write: (line) => void logged.push(line) }),
  });
});
afterEach(() => removeScratch(state.layout.root));

const rootOf = (all: readonly Digest[]): Digest => treeOf(all).root();
const publish = (size: number, root = rootOf(leaves(size)), by = state.sealer): Promise<void> => {
  const origin = originOf(DEPLOYMENT, SHARD);
  return state.exchange.sealed.putCheckpoint(SHARD, noteBy(by, checkpointText({ origin, size, root })));
};
const sealedSize = async (): Promise<number | undefined> => {
  const found = await look();
  if (found.kind !== "known") throw new Error(found.reason);
  return found.shards[0]?.checkpoint?.size;
};

describe("contradictions", () => {
  test("more leaves are sealed than there are", async () => {
    await publish(701);
    expect(await look()).toEqual({
      kind: "contradiction",
      reason: "log_cut",
      shard: SHARD,
      sealed: 701,
      entries: 700,
    });
  });

  test.each([1, 255, 256, 600, 700])("another tree of %d leaves is sealed", async (size) => {
    await publish(size, sha256("another root"));
    expect(await look()).toMatchObject({ reason: "log_replaced", sealed: size });
    expect(await look()).toMatchObject({ reason: "log_replaced", sealed: size });
  });

  test("a second tree of the same size is one, too", async () => {
    await publish(600);
    expect(await sealedSize()).toBe(600);
    await publish(600, sha256("another root"));
    expect(await look()).toMatchObject({ reason: "log_replaced", sealed: 600 });
  });
});

describe("what is no checkpoint of the sealer", () => {
  test("is passed over and said once; what is known stays", async () => {
    await publish(600);
    expect(await sealedSize()).toBe(600);
    await publish(900, sha256("forged"), signer());
    expect([await sealedSize(), await sealedSize()]).toEqual([600, 600]);
    await state.exchange.sealed.putCheckpoint(SHARD, Buffer.from("nothing\n"));
    expect(await sealedSize()).toBe(600);
    expect(logged.filter((line) => line.includes("not one of the sealer"))).toHaveLength(2);
  });

  test("an older one is no news", async () => {
    await publish(600);
    expect(await sealedSize()).toBe(600);
    await publish(300);
    expect(await sealedSize()).toBe(600);
  });
});

describe("what was known is forgotten", () => {
  test.each([false, true])("when it is gone, closed %s", async (closed) => {
    shards[0]!.closed = closed;
    await publish(700);
    expect(await sealedSize()).toBe(700);
    rmSync(join(state.layout.exchange, "heads", "sealed", SHARD, "checkpoint"));
    expect(await sealedSize()).toBeUndefined();
    await publish(256);
    expect(await sealedSize()).toBe(256);
  });

  test("when the key that signed it is given up; by the next key it is known again", async () => {
    const next = signer();
    shards[0]!.closed = true;
    await publish(700);
    expect(await sealedSize()).toBe(700);
    const life = { ...newRecord("sealer", 0, 1), revoked: instant(1) };
    trusted = [next.trusted, { ...state.sealer.trusted, life }];
    expect(await sealedSize()).toBeUndefined();
    await publish(700, rootOf(leaves(700)), next);
    expect(await sealedSize()).toBe(700);
  });
});

test("it follows the log", async () => {
  expect(await sealedSize()).toBeUndefined();
  await publish(300);
  expect(await sealedSize()).toBe(300);
  shards[0]!.leaves = leaves(1000);
  await publish(1000);
  expect(await sealedSize()).toBe(1000);
});

test("a long log is compared in several looks, between which calls go on", async () => {
  const long = leaves(150_000);
  shards[0]!.leaves = long;
  await publish(150_000, rootOf(long));
  const found = await look();
  expect(found).toMatchObject({ kind: "known", more: true });
  expect(found.kind === "known" && found.shards[0]?.checkpoint).toBeUndefined();
  await look();
  expect(await look()).toMatchObject({ more: false, shards: [{ checkpoint: { size: 150_000 } }] });
});
