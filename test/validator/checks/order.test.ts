// Check `order`: what the branch and the policy did since the base, and bases that were never ours.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { git, removeScratch, scratchRepository, writeFiles } from "../../support/scratch.ts";

const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

describe("a branch that moves", () => {
  let moving: string;
  let there: TestBench;
  let old: OpenManifest;

  beforeAll(async () => {
    moving = scratchRepository("moving", { "src/a.ts": "one\ntwo\nthree\n", "src/b.ts": "b\n" });
    there = await openBench(moving);
    old = await publishNow(there);
    writeFiles(moving, { "src/b.ts": "changed\n" });
    git(moving, "commit", "-qam", "b");
  });

  afterAll(() => {
    removeScratch(moving);
    removeScratch(there.state);
  });

  async function outcome(patch: string): Promise<readonly string[]> {
    const id = await putOrder(there, old, patch);
    await judge(there.bench, old, id, true);
    const verdict = await verdictOn(there, id);
    return [verdict.predicate.outcome, ...findingsOf(verdict)];
  }

  test("elsewhere leaves the proposal valid", async () => {
    expect(await outcome(GOOD)).toEqual(["APPROVED"]);
  });

  test("under the proposal makes it stale", async () => {
    const patch = "diff --git a/src/b.ts b/src/b.ts\n--- a/src/b.ts\n+++ b/src/b.ts\n@@ -1 +1 @@\n-b\n+c\n";
    expect(await outcome(patch)).toEqual(["REJECTED", "order: base_stale"]);
  });

  test("into the place of a new file, or of a folder of one, makes it stale", async () => {
    const create = (path: string): string =>
      `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
    writeFiles(moving, { "new/below/x.ts": "x\n", "lib.ts": "x\n" });
    git(moving, "add", "-A");
    git(moving, "commit", "-q", "-m", "places");
    for (const path of ["new/below/x.ts", "lib.ts/y.ts"])
      expect(await outcome(create(path))).toEqual(["REJECTED", "order: base_stale"]);
    expect(await outcome(create("new/below.ts"))).toEqual(["APPROVED"]);
    expect((await outcome(create("new/below")))[1]).toBe("order: base_stale");
  });

  test("to another branch makes it stale", async () => {
    git(moving, "checkout", "-q", "-b", "other");
    expect(await outcome(GOOD)).toEqual(["REJECTED", "order: base_stale"]);
    git(moving, "checkout", "-q", "main");
  });

  test("under another policy makes it stale", async () => {
    const stricter = await openBench(moving, "[proposal]\nmax_files = 1\n", there.state);
    const id = await putOrder(there, old, GOOD);
    await judge(stricter.bench, old, id, true);
    expect(findingsOf(await verdictOn(there, id))).toEqual(["order: base_stale"]);
  });

  test("back behind the base makes it stale, though the commit is still there", async () => {
    // A purge: the tree without the leak again, in a history that never had it. The patch touches nothing of it.
    const clean = git(moving, "rev-parse", "main").trim();
    writeFiles(moving, { "leak.txt": "hunter2\n" });
    git(moving, "add", "leak.txt");
    git(moving, "commit", "-q", "-m", "oops");
    old = await publishNow(there);
    git(moving, "reset", "-q", "--hard", clean);
    git(moving, "commit", "-q", "--allow-empty", "-m", "clean");
    expect(git(moving, "cat-file", "-t", old.manifest.commit).trim()).toBe("commit");
    expect(await outcome(GOOD)).toEqual(["REJECTED", "order: base_stale"]);
  });

  test("with a rewritten history makes it stale", async () => {
    git(moving, "checkout", "-q", "--orphan", "fresh");
    git(moving, "commit", "-q", "-m", "fresh");
    git(moving, "branch", "-M", "main");
    git(moving, "reflog", "expire", "--expire=now", "--all");
    git(moving, "branch", "-D", "other");
    git(moving, "gc", "-q", "--prune=now");
    expect(await outcome(GOOD)).toEqual(["REJECTED", "order: base_stale"]);
  });

  test("that only seems to be published is no base", async () => {
    const manifests = join(there.state, "exchange", "published", "manifests");
    const forged = canonical({ ...old.manifest, created: "2026-11-22T09:00:00.000Z" });
    const digest = sha256(forged);
    writeFileSync(join(manifests, `${digest}.json`), forged);
    const envelope = await there.bench.exchange.published.manifestEnvelope(old.digest);
    writeFileSync(join(manifests, `${digest}.dsse.json`), envelope.kind === "found" ? envelope.bytes : "");
    const id = await putOrder(there, old, GOOD, { base: digest });
    await judge(there.bench, old, id, true);
    expect(findingsOf(await verdictOn(there, id))).toEqual(["order: base_unknown"]);
  });
});
