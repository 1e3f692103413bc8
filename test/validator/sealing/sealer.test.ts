// The sealer: what it refuses to sign, and when it signs.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Digest } from "../../../src/core/base/digest.ts";
import {
  historyOf,
  leaves,
  NEXT,
  request,
  SEALED,
  SHARD,
  type SealerLab,
  sealerLab,
} from "../../support/sealer.ts";
import { treeOf } from "../../support/tree.ts";

let lab: SealerLab;
beforeEach(async () => {
  lab = await sealerLab();
});
afterEach(() => lab.remove());

const LOG = leaves(1000);
const rootOf = (all: readonly Digest[]): Digest => treeOf(all).root();
const sealedAt = async (shard = SHARD): Promise<number | undefined> => (await lab.published(shard))?.size;
const upTo = (size: number, more: Parameters<typeof request>[1] = {}): ReturnType<typeof request> =>
  request(LOG.slice(0, size), more);

describe("requests that are not sealed", () => {
  test.each<[string, ReturnType<typeof request>, string]>([
    ["a leaf that was sealed is another one", request(LOG.slice(0, 310).with(5, LOG[6]!)), "LOG_REWRITTEN"],
    ["the last sealed leaf is another one", request(LOG.slice(0, 310).with(299, LOG[6]!)), "LOG_REWRITTEN"],
    ["the log ends before what is sealed", upTo(290, { closes: true }), "LOG_REWRITTEN"],
    ["other leaves of the same number", request(leaves(300, "other")), "LOG_REWRITTEN"],
    ["leaves between are missing", upTo(310, { from: 301 }), "LOG_GAP"],
    ["another shard, although this one is open", upTo(10, { shard: NEXT }), "SHARD_ORDER"],
    ["a shard of the far future", upTo(10, { shard: "9999-12" }), "SHARD_ORDER"],
  ])("%s", async (_, hostile, trouble) => {
    await lab.seal(upTo(300));
    const before = lab.signed.length;
    await lab.seal(hostile);
    expect(lab.sealer.standing()).toMatchObject({ sealed: { shard: SHARD, size: 300 }, trouble });
    expect(lab.signed).toHaveLength(before);
    expect(historyOf(lab)).toHaveLength(before);
    expect(lab.logged.filter((line) => line.includes(trouble))).toHaveLength(1);
    await lab.sealer.look(true);
    expect(lab.logged.filter((line) => line.includes(trouble))).toHaveLength(1);
  });

  test("a gap, a strange shard and a shortened tail pass; a rewritten log waits for a person", async () => {
    await lab.seal(upTo(300));
    await lab.seal(upTo(310, { from: 305 }));
    await lab.seal(upTo(305, { from: 256 }));
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual([null, 305]);
    await lab.seal(request(LOG.slice(0, 310).with(5, LOG[6]!)));
    await lab.seal(upTo(310));
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual(["LOG_REWRITTEN", 305]);
    await lab.restart();
    await lab.sealer.look(true);
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual([null, 310]);
  });

  test("a month that lies ahead of every clock may not begin, not even as the first one", async () => {
    await lab.seal(upTo(10, { shard: "2027-01" }));
    expect(lab.sealer.standing()).toEqual({ sealed: null, trouble: "SHARD_ORDER" });
    rmSync(join(lab.root, "exchange/heads/requests/2027-01.json"));
    await lab.seal(upTo(10));
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual([null, 10]);
  });

  test("a megabyte, and a request under another's name, are damaged: said once, and the rest is sealed", async () => {
    const folder = join(lab.root, "exchange/heads/requests");
    await lab.put(upTo(3));
    writeFileSync(join(folder, "2026-10.json"), "x".repeat(1_048_576));
    writeFileSync(join(folder, "2026-12.json"), readFileSync(join(folder, "2026-11.json")));
    writeFileSync(join(folder, "notes.txt"), "hello");
    for (let look = 0; look < 3; look++) await lab.sealer.look(true);
    expect(await sealedAt()).toBe(3);
    expect(lab.logged.filter((line) => line.includes("damaged"))).toHaveLength(2);
  });

  test("tiles that somebody changed accuse nobody, and are mended by the next growth", async () => {
    await lab.seal(upTo(300));
    const tile = join(lab.root, SEALED, SHARD, "tile/0/000");
    const bytes = readFileSync(tile);
    writeFileSync(tile, Buffer.alloc(bytes.length));
    await lab.seal(upTo(310));
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual([null, 310]);
    rmSync(join(lab.root, SEALED, SHARD, "tile"), { recursive: true });
    await lab.seal(upTo(320, { from: 300 }));
    expect(lab.sealer.standing().trouble).toBe("LOG_GAP");
    await lab.seal(upTo(320, { from: 256 }));
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual([null, 320]);
  });

  test("without tiles a tail that was rewritten is known by the tree itself, also where nothing is new", async () => {
    for (const size of [310, 300]) {
      await lab.restart();
      await lab.seal(upTo(300));
      rmSync(join(lab.root, SEALED, SHARD, "tile"), { recursive: true, force: true });
      await lab.seal(request(LOG.slice(0, size).with(280, LOG[6]!), { from: 256 }));
      expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual(["LOG_REWRITTEN", 300]);
    }
  });

  test("a shard that is closed does not go on, and is closed once", async () => {
    await lab.seal(upTo(300, { closes: true }));
    await lab.seal(upTo(300, { closes: true }));
    expect(lab.signed).toHaveLength(1);
    await lab.seal(upTo(301, { closes: true }));
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual(["LOG_REWRITTEN", 300]);
  });
});

