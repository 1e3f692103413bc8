// What every exchange must do for sealing: requests, tiles, checkpoints, heartbeats and receipts.
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HeadRequest, Heartbeat } from "../../src/core/audit/heads.ts";
import type { IncidentId } from "../../src/core/audit/incident.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { instant } from "../../src/core/base/time.ts";
import { patchId } from "../support/proposals.ts";
import type { OpenedExchange } from "./exchange.ts";

const SHARD = "2026-11";
const tile = (width: number, from = 0): Uint8Array =>
  Buffer.from(Array.from({ length: width }, (_, n) => sha256(String(from + n))).join(""), "hex");
const request = (more: Partial<HeadRequest> = {}): HeadRequest => ({
  v: 1,
  shard: SHARD,
  from: 0,
  leaves: sha256("leaf"),
  closes: false,
  urgent: false,
  ...more,
});
const ids = [patchId(1), patchId(2) as string as IncidentId];

export function sealingContract(name: string, open: () => Promise<OpenedExchange>): void {
  describe(`exchange, sealing: ${name}`, () => {
    let it: OpenedExchange;
    beforeEach(async () => {
      it = await open();
    });
    afterEach(() => it.close());

    test("nothing is there before somebody wrote it", async () => {
      const { sealed, receipts } = it.integrator;
      expect(await it.validator.headRequests.list()).toEqual([]);
      expect(await it.validator.headRequests.read(SHARD)).toEqual({ kind: "absent" });
      expect(await sealed.shards()).toEqual([]);
      expect(await sealed.checkpoint(SHARD)).toEqual({ kind: "absent" });
      expect(await sealed.tile(SHARD, 0, 1)).toEqual({ kind: "absent" });
      expect(await sealed.heartbeat()).toEqual({ kind: "absent" });
      expect(await receipts.list()).toEqual([]);
      expect(await receipts.read(patchId(1))).toEqual({ kind: "absent" });
    });

    test.each(["", ".", "..", "../2026-11", "2026-13", "2026-11/x", "heartbeat.json"])(
      "%j is no shard",
      async (shard) => {
        expect(await it.validator.headRequests.read(shard)).toEqual({ kind: "absent" });
        await expect(it.gateway.headRequests.put(request({ shard }))).rejects.toThrow();
        await it.gateway.headRequests.remove(shard);
        expect(await it.gateway.sealed.checkpoint(shard)).toEqual({ kind: "absent" });
        expect(await it.gateway.sealed.tile(shard, 0, 1)).toEqual({ kind: "absent" });
      },
    );

    test.each([-1, 0.5, 2 ** 53])("%d is no tile", async (index) => {
      expect(await it.gateway.sealed.tile(SHARD, index, 1)).toEqual({ kind: "absent" });
    });

    test("the last request stands, shards come oldest first, and a request goes", async () => {
      await it.gateway.headRequests.put(request({ shard: "2026-12" }));
      await it.gateway.headRequests.put(request());
      await it.gateway.headRequests.put(request({ from: 7, urgent: true }));
      expect(await it.validator.headRequests.list()).toEqual([SHARD, "2026-12"]);
      const again = await it.reopen();
      expect(await again.validator.headRequests.read(SHARD)).toMatchObject({
        kind: "found",
        value: request({ from: 7, urgent: true }),
      });
      await it.gateway.headRequests.remove(SHARD);
      await it.gateway.headRequests.remove(SHARD);
      expect(await it.validator.headRequests.list()).toEqual(["2026-12"]);
    });

    test("the last checkpoint stands", async () => {
      await it.validator.sealed.putCheckpoint("2026-12", utf8("later"));
      await it.validator.sealed.putCheckpoint(SHARD, utf8("first"));
      await it.validator.sealed.putCheckpoint(SHARD, utf8("second"));
      const again = await it.reopen();
      expect(await again.gateway.sealed.shards()).toEqual([SHARD, "2026-12"]);
      expect(await again.gateway.sealed.checkpoint(SHARD)).toMatchObject({ bytes: Buffer.from("second") });
    });

    test("a tile is read as far as it is asked for, and grows", async () => {
      const { sealed } = it.validator;
      const read = async (width: number, index = 0): Promise<unknown> => {
        const found = await it.gateway.sealed.tile(SHARD, index, width);
        return found.kind === "found" ? Buffer.from(found.bytes).subarray(0, width * 32) : found.kind;
      };
      await sealed.putTile(SHARD, 0, tile(3));
      expect(await read(2)).toEqual(tile(2));
      expect(await read(4)).toBe("absent");
      await sealed.putTile(SHARD, 0, tile(7));
      await sealed.putTile(SHARD, 0, tile(256));
      await sealed.putTile(SHARD, 1_234_067, tile(5, 9));
      expect(await read(3)).toEqual(tile(3));
      expect(await read(256)).toEqual(tile(256));
      expect(await read(5, 1_234_067)).toEqual(tile(5, 9));
      expect(await read(1, 67)).toBe("absent");
    });

    test("a tile that is written again has nothing of what was wider before", async () => {
      const { sealed } = it.validator;
      for (const wider of [256, 9]) {
        await sealed.putTile(SHARD, 0, tile(wider, 100));
        await sealed.putTile(SHARD, 0, tile(4));
        expect(await it.gateway.sealed.tile(SHARD, 0, 4)).toMatchObject({ bytes: tile(4) });
        expect(await it.gateway.sealed.tile(SHARD, 0, 5)).toEqual({ kind: "absent" });
      }
    });

    test("whoever reads a tile while it grows finds it", async () => {
      await it.validator.sealed.putTile(SHARD, 0, tile(1));
      const over = new AbortController();
      const grown = (async () => {
        for (const width of [2, 30, 31, 200, 255, 256]) {
          await it.validator.sealed.putTile(SHARD, 0, tile(width));
          await setTimeout(1);
        }
        over.abort();
      })();
      const kinds = new Set<string>();
      while (!over.signal.aborted) {
        kinds.add((await it.gateway.sealed.tile(SHARD, 0, 1)).kind);
        await setTimeout(0);
      }
      await grown;
      expect([...kinds]).toEqual(["found"]);
    });

    test("the last heartbeat is there", async () => {
      const beat: Heartbeat = { v: 1, at: instant(0), sealed: null, trouble: null, queue: 2 };
      await it.validator.sealed.beat(beat);
      const sealed = { shard: SHARD, size: 3, root: sha256("root") };
      await it.validator.sealed.beat({ ...beat, sealed, trouble: "LOG_GAP" });
      expect(await it.integrator.sealed.heartbeat()).toMatchObject({
        kind: "found",
        value: { ...beat, sealed, trouble: "LOG_GAP" },
      });
      expect(await it.integrator.sealed.shards()).toEqual([]);
    });

    test("a receipt is read as it was written, replaced, and removed", async () => {
      for (const id of ids) await it.gateway.receipts.put(id, utf8(`proof of ${id}`));
      await it.gateway.receipts.put(patchId(1), utf8("better"));
      expect((await it.integrator.receipts.list()).toSorted()).toEqual(ids);
      expect(await it.integrator.receipts.read(patchId(1))).toMatchObject({ bytes: Buffer.from("better") });
      await it.gateway.receipts.remove(patchId(1));
      await it.gateway.receipts.remove(patchId(1));
      expect(await it.integrator.receipts.read(patchId(1))).toEqual({ kind: "absent" });
      expect(await it.integrator.receipts.list()).toEqual([ids[1]]);
    });

    test("what is no id has no receipt", async () => {
      const strange = "../orders/x" as string as IncidentId;
      await it.gateway.receipts.put(strange, utf8("x"));
      expect(await it.gateway.receipts.list()).toEqual([]);
      expect(await it.gateway.receipts.read(strange)).toEqual({ kind: "absent" });
    });

    test("the sealer hears of requests, and gateways of checkpoints", async () => {
      const asked = Promise.withResolvers<void>();
      const sealer = it.validator.watchRequests(() => asked.resolve());
      await it.gateway.headRequests.put(request());
      await asked.promise;
      const sealed = Promise.withResolvers<void>();
      await it.validator.sealed.putCheckpoint(SHARD, utf8("first"));
      const gateway = it.gateway.watch(() => sealed.resolve());
      await it.validator.sealed.putCheckpoint(SHARD, utf8("second"));
      await sealed.promise;
      for (const watching of [sealer, gateway]) watching.close();
    });
  });
}
