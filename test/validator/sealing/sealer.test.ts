// The sealer: what it refuses to sign, what every crash leaves, and how a state that was set back comes right again.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimedCheckpoint } from "../../../src/core/audit/checkpoint.ts";
import { noteKey, renderNote } from "../../../src/core/audit/note.ts";
import { Frontier } from "../../../src/core/audit/tree.ts";
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
  STATE,
} from "../../support/sealer.ts";

let lab: SealerLab;
beforeEach(async () => {
  lab = await sealerLab();
});
afterEach(() => lab.remove());

const LOG = leaves(1000);
const rootOf = (all: readonly Digest[]): Digest => {
  const tree = new Frontier();
  for (const leaf of all) tree.append(leaf);
  return tree.root();
};
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
    ["an older shard", upTo(10, { shard: "2026-10" }), "SHARD_ORDER"],
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

describe("crashes", () => {
  const steps = ["tile", "published"] as const;
  test.each(steps)("at the step %s: nothing is lost, and nothing is signed twice", async (at) => {
    await lab.seal(upTo(300));
    lab.step = (name) => {
      if (name === at) throw new Error("killed");
    };
    await expect(lab.seal(upTo(600))).rejects.toThrow("killed");
    lab.step = () => undefined;
    await lab.restart();
    expect(await sealedAt()).toBe(at === "published" ? 600 : 300);
    expect(lab.sealer.standing().trouble).toBeNull();
    await lab.sealer.look(true);
    expect(await lab.published()).toMatchObject({ size: 600, root: rootOf(LOG.slice(0, 600)) });
  });

  test("tiles of leaves that were never sealed are overwritten by the leaves that are", async () => {
    await lab.seal(upTo(300));
    // Tiles were written, the state not, and the gateway lost what was not sealed.
    lab.save("state", STATE);
    await lab.exchange.sealed.putTile(SHARD, 1, Buffer.from(leaves(512, "lost", 256).join(""), "hex"));
    await lab.restart();
    await lab.seal(upTo(400, { from: 256 }));
    const tile = await lab.exchange.sealed.tile(SHARD, 1, 144);
    expect(tile).toMatchObject({ bytes: Buffer.from(LOG.slice(256, 400).join(""), "hex") });
  });

  test("a history that was cut in its last line is read up to there, and goes on", async () => {
    await lab.seal(upTo(300));
    appendFileSync(join(lab.root, STATE, "history", SHARD), '"countersign/def');
    await lab.restart();
    await lab.seal(upTo(400, { from: 256 }));
    expect(readFileSync(join(lab.root, STATE, "history", SHARD), "utf8").split("\n")).toHaveLength(4);
    expect([lab.sealer.standing().trouble, await sealedAt()]).toEqual([null, 400]);
  });
});

