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
