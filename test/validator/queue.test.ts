// The queue: what is judged, what is left alone, how often something is tried, and that one order cannot stop the others.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CountersignError } from "../../src/core/base/failure.ts";
import type { PatchId } from "../../src/core/base/ids.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import { MAX_TRIES, Queue } from "../../src/validator/queue.ts";
import type { Judged } from "../../src/validator/round.ts";
import { openBench, publishNow, putOrder, type TestBench } from "../support/bench.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

let repo: string;
let on: TestBench;
let base: OpenManifest;
const go = new AbortController().signal;

beforeAll(() => {
  repo = scratchRepository("queue", { "a.ts": "one\n" });
});
afterAll(() => removeScratch(repo));

beforeEach(async () => {
  on = await openBench(repo);
  base = await publishNow(on);
});

type Try = readonly [PatchId, boolean];

function queueOf(answer: (id: PatchId, lastTry: boolean) => Judged): { queue: Queue; tries: Try[] } {
  const tries: Try[] = [];
  const queue = new Queue(on.bench, async (_, __, id, lastTry) => {
    tries.push([id, lastTry]);
    return answer(id, lastTry);
  });
  return { queue, tries };
}

test("what cannot be judged is tried five times, with growing pauses, and then for the last time", async () => {
  const id = await putOrder(on, base, "x");
  const { queue, tries } = queueOf((_, lastTry) =>
    lastTry ? { kind: "signed", outcome: "MANUAL_REQUIRED" } : { kind: "again", why: "slow" },
  );
  const pauses: number[] = [];
  for (;;) {
    await queue.pass(base, go);
    const due = queue.nextDue();
    if (due === undefined) break;
    await queue.pass(base, go);
    pauses.push(due - on.clock.now);
    on.clock.now = due;
  }
  expect(tries).toEqual([false, false, false, false, true].map((last) => [id, last]));
  expect(tries).toHaveLength(MAX_TRIES);
  expect(pauses).toEqual([500, 1000, 2000, 4000]);
  removeScratch(on.state);
});

test("a new order is judged in the first pass, however the clock moves between two readings", async () => {
  await putOrder(on, base, "x");
  const tries: Try[] = [];
  const moving = { ...on.bench, clock: () => on.clock.now++ };
  const hurried = new Queue(moving, (_, __, id, last) => {
    tries.push([id, last]);
    return Promise.resolve({ kind: "signed", outcome: "APPROVED" });
  });
  await hurried.pass(base, go);
  expect(tries).toHaveLength(1);
  expect(hurried.nextDue()).toBeUndefined();
  removeScratch(on.state);
});

test("a pass that may not go on leaves the orders that are left to the next one, and says so", async () => {
  const ids = [await putOrder(on, base, "x"), await putOrder(on, base, "y"), await putOrder(on, base, "z")];
  const { queue, tries } = queueOf(() => ({ kind: "closed" }));
  expect(await queue.pass(base, go, () => tries.length < 1)).toBe(false);
  expect(tries).toHaveLength(1);
  expect(await queue.pass(base, go)).toBe(true);
  expect(tries.map(([id]) => id).toSorted()).toEqual(ids.toSorted());
  removeScratch(on.state);
});

test("a clock that is set back does not park what waits", async () => {
  await putOrder(on, base, "x");
  const { queue, tries } = queueOf(() => ({ kind: "again", why: "slow" }));
  await queue.pass(base, go);
  on.clock.now -= 86_400_000;
  expect(queue.nextDue()).toBe(on.clock.now);
  await queue.pass(base, go);
  expect(tries).toHaveLength(2);
  removeScratch(on.state);
});

test("a round that throws does not keep the others from theirs", async () => {
  const [bad, good] = [await putOrder(on, base, "x"), await putOrder(on, base, "y")];
  const { queue, tries } = queueOf((id) => {
    if (id === bad) throw new CountersignError("storage", "disk full");
    return { kind: "signed", outcome: "APPROVED" };
  });
  await queue.pass(base, go);
  expect(tries.map(([id]) => id).toSorted()).toEqual([bad, good].toSorted());
  expect(on.logged.join("")).toContain("disk full");
  removeScratch(on.state);
});

test("decided and closed orders are left alone, vanished ones forgotten", async () => {
  const ids = [await putOrder(on, base, "x"), await putOrder(on, base, "y"), await putOrder(on, base, "z")];
  const [decided, closed, waiting] = ids as [PatchId, PatchId, PatchId];
  await on.bench.exchange.verdicts.putOnce(decided, new Uint8Array([1]));
  const { queue, tries } = queueOf((id) =>
    id === closed ? { kind: "closed" } : { kind: "again", why: "slow" },
  );
  await queue.pass(base, go);
  expect(tries.map(([id]) => id).toSorted()).toEqual([closed, waiting].toSorted());
  on.clock.now += 60_000;
  await queue.pass(base, go);
  expect(tries.slice(2).map(([id]) => id)).toEqual([waiting]);
  await on.gateway.orders.remove(waiting);
  await queue.pass(base, go);
  expect(queue.nextDue()).toBeUndefined();
  removeScratch(on.state);
});

test("an abort ends the pass behind the round that runs", async () => {
  await putOrder(on, base, "x");
  await putOrder(on, base, "y");
  const stop = new AbortController();
  const { queue, tries } = queueOf(() => {
    stop.abort();
    return { kind: "signed", outcome: "APPROVED" };
  });
  await queue.pass(base, stop.signal);
  expect(tries).toHaveLength(1);
  removeScratch(on.state);
});

test("a round that fails behind its verdict is neither due nor tried again", async () => {
  const id = await putOrder(on, base, "x");
  let tries = 0;
  const failing = new Queue(on.bench, async () => {
    tries += 1;
    await on.bench.exchange.verdicts.putOnce(id, Buffer.from("{}"));
    throw new CountersignError("storage", "the folder could not be synced");
  });
  await failing.pass(base, go);
  expect(failing.nextDue()).toBeDefined();
  on.clock.now += 60_000;
  await failing.pass(base, go);
  expect({ tries, due: failing.nextDue() }).toEqual({ tries: 1, due: undefined });
  removeScratch(on.state);
});