describe("a state that was set back", () => {
  const lose = async (...places: readonly string[]): Promise<void> => {
    await lab.seal(upTo(300));
    lab.save("old", ...places);
    await lab.seal(upTo(700));
    lab.restore("old", ...places);
  };

  test("the history is ahead, and the tiles reproduce it: it heals by itself", async () => {
    await lab.seal(upTo(300));
    const state = join(lab.root, STATE, "state.json");
    const old = readFileSync(state);
    await lab.seal(upTo(700));
    writeFileSync(state, old);
    await lab.restart();
    expect(lab.sealer.standing()).toMatchObject({ sealed: { size: 700 }, trouble: null });
    expect(lab.logged.some((line) => line.includes("grew again"))).toBe(true);
  });

  test("the published checkpoint is ahead: likewise", async () => {
    await lose(STATE);
    await lab.restart();
    expect(lab.sealer.standing()).toMatchObject({ sealed: { size: 700 }, trouble: null });
  });

  test("without tiles it signs nothing until the leaves come again, and reproduce every checkpoint", async () => {
    await lose(STATE);
    rmSync(join(lab.root, SEALED, SHARD, "tile"), { recursive: true });
    await lab.restart();
    const before = lab.signed.length;
    expect(lab.sealer.standing()).toMatchObject({
      sealed: { size: 0 },
      trouble: "SEALER_ROLLED_BACK",
    });
    const other = [...LOG.slice(0, 600), ...leaves(800, "other", 600)];
    await lab.seal(request(other));
    await lab.seal(upTo(200));
    await lab.seal(upTo(700, { from: 256 }));
    expect(lab.sealer.standing()).toMatchObject({ sealed: { size: 200 }, trouble: "SEALER_ROLLED_BACK" });
    expect(lab.signed).toHaveLength(before);
    await lab.seal(upTo(800));
    await lab.sealer.look(true);
    expect(lab.sealer.standing()).toMatchObject({ sealed: { size: 800 }, trouble: null });
    expect(existsSync(join(lab.root, SEALED, SHARD, "tile/0/001"))).toBe(true);
  });

  test("all of the state is lost: everything comes out of what is published", async () => {
    await lab.seal(upTo(300, { closes: true }));
    await lab.seal(request(leaves(5, "next"), { shard: NEXT }));
    rmSync(join(lab.root, STATE), { recursive: true });
    await lab.restart();
    expect(lab.sealer.standing()).toMatchObject({ sealed: { shard: NEXT, size: 5 }, trouble: null });
    await lab.seal(request(leaves(6, "next"), { shard: NEXT }));
    expect([await sealedAt(), await sealedAt(NEXT)]).toEqual([300, 6]);
  });

  test("of a closed shard that is the last one, the gateway says again that it is closed", async () => {
    await lab.seal(upTo(300, { closes: true }));
    rmSync(join(lab.root, STATE), { recursive: true });
    await lab.restart();
    await lab.put(upTo(300, { from: 256, closes: true }));
    await lab.seal(request(leaves(5, "next"), { shard: NEXT }));
    expect([lab.sealer.standing().trouble, await sealedAt(NEXT)]).toEqual([null, 5]);
  });

  test("a state that cannot be read counts for nothing, and heals likewise", async () => {
    await lab.seal(upTo(300));
    writeFileSync(join(lab.root, STATE, "state.json"), "{}");
    await lab.restart();
    expect(lab.sealer.standing()).toMatchObject({ sealed: { size: 300 }, trouble: null });
  });

  test("exchanged under a running sealer: it signs nothing any more", async () => {
    await lose(STATE);
    await lab.seal(upTo(800));
    expect(lab.sealer.standing().trouble).toBe("SEALER_ROLLED_BACK");
    expect(await sealedAt()).toBe(700);
    await lab.restart();
    await lab.sealer.look(true);
    expect(await sealedAt()).toBe(800);
  });

  test("another process sealed with the same key: this one stops", async () => {
    await lab.seal(upTo(300));
    const first = lab.sealer;
    lab.save("copy", STATE);
    await lab.seal(upTo(700));
    const newer = claimedCheckpoint(readFileSync(join(lab.root, SEALED, SHARD, "checkpoint")));
    expect(newer?.size).toBe(700);
    lab.restore("copy", STATE);
    await lab.restart();
    expect(await sealedAt()).toBe(700);
    await first.look(true);
    expect(lab.signed.at(-1)?.size).toBe(700);
  });
});

describe("names and keys", () => {
  test("under another origin the same trees are signed again", async () => {
    await lab.seal(upTo(300, { closes: true }));
    await lab.seal(request(leaves(5, "next"), { shard: NEXT }));
    lab.deployment = "countersign/default/renamed";
    await lab.restart();
    expect([await sealedAt(), await sealedAt(NEXT)]).toEqual([300, 5]);
    expect((await lab.published())?.origin).toBe(`countersign/default/renamed/audit/${SHARD}`);
  });

  test("a checkpoint that is not ours is written over", async () => {
    await lab.seal(upTo(300));
    const file = join(lab.root, SEALED, SHARD, "checkpoint");
    const text = `countersign/default/lab/audit/${SHARD}\n900\n${Buffer.alloc(32).toString("base64")}\n`;
    const { id } = noteKey("x", lab.key.publicKey);
    const forged = renderNote({ text, signatures: [{ name: "x", id, signature: Buffer.alloc(64) }] });
    writeFileSync(file, forged);
    await lab.sealer.look(true);
    expect(await sealedAt()).toBe(300);
  });
});