describe("sealing", () => {
  test("the tree is that of the definition, in steps of any size", async () => {
    for (const size of [1, 2, 255, 256, 257, 511, 512, 1000]) {
      await lab.seal(upTo(size, { from: Math.max(0, size - 400) - (Math.max(0, size - 400) % 256) }));
      expect(await lab.published()).toMatchObject({ size, root: rootOf(LOG.slice(0, size)) });
      expect(lab.sealer.latest()).toMatchObject({ size });
    }
    const tile = await lab.exchange.sealed.tile(SHARD, 3, 232);
    expect(tile).toMatchObject({ bytes: Buffer.from(LOG.slice(768, 1000).join(""), "hex") });
  });

  test("one shard after the other, each behind the end of the one before", async () => {
    await lab.seal(upTo(20));
    await lab.seal(upTo(20, { closes: true }));
    await lab.seal(request(leaves(5, "next"), { shard: NEXT }));
    expect([await sealedAt(), await sealedAt(NEXT)]).toEqual([20, 5]);
    expect(lab.sealer.latest()).toMatchObject({ size: 5 });
  });

  test("it waits for audit.seal_seconds, unless entries are many or somebody waits", async () => {
    await lab.put(upTo(10, { urgent: false }));
    expect(await lab.sealer.look(false)).toBe(1000);
    lab.clock.now += 999;
    expect(await lab.sealer.look(false)).toBe(1);
    expect(await sealedAt()).toBeUndefined();
    lab.clock.now += 1;
    expect(await lab.sealer.look(false)).toBeUndefined();
    expect(await sealedAt()).toBe(10);
    await lab.put(upTo(11, { urgent: true }));
    await lab.sealer.look(false);
    expect(await sealedAt()).toBe(11);
  });

  test("audit.seal_entries are sealed at once, and so is what waits when the clock is set back", async () => {
    const many = leaves(1011);
    await lab.put(request(many.slice(0, 1000), { urgent: false }));
    await lab.sealer.look(false);
    expect(await sealedAt()).toBe(1000);
    await lab.put(request(many, { from: 768, urgent: false }));
    await lab.sealer.look(false);
    lab.clock.now -= 60_000;
    await lab.sealer.look(false);
    expect(await sealedAt()).toBe(1011);
  });
});
