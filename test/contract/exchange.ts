// What every exchange must do, whatever it is made of. An adapter's test hands in a way to open fresh ones.
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { utf8 } from "../../src/core/base/bytes.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import type { Closure } from "../../src/core/proposal/order.ts";
import type {
  GatewayExchange,
  IntegratorExchange,
  ValidatorExchange,
} from "../../src/io/exchange/exchange.ts";
import { at, landing, order, patchId } from "../support/proposals.ts";

export interface OpenedExchange {
  readonly gateway: GatewayExchange;
  readonly validator: ValidatorExchange;
  readonly integrator: IntegratorExchange;
  /** Opens the three again, as restarted processes would. */
  reopen(): Promise<OpenedExchange>;
  close(): Promise<void>;
}

const blob = (text: string): readonly [Digest, Uint8Array] => [sha256(text), utf8(text)];
const closure: Closure = { version: 1, patch_id: patchId(1), state: "withdrawn", at: at(0) };

export function exchangeContract(name: string, open: () => Promise<OpenedExchange>): void {
  describe(`exchange: ${name}`, () => {
    let it: OpenedExchange;
    beforeEach(async () => {
      it = await open();
    });
    afterEach(() => it.close());

    test("nothing is there before somebody wrote it", async () => {
      expect(await it.gateway.published.current()).toBeUndefined();
      expect(await it.validator.orders.list()).toEqual([]);
      expect(await it.gateway.verdicts.list()).toEqual([]);
      expect(await it.gateway.landings.list()).toEqual([]);
      const [digest] = blob("never");
      const { published } = it.gateway;
      expect(await published.manifest(digest)).toEqual({ kind: "absent" });
      expect(await published.manifestEnvelope(digest)).toEqual({ kind: "absent" });
      expect(await published.blob(digest)).toEqual({ kind: "absent" });
      expect(await it.validator.orders.read(patchId(1))).toEqual({ kind: "absent" });
      expect(await it.validator.orders.closure(patchId(1))).toEqual({ kind: "absent" });
      expect(await it.integrator.verdicts.read(patchId(1))).toEqual({ kind: "absent" });
      expect(await it.gateway.landings.read("x")).toEqual({ kind: "absent" });
    });

    test("an order is read as it was written, also twice, also after a restart", async () => {
      await it.gateway.orders.put(order(1));
      await it.gateway.orders.put(order(1));
      expect(await it.validator.orders.list()).toEqual([patchId(1)]);
      const again = await it.reopen();
      expect(await again.integrator.orders.read(patchId(1))).toMatchObject({
        kind: "found",
        value: order(1),
      });
    });

    test("an order that no reader would accept is not written", async () => {
      const large = order(1, { patch: "\u0001".repeat(400_000) });
      await expect(it.gateway.orders.put(large)).rejects.toMatchObject({ code: "exchange_damaged" });
      expect(await it.validator.orders.list()).toEqual([]);
    });

    test("a closure stands beside its order, and both go together", async () => {
      await it.gateway.orders.put(order(1));
      await it.gateway.orders.close(closure);
      await it.gateway.orders.close(closure);
      expect(await it.validator.orders.list()).toEqual([patchId(1)]);
      expect(await it.integrator.orders.closure(patchId(1))).toMatchObject({ kind: "found", value: closure });
      await it.gateway.orders.remove(patchId(1));
      await it.gateway.orders.remove(patchId(1));
      expect(await it.validator.orders.read(patchId(1))).toEqual({ kind: "absent" });
      expect(await it.validator.orders.closure(patchId(1))).toEqual({ kind: "absent" });
    });

    test("the first verdict stands", async () => {
      expect(await it.validator.verdicts.putOnce(patchId(1), utf8("first"))).toBe(true);
      expect(await it.validator.verdicts.putOnce(patchId(1), utf8("second"))).toBe(false);
      expect(await it.gateway.verdicts.list()).toEqual([patchId(1)]);
      expect(await it.integrator.verdicts.read(patchId(1))).toMatchObject({
        kind: "found",
        bytes: Buffer.from("first"),
      });
    });

    test("of many writers of one verdict exactly one wins", async () => {
      const tries = await Promise.all(
        Array.from({ length: 20 }, (_, n) => it.validator.verdicts.putOnce(patchId(1), utf8(`try ${n}`))),
      );
      expect(tries.filter(Boolean)).toHaveLength(1);
      const winner = `try ${tries.indexOf(true)}`;
      expect(await it.gateway.verdicts.read(patchId(1))).toMatchObject({ bytes: Buffer.from(winner) });
    });

    test("a blob appears when it is settled, under its digest, and stays", async () => {
      const [digest, bytes] = blob("content\n");
      expect(await it.validator.published.hasBlob(digest)).toBe(false);
      await it.validator.published.putBlob(digest, bytes);
      expect(await it.validator.published.hasBlob(digest)).toBe(true);
      await it.validator.published.settleBlobs();
      expect(await it.gateway.published.blob(digest)).toMatchObject({
        kind: "found",
        bytes: Buffer.from(bytes),
      });
      const again = await it.reopen();
      expect(await again.validator.published.hasBlob(digest)).toBe(true);
    });

    test("content that does not have its digest is not published", async () => {
      const [digest] = blob("one");
      await expect(it.validator.published.putBlob(digest, utf8("other"))).rejects.toThrow(RangeError);
      await expect(it.validator.published.putManifest(digest, utf8("other"), utf8("{}"))).rejects.toThrow(
        RangeError,
      );
      await it.validator.published.settleBlobs();
      expect(await it.gateway.published.blob(digest)).toEqual({ kind: "absent" });
    });

    test("a manifest comes with its envelope and becomes current when it is named", async () => {
      const [digest, bytes] = blob('{"manifest":1}');
      await it.validator.published.putManifest(digest, bytes, utf8("envelope"));
      expect(await it.gateway.published.current()).toBeUndefined();
      await it.validator.published.setCurrent(digest);
      expect(await it.gateway.published.current()).toBe(digest);
      expect(await it.gateway.published.manifest(digest)).toMatchObject({
        kind: "found",
        bytes: Buffer.from(bytes),
      });
      expect(await it.gateway.published.manifestEnvelope(digest)).toMatchObject({
        kind: "found",
        bytes: Buffer.from("envelope"),
      });
    });

    test("landing records are listed in the order in which they were written, each once", async () => {
      for (const n of [3, 1, 2]) {
        await it.integrator.landings.put(landing(n, n));
        await it.integrator.landings.put(landing(n, n));
        await setTimeout(15);
      }
      const names = await it.gateway.landings.list();
      const read = await Promise.all(names.map((name) => it.gateway.landings.read(name)));
      expect(read).toMatchObject([3, 1, 2].map((n) => ({ kind: "found", value: landing(n, n) })));
    });

    test("a watcher hears of a change and falls silent when it is closed", async () => {
      let heard = 0;
      const { promise, resolve } = Promise.withResolvers<void>();
      const watching = it.validator.watch(() => {
        heard += 1;
        resolve();
      });
      await it.gateway.orders.put(order(1));
      await promise;
      watching.close();
      const before = heard;
      await it.gateway.orders.put(order(2));
      await setTimeout(50);
      expect(heard).toBe(before);
    });
  });
}
