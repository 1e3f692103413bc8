// Rounds that something keeps from their answer: bugs, trouble of the surroundings, bases that git cannot hold.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CountersignError } from "../../src/core/base/failure.ts";
import { refusal } from "../../src/core/base/refusal.ts";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import type { Bench } from "../../src/validator/bench.ts";
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

describe("rounds that break outside of the checks", () => {
  /** The scratch folder is a file: no private folder can be made in it. */
  const folderless = (): Bench => {
    const scratch = join(on.state, "no-folder");
    writeFileSync(scratch, "");
    return { ...on.bench, scratch };
  };
  const gateless = (): Bench => ({
    ...on.bench,
    get disclosure(): never {
      throw new TypeError("boom");
    },
  });

  test.each([
    ["without a private folder", folderless],
    ["where the gate cannot be put on record", gateless],
  ])("%s they throw, and are tried again", async (_, broken) => {
    const id = await putOrder(on, base, GOOD);
    await expect(judge(broken(), base, id, false)).rejects.toThrow();
    expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
  });

  test("at the last try the proposer hears of it, without what only the log may have", async () => {
    const id = await putOrder(on, base, GOOD);
    expect(await judge(folderless(), base, id, true)).toEqual({ kind: "signed", outcome: "MANUAL_REQUIRED" });
    const verdict = await verdictOn(on, id);
    expect(findingsOf(verdict)).toContain("order: check_error");
    expect(resultsOf(verdict)).toMatchObject({ order: "ERROR", tree: "SKIPPED" });
    expect(verdict.subject).toHaveLength(1);
    expect(JSON.stringify(verdict)).not.toContain(on.state);
  });

  test("where no verdict can be written, none is made up", async () => {
    const id = await putOrder(on, base, GOOD);
    const verdicts = {
      ...on.bench.exchange.verdicts,
      putOnce: () => Promise.reject(new CountersignError("storage", "the disk is full")),
    };
    const bench = { ...on.bench, exchange: { ...on.bench.exchange, verdicts } };
    await expect(judge(bench, base, id, true)).rejects.toMatchObject({ code: "storage" });
    expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
  });

  test("a folder that cannot be cleared is said, and the verdict stands", async () => {
    const id = await putOrder(on, base, GOOD);
    const closing = (check: Check): Check => ({
      ...check,
      run: (matter, before) => {
        const { close } = matter;
        Object.assign(matter, { close: () => close().then(() => Promise.reject(new Error("busy"))) });
        return check.run(matter, before);
      },
    });
    const checks = checksOf(on.bench).map((check) => (check.id === "order" ? closing(check) : check));
    expect(await judge(on.bench, base, id, false, checks)).toEqual({ kind: "signed", outcome: "APPROVED" });
    expect(on.logged.join("")).toContain("the folder of a round could not be removed");
  });
});

test("findings that would make the verdict larger than its readers accept are cut, and results stay", async () => {
  const wide = (id: string): Check => ({
    id,
    tool: "countersign",
    after: [],
    run: () =>
      Promise.resolve(
        failedBy(
          Array.from({ length: 50 }, (_, at) => ({
            rule: "wide",
            refusal: refusal("path_blocked", "\u6f22".repeat(500), `${"\u6f22".repeat(490)}${at}`),
          })),
        ),
      ),
  });
  const id = await putOrder(on, base, GOOD);
  const more = Array.from({ length: 12 }, (_, at) => wide(`wide-${at}`));
  expect(await judge(on.bench, base, id, false, [...checksOf(on.bench), ...more])).toEqual({
    kind: "signed",
    outcome: "REJECTED",
  });
  const { checks } = (await verdictOn(on, id)).predicate;
  const wides = checks.filter((check) => check.id.startsWith("wide-"));
  expect(wides.map(({ result }) => result)).toEqual(more.map(() => "FAILED"));
  for (const { findings } of wides) expect(findings.length).toBeGreaterThan(0);
});
