// The loop around publishing and judging: trouble is survived and said once, once means once, and leftovers are swept.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import { CountersignError } from "../../src/core/base/failure.ts";
import { configurationOf, serve } from "../../src/validator/serve.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { git, removeScratch, scratchRepository } from "../support/scratch.ts";

const PATCH = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n";
const progress = (): undefined => undefined;
const configurationNow = () => configurationOf(on.bench.setup);
let repo: string;
let on: TestBench;

beforeAll(async () => {
  repo = scratchRepository("serve", { "a.ts": "one\n" });
  on = await openBench(repo, "[validator]\npoll_seconds = 1\n");
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

test("once publishes, judges, sweeps and returns; a failure is thrown", async () => {
  const left = join(on.bench.scratch, "git-left-by-a-crash");
  mkdirSync(left);
  const id = await putOrder(on, await publishNow(on), PATCH);
  await serve(on.bench, { once: true, stop: new AbortController().signal, progress, configurationNow });
  expect((await verdictOn(on, id)).predicate.outcome).toBe("APPROVED");
  expect(existsSync(left)).toBe(false);
  git(repo, "checkout", "-q", "--detach");
  const again = serve(on.bench, {
    once: true,
    stop: new AbortController().signal,
    progress,
    configurationNow,
  });
  await expect(again).rejects.toMatchObject({ code: "repository_unusable" });
  git(repo, "checkout", "-q", "main");
});

test("a branch in the middle of a rebase postpones judging, and is complained of once", async () => {
  const base = await publishNow(on);
  git(repo, "checkout", "-q", "--detach");
  on.logged.length = 0;
  const stop = new AbortController();
  const serving = serve(on.bench, { once: false, stop: stop.signal, progress, configurationNow });
  const id = await putOrder(on, base, PATCH);
  await sleep(2500);
  expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
  expect(on.logged.filter((line) => line.includes("cannot publish or judge now"))).toHaveLength(1);
  git(repo, "checkout", "-q", "main");
  for (let look = 0; look < 200 && (await on.bench.exchange.verdicts.read(id)).kind === "absent"; look++)
    await sleep(50);
  stop.abort();
  await serving;
  expect((await verdictOn(on, id)).predicate.outcome).toBe("APPROVED");
}, 30_000);

test("a publication that fails after long work leaves most of the time to others", async () => {
  git(repo, "checkout", "-q", "--detach");
  on.logged.length = 0;
  let looks = 0;
  // Every look seems to take a second at least; the poll is one second, too.
  const bench = {
    ...on.bench,
    clock: () => on.clock.now + looks * 1000,
    get repository() {
      looks += 1;
      return on.bench.repository;
    },
  };
  const stop = new AbortController();
  const serving = serve(bench, { once: false, stop: stop.signal, progress, configurationNow });
  await sleep(4500);
  expect(looks).toBe(1);
  stop.abort();
  const stopped = performance.now();
  await serving;
  expect(performance.now() - stopped).toBeLessThan(1000);
  git(repo, "checkout", "-q", "main");
}, 30_000);

// Threat: publish.exclude is extended, and a validator that runs for weeks goes on to publish what it hides.
test("a configuration that changed ends it, so that it is started again under the new one", async () => {
  const stop = new AbortController().signal;
  const other = (): Digest => sha256("other");
  const serving = serve(on.bench, { once: false, stop, progress, configurationNow: other });
  await expect(serving).rejects.toMatchObject({ exitCode: 75 });
});

test("a configuration that cannot be read leaves the old one in force, and is complained of once", async () => {
  on.logged.length = 0;
  const stop = new AbortController();
  const broken = (): Digest => {
    throw new CountersignError("config_invalid", "the configuration has 1 fault(s)");
  };
  const serving = serve(on.bench, { once: false, stop: stop.signal, progress, configurationNow: broken });
  const id = await putOrder(on, await publishNow(on), PATCH);
  for (let look = 0; look < 200 && (await on.bench.exchange.verdicts.read(id)).kind === "absent"; look++)
    await sleep(50);
  await sleep(1500);
  stop.abort();
  await serving;
  expect((await verdictOn(on, id)).predicate.outcome).toBe("APPROVED");
  expect(on.logged.filter((line) => line.includes("the one of the start stays in force"))).toHaveLength(1);
}, 30_000);
