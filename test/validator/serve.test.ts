// The loop around publishing and judging: trouble is survived and said once, once means once, and leftovers are swept.
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../../src/core/base/canonical.ts";
import { toBase64 } from "../../src/core/base/bytes.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import { CountersignError } from "../../src/core/base/failure.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { layout } from "../../src/io/file/layout.ts";
import { configurationOf, serve } from "../../src/validator/serve.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { NOON } from "../support/proposals.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { signerOf } from "../support/signing.ts";

const PATCH = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n";
const progress = (): undefined => undefined;
const configurationNow = () => configurationOf(on.bench.setup);
const keys = { ours: "k", now: () => "k" };
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
  await serve(on.bench, { once: true, stop: new AbortController().signal, progress, configurationNow, keys });
  expect((await verdictOn(on, id)).predicate.outcome).toBe("APPROVED");
  expect(existsSync(left)).toBe(false);
  git(repo, "checkout", "-q", "--detach");
  const again = serve(on.bench, {
    once: true,
    stop: new AbortController().signal,
    progress,
    configurationNow,
    keys,
  });
  await expect(again).rejects.toMatchObject({ code: "repository_unusable" });
  git(repo, "checkout", "-q", "main");
});

test("a branch in the middle of a rebase postpones judging, and is complained of once", async () => {
  const base = await publishNow(on);
  git(repo, "checkout", "-q", "--detach");
  on.logged.length = 0;
  const stop = new AbortController();
  const serving = serve(on.bench, { once: false, stop: stop.signal, progress, configurationNow, keys });
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
  const serving = serve(bench, { once: false, stop: stop.signal, progress, configurationNow, keys });
  await sleep(4500);
  expect(looks).toBe(1);
  stop.abort();
  await serving;
  expect(looks).toBe(1);
  git(repo, "checkout", "-q", "main");
}, 30_000);

// Threat: publish.exclude is extended, and a validator that runs for weeks goes on to publish what it hides.
test("a configuration that changed ends it, so that it is started again under the new one", async () => {
  const stop = new AbortController().signal;
  const other = (): Digest => sha256("other");
  const bench = { ...on.bench, clock: Date.now };
  const serving = serve(bench, { once: false, stop, progress, configurationNow: other, keys });
  await expect(serving).rejects.toMatchObject({ exitCode: 75 });
});

// Threat: an editor that writes in two steps has a laxer policy stand between them, under which everything is published.
test("a configuration that is being written is not taken over before it rests for a second", async () => {
  const stop = new AbortController();
  const asked: number[] = [];
  const restless = (): Digest => {
    asked.push(Date.now());
    return sha256(`${asked.length}`);
  };
  const bench = { ...on.bench, clock: Date.now };
  const serving = serve(bench, {
    once: false,
    stop: stop.signal,
    progress,
    configurationNow: restless,
    keys,
  });
  await sleep(3500);
  stop.abort();
  await serving;
  expect(asked.length).toBeGreaterThan(2);
}, 30_000);

// Threat: an agent keeps the queue full, and for as long as it lasts everything is signed under the policy that was replaced.
test.each([[true], [false]])(
  "a configuration that changes between two orders holds the rest back for the next one (once: %s)",
  async (once) => {
    const other = await openBench(repo);
    const base = await publishNow(other);
    for (const text of ["two", "three", "four"]) await putOrder(other, base, PATCH.replace("two", text));
    const done = async (): Promise<number> => (await other.bench.exchange.verdicts.list()).length;
    let changed = false;
    // More than a second goes by in every round.
    const bench = {
      ...other.bench,
      clock: () => (other.clock.now += 600),
      signer: {
        ...other.bench.signer,
        sign: (...all: Parameters<typeof other.bench.signer.sign>) => {
          changed = true;
          return other.bench.signer.sign(...all);
        },
      },
    };
    const now = (): Digest => (changed ? sha256("other") : configurationOf(other.bench.setup));
    const stop = new AbortController().signal;
    const serving = serve(bench, { once, stop, progress, configurationNow: now, keys });
    await expect(serving).rejects.toMatchObject({ exitCode: 75 });
    expect(await done()).toBe(1);
    removeScratch(other.state);
  },
  30_000,
);

test("a configuration that cannot be read leaves the old one in force, and is complained of once", async () => {
  on.logged.length = 0;
  const stop = new AbortController();
  const broken = (): Digest => {
    throw new CountersignError("config_invalid", "the configuration has 1 fault(s)");
  };
  const serving = serve(on.bench, {
    once: false,
    stop: stop.signal,
    progress,
    configurationNow: broken,
    keys,
  });
  const id = await putOrder(on, await publishNow(on), PATCH);
  for (let look = 0; look < 200 && (await on.bench.exchange.verdicts.read(id)).kind === "absent"; look++)
    await sleep(50);
  await sleep(1500);
  stop.abort();
  await serving;
  expect((await verdictOn(on, id)).predicate.outcome).toBe("APPROVED");
  expect(on.logged.filter((line) => line.includes("those of the start stay in force"))).toHaveLength(1);
}, 30_000);

describe("what a validator is started again for", () => {
  const state = scratch("serve-configuration");
  afterAll(() => removeScratch(state));
  const places = layout(state);
  const PIN = '[[evidence.keys]]\nname = "ci"\nchecks = ["*"]\n';
  const SCHEMA = { schema: "countersign-evidence-schema/1", name: "tests", version: 1, types: ["boolean"] };

  const now = (toml: string, written = NOON): Digest => {
    writeFileSync(places.config, `preset = "quickstart"\n${toml}`);
    utimesSync(places.config, written / 1000, written / 1000);
    return configurationOf(loadSetup(places, packageRoot(), undefined, [], NOON));
  };

  test.each([
    [
      "a pinned key of evidence",
      () => now(`${PIN}key = "${toBase64(signerOf("11".repeat(32)).key.publicKey)}"\n`),
    ],
    ["another lane", () => now('[trust]\nmin_lane = "asserted"\n')],
    [
      "another condition",
      () =>
        now(
          '[[conditions]]\nid = "structure"\nprovider = "checks"\nquery = { check = "result", name = "limits" }\ncomparator = "equals"\nexpected = "PASSED"\n',
        ),
    ],
    ["another tree", () => now('[gates.verdict]\nrequire = { not = "structure" }\n')],
    ["a rule of dispatch", () => now('[dispatch]\ndefault = "permit"\n')],
    ["the namespace", () => now('[namespace]\nname = "team"\n')],
    ["a longer wait for evidence", () => now("[evidence]\ntimeout_ms = 700\n")],
    ["what verdicts disclose", () => now("[evidence]\nallow_raw_values = true\n")],
    ["a shorter poll", () => now("[validator]\npoll_seconds = 1\n")],
  ])("%s", (_, changed) => {
    const before = now("");
    expect(changed()).not.toBe(before);
    expect(now("")).toBe(before);
  });

  test("a registered schema of evidence", () => {
    const before = now("");
    mkdirSync(join(state, "schemas"));
    writeFileSync(join(state, "schemas", "tests@1.json"), `${canonical(SCHEMA)}\n`, { mode: 0o644 });
    expect(now("")).not.toBe(before);
  });

  test("a trial that was prolonged by writing the same file again, and no other file's date", () => {
    const trial = "[dev]\npermissive = true\n";
    expect(now(trial, NOON - 60_000)).not.toBe(now(trial));
    expect(now("", NOON - 60_000)).toBe(now(""));
  });

  test("not for what is the gateway's alone", () => {
    expect(now("[calls]\nper_minute = 77\n")).toBe(now(""));
  });
});
