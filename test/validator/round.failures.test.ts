// Rounds that something keeps from their answer: bugs, trouble of the surroundings, bases that git cannot hold.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CountersignError } from "../../src/core/base/failure.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import { type Check, failedBy } from "../../src/validator/checks/check.ts";
import { checksOf } from "../../src/validator/checks/registry.ts";
import { judge } from "../../src/validator/round.ts";
import {
  ALL_PASSED,
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../support/bench.ts";
import { fullDiskGit, git, removeScratch, scratchRepository } from "../support/scratch.ts";

const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

let repo: string;
let on: TestBench;
let base: OpenManifest;

beforeAll(async () => {
  repo = scratchRepository("round-failures", { "src/a.ts": "one\ntwo\nthree\n" });
  on = await openBench(repo);
  base = await publishNow(on);
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

/** Those that need a tree to look at; secrets are looked for without one, so that an order is put aside in any case. */
const CONTENT_SKIPPED = {
  "hidden-text": "SKIPPED",
  guard: "SKIPPED",
  "static-analysis": "SKIPPED",
};

describe("checks that cannot be carried out", () => {
  /** The same list as in production. */
  const throwing = (cause: unknown): readonly Check[] =>
    checksOf(on.bench).map((check) =>
      check.id === "paths" ? { ...check, run: () => Promise.reject(cause) } : check,
    );

  test("a bug in a check is an error, and a person decides", async () => {
    const id = await putOrder(on, base, GOOD);
    expect(await judge(on.bench, base, id, false, throwing(new TypeError("boom")))).toEqual({
      kind: "signed",
      outcome: "MANUAL_REQUIRED",
    });
    const verdict = await verdictOn(on, id);
    expect(resultsOf(verdict)).toEqual({
      ...ALL_PASSED,
      paths: "ERROR",
      namespace: "SKIPPED",
      tree: "SKIPPED",
      ...CONTENT_SKIPPED,
    });
    expect(findingsOf(verdict)).toEqual(["paths: check_error"]);
    expect(JSON.stringify(verdict)).not.toContain("boom");
  });

  test("trouble with the surroundings is tried again, and in the end an error", async () => {
    const id = await putOrder(on, base, GOOD);
    const trouble = throwing(new CountersignError("exec_timeout", "git was slow"));
    expect(await judge(on.bench, base, id, false, trouble)).toEqual({ kind: "again", why: "git was slow" });
    expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
    expect(await judge(on.bench, base, id, true, trouble)).toEqual({
      kind: "signed",
      outcome: "MANUAL_REQUIRED",
    });
  });

  test("trouble does not postpone what is refused already", async () => {
    const id = await putOrder(on, base, GOOD, { rationale: "why" });
    const trouble = throwing(new CountersignError("exec_timeout", "git was slow"));
    expect(await judge(on.bench, base, id, false, trouble)).toEqual({ kind: "signed", outcome: "REJECTED" });
  });

  test("a full disk under git is no verdict on the patch", async () => {
    const id = await putOrder(on, base, GOOD);
    const git = { ...on.bench.git, file: fullDiskGit(on.state, on.bench.git.file) };
    const bench = { ...on.bench, git };
    expect(await judge(bench, base, id, false)).toMatchObject({ kind: "again" });
    expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
    await judge(bench, base, id, true);
    const verdict = await verdictOn(on, id);
    expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
    expect(resultsOf(verdict)).toEqual({ ...ALL_PASSED, tree: "ERROR", ...CONTENT_SKIPPED });
  });

  test("a base that git cannot hold is an error at once, without the name that the log has", async () => {
    const poisoned = scratchRepository("poisoned", { "src/a.ts": "one\ntwo\nthree\n" });
    const blob = git(poisoned, "rev-parse", "HEAD:src/a.ts").trim();
    git(
      poisoned,
      "-c",
      "core.protectNTFS=false",
      "update-index",
      "--add",
      "--cacheinfo",
      `100644,${blob},secret/git~1`,
    );
    git(poisoned, "-c", "core.protectNTFS=false", "commit", "-q", "-m", "poison");
    const there = await openBench(poisoned, '[publish]\nexclude = ["secret/**"]\n');
    const published = await publishNow(there);
    expect(there.logged.join("")).toContain("secret/git~1");
    const id = await putOrder(there, published, GOOD);
    expect(await judge(there.bench, published, id, false)).toEqual({
      kind: "signed",
      outcome: "MANUAL_REQUIRED",
    });
    const verdict = await verdictOn(there, id);
    expect(resultsOf(verdict)).toEqual({ ...ALL_PASSED, tree: "ERROR", ...CONTENT_SKIPPED });
    expect(verdict.subject).toHaveLength(1);
    expect(JSON.stringify(verdict)).toContain("git refuses a file name of the base");
    expect(JSON.stringify(verdict)).not.toContain("git~1");
    removeScratch(poisoned);
    removeScratch(there.state);
  });

  test.each([
    ["tree is missing", "tree", 0],
    ["paths is there twice", "paths", 2],
    ["secrets is missing", "secrets", 0],
    ["guard is missing", "guard", 0],
  ])("an approval is impossible when the check %s", async (_, id, times) => {
    const list = checksOf(on.bench).flatMap((check) =>
      check.id === id ? Array.from({ length: times }, () => check) : [check],
    );
    const order = await putOrder(on, base, GOOD);
    expect(await judge(on.bench, base, order, true, list)).toEqual({
      kind: "signed",
      outcome: "MANUAL_REQUIRED",
    });
  });

  test("a failed check rejects, whatever the others say", async () => {
    const failing: Check = {
      id: "more",
      tool: "countersign",
      after: [],
      run: () => Promise.resolve({ result: "FAILED", findings: [] }),
    };
    const id = await putOrder(on, base, GOOD);
    expect(await judge(on.bench, base, id, true, [...checksOf(on.bench), failing])).toEqual({
      kind: "signed",
      outcome: "REJECTED",
    });
    expect(failedBy([]).result).toBe("PASSED");
  });
});
