// Rounds never overlap, never stop because one failed, and lose no kick.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openNews } from "../../../src/gateway/legs/news.ts";
import { type RoundParts, startRounds } from "../../../src/gateway/legs/rounds.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

let lab: GatewayLab;
beforeEach(async () => {
  lab = await gatewayLab();
});
afterEach(() => lab.stop());

const settle = () => sleep(20);

function parts(
  refresh: () => Promise<void>,
  failed: (error: unknown) => void,
): RoundParts & { changed: () => void; tick: () => void } {
  const hooks = { changed: (): void => undefined, tick: (): void => undefined };
  return {
    store: lab.store,
    orders: lab.gatewayExchange.orders,
    verdicts: lab.gatewayExchange.verdicts,
    keys: () => [],
    clock: () => Date.now(),
    ttlSeconds: () => 86_400,
    news: openNews(),
    actor: { principal: "gateway" },
    exchange: {
      ...lab.gatewayExchange,
      watch: (changed) => {
        hooks.changed = changed;
        return { close: () => (hooks.changed = () => undefined) };
      },
    },
    sealing: async () => false,
    shelf: { ...lab.shelf, refresh },
    log: openLog("error", { write: () => undefined }),
    every: (_, tick) => {
      hooks.tick = tick;
      return () => undefined;
    },
    failed,
    changed: () => hooks.changed(),
    tick: () => hooks.tick(),
  };
}

test("one at a time, one more for any number of kicks meanwhile, and none after the end", async () => {
  let running = 0;
  let rounds = 0;
  const made = parts(
    async () => {
      expect(++running).toBe(1);
      rounds++;
      await settle();
      running--;
    },
    (error) => expect.unreachable(String(error)),
  );
  const started = startRounds(made);
  for (let n = 0; n < 10; n++) made.changed();
  made.tick();
  await expect.poll(() => rounds).toBe(2);
  await started.once();
  expect(rounds).toBe(3);
  await started.stop();
  started.kick();
  made.changed();
  made.tick();
  await settle();
  expect(rounds).toBe(3);
});

test("a round that fails is told, and the next one runs", async () => {
  const errors: unknown[] = [];
  let rounds = 0;
  const made = parts(
    () => (rounds++ === 0 ? Promise.reject(new Error("first")) : Promise.resolve()),
    (error) => void errors.push(error),
  );
  const started = startRounds(made);
  await started.once();
  await started.once();
  expect([rounds, errors]).toEqual([2, [new Error("first")]]);
  await started.stop();
});
