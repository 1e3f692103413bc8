// What every crash of the sealer leaves, and how a state that was set back comes right again.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyId } from "../../../src/core/attestation/key.ts";
import { claimedCheckpoint } from "../../../src/core/audit/checkpoint.ts";
import { noteKey, renderNote } from "../../../src/core/audit/note.ts";
import type { Digest } from "../../../src/core/base/digest.ts";
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
import { treeOf } from "../../support/tree.ts";
import { throwAwayKey } from "../../support/verdicts.ts";

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

  test("under the next key, while the one before still counts, the same trees are signed again", async () => {
    await lab.seal(upTo(300, { closes: true }));
    await lab.seal(request(leaves(5, "next"), { shard: NEXT }));
    const before = lab.sealers;
    lab.key = throwAwayKey();
    const next = { keyid: keyId(lab.key.publicKey), publicKey: lab.key.publicKey };
    lab.sealers = [next, ...before];
    await lab.restart();
    lab.sealers = [next];
    expect([await sealedAt(), await sealedAt(NEXT), lab.sealer.standing().trouble]).toEqual([300, 5, null]);
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
