// A running validator and its keys: a key that ends stops it from signing, and one that is exchanged ends it.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newRecord } from "../../src/core/attestation/key-life.ts";
import { layout } from "../../src/io/file/layout.ts";
import type { Bench } from "../../src/validator/bench.ts";
import { configurationOf, serve } from "../../src/validator/serve.ts";
import { record } from "../../src/validator/signing/key-book.ts";
import { keysInUse, openLivingKey } from "../../src/validator/signing/living.ts";
import { rotateKey } from "../../src/validator/signing/rotate.ts";
import { openSigner } from "../../src/validator/signing/signer.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { NOON } from "../support/proposals.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const DAY = 86_400_000;
const PATCH = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n";
const progress = (): undefined => undefined;

let repo: string;
let on: TestBench;
let bench: Bench;
let at: { keys: string; trust: string; repositories: string[] };

beforeEach(async () => {
  repo = scratchRepository("serve-keys", { "a.ts": "one\n" });
  on = await openBench(repo, "[validator]\npoll_seconds = 1\n");
  const { keys, trust } = layout(on.state);
  at = { keys, trust, repositories: [repo] };
  record(trust, { [on.bench.signer.key.keyid]: newRecord("attestation", NOON - DAY, 90) });
  const life = { clock: () => on.clock.now, maxAgeDays: 90 };
  bench = { ...on.bench, signer: openSigner(openLivingKey(at, "attestation", life)) };
});
afterEach(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

function serving(stop: AbortSignal, once = false): Promise<void> {
  const inUse = (): string => keysInUse(at);
  const configurationNow = (): ReturnType<typeof configurationOf> => configurationOf(bench.setup);
  const keys = { ours: inUse(), now: inUse };
  return serve(bench, { once, stop, progress, configurationNow, keys });
}

// Row I22: 91 days later nothing is signed.
test("a key that ends while it runs: nothing is published or judged, and that is said once, with the fix", async () => {
  const id = await putOrder(on, await publishNow(on), PATCH);
  on.clock.now = NOON + 91 * DAY;
  const stop = new AbortController();
  const running = serving(stop.signal);
  await sleep(2500);
  stop.abort();
  await running;
  expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
  const said = on.logged.filter((line) => line.includes("cannot publish or judge now"));
  expect(said).toEqual([expect.stringContaining("ended at")]);
}, 30_000);

test("once, it is a failure", async () => {
  on.clock.now = NOON + 91 * DAY;
  await expect(serving(new AbortController().signal, true)).rejects.toMatchObject({
    code: "key_unusable",
    exitCode: 2,
    fix: "Run: countersign keys rotate",
  });
});

// Threat: an agent keeps the queue full over the end of the key.
test("a key that ends between two orders holds the second one back", async () => {
  const base = await publishNow(on);
  const first = await putOrder(on, base, PATCH);
  const second = await putOrder(on, base, PATCH.replace("two", "three"));
  const { signer } = bench;
  const sign: typeof signer.sign = (statement) => {
    const envelope = signer.sign(statement);
    on.clock.now = NOON + 91 * DAY;
    return envelope;
  };
  bench = { ...bench, signer: { ...signer, sign } };
  const stop = new AbortController();
  const running = serving(stop.signal);
  await sleep(2500);
  stop.abort();
  await running;
  const kinds = await Promise.all(
    [first, second].map(async (id) => (await bench.exchange.verdicts.read(id)).kind),
  );
  expect(kinds.toSorted()).toEqual(["absent", "found"]);
  expect((await verdictOn(on, kinds[0] === "found" ? first : second)).predicate.outcome).toBe("APPROVED");
}, 30_000);

test.each(["attestation", "sealer"] as const)(
  "a rotation of the %s key ends it with 75, so that it is started again under the new one",
  async (role) => {
    bench = { ...bench, clock: Date.now, signer: { ...bench.signer, unfit: () => undefined } };
    const running = serving(new AbortController().signal);
    const ended = expect(running).rejects.toMatchObject({ exitCode: 75 });
    await sleep(200);
    rotateKey(at, role, { now: NOON, maxAgeDays: 90, overlapDays: 7, revoke: false });
    await ended;
  },
  30_000,
);
