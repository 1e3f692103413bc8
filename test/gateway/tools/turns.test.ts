// Few handlers at once, in order, and nobody keeps a turn.
import { expect, test } from "vitest";
import { openTurns } from "../../../src/gateway/tools/turns.ts";

test("at most four run, the others in the order in which they came", async () => {
  const turns = openTurns();
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const all = Array.from({ length: 10 }, (_, n) =>
    turns.take("p", () => {
      begun.push(n);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1, 2, 3]);
  expect(turns.open("p")).toBe(10);
  expect(turns.open("q")).toBe(0);
  for (let n = 0; n < 10; n++) {
    ends[n]!();
    await all[n];
    expect(begun).toHaveLength(Math.min(10, n + 5));
  }
  expect(begun).toEqual(Array.from({ length: 10 }, (_, n) => n));
  expect(turns.open("p")).toBe(0);
});

test("idle waits for all reads of one principal, and for nobody else", async () => {
  const turns = openTurns();
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const all = ends.map(({ promise }) => turns.take("p", () => promise));
  await turns.idle("q");
  let idle = false;
  const waited = turns.idle("p").then(() => (idle = true));
  ends[0]!.resolve();
  await all[0];
  expect(idle).toBe(false);
  ends[1]!.resolve();
  await waited;
  expect(turns.open("p")).toBe(0);
});

test("a turn ends when the work fails", async () => {
  const turns = openTurns();
  const fail = () => turns.take("p", () => Promise.reject(new Error("no")));
  const all = await Promise.allSettled(Array.from({ length: 9 }, fail));
  expect(all.every(({ status }) => status === "rejected")).toBe(true);
  expect(turns.open("p")).toBe(0);
  expect(await turns.take("p", async () => "yes")).toBe("yes");
});

// Threat: one caller asks for 100 dear searches, and nobody else gets an answer until they are over.
test("everybody gets a turn before anybody gets a second one", async () => {
  const turns = openTurns();
  const begun: string[] = [];
  const running: (() => void)[] = [];
  const ask = (principal: string): Promise<void> =>
    turns.take(principal, () => {
      begun.push(principal);
      const { promise, resolve } = Promise.withResolvers<void>();
      running.push(resolve);
      return promise;
    });
  const all: Promise<void>[] = [];
  for (let n = 0; n < 20; n++) all.push(ask("a"));
  for (let n = 0; n < 10; n++) all.push(ask("b"));
  // Room for somebody else beside the first four, and no more than eight in all.
  expect(begun.join("")).toBe("aaaabbbb");
  all.push(ask("c"), ask("c"), ask("d"));
  expect(begun).toHaveLength(8);
  for (let ended = 0; ended < running.length; ended++) {
    running[ended]!();
    await new Promise(setImmediate);
  }
  await Promise.all(all);
  expect(begun.slice(8, 12).join("")).toBe("acda");
  expect(begun.filter((name) => name === "a")).toHaveLength(20);
  expect(begun.indexOf("d")).toBeLessThan(12);
});

test("work is told whether it had to wait", async () => {
  const turns = openTurns();
  const { promise, resolve } = Promise.withResolvers<void>();
  const told: boolean[] = [];
  const all = Array.from({ length: 5 }, () => turns.take("p", ({ waited }) => (told.push(waited), promise)));
  resolve();
  await Promise.all(all);
  expect(told).toEqual([false, false, false, false, true]);
});

test("who gives the room back early lets the next one begin, and still counts until it is over", async () => {
  const turns = openTurns();
  const ends: (() => void)[] = [];
  const asked = Array.from({ length: 100 }, () =>
    turns.take("p", ({ leave }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      leave();
      leave();
      return promise;
    }),
  );
  await new Promise(setImmediate);
  // As many as may wait for the disk, and those that keep their room: memory is bounded whoever asks for how much.
  expect(ends).toHaveLength(64 + 4);
  expect(turns.open("p")).toBe(100);
  for (let n = 0; n < 100; n++) {
    ends[n]!();
    await asked[n];
    await new Promise(setImmediate);
    expect(ends.length - n - 1).toBeLessThanOrEqual(64 + 4);
  }
  expect(turns.open("p")).toBe(0);
  // All the room is there again, and no more.
  const last = Promise.withResolvers<void>();
  let running = 0;
  const again = Array.from({ length: 6 }, () => turns.take("p", () => ((running += 1), last.promise)));
  await new Promise(setImmediate);
  expect(running).toBe(4);
  last.resolve();
  await Promise.all(again);
});
