// What a scanner of others finds beside the added lines: new where the base does not have it, nobody's business where it does.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { judge } from "../../../src/validator/round.ts";
import type { Inspected } from "../../../src/validator/scanners/finding.ts";
import type { ScannerUse } from "../../../src/validator/scanners/open.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../../support/bench.ts";
import { needs } from "../../support/needs.ts";
import { scannersToml } from "../../support/scanners.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const OLD = ["words = FIXED", "# one", "# two", "# three", "run(words)", ""].join("\n");

/** The paths that each run was given. */
const runs: (readonly string[])[] = [];

const USED = ["", "# a", "# b", "# c", "run(words)", ""].join("\n");

/** Follows values as semgrep does: `run(words)` is bad where the words last came from a user. */
const following: ScannerUse = {
  kind: "run",
  name: "semgrep",
  scanner: {
    name: "semgrep",
    scan: (files) => {
      runs.push(files.map(({ path }) => path));
      return Promise.resolve({ version: "1.0", found: files.flatMap(faultsIn) });
    },
  },
};

function faultsIn({
  path,
  text,
}: Inspected): { rule: string; path: string; line: number; end: number; message: string }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) =>
    line.includes("run(") &&
    lines
      .slice(0, at)
      .findLast((one) => one.startsWith("words ="))
      ?.includes("input()") === true
      ? [{ rule: "semgrep.x", path, line: at + 1, end: at + 1, message: "runs it" }]
      : [],
  );
}

describe.runIf(needs("bwrap"))("findings beside the added lines", () => {
  let repo: string;
  let on: TestBench;
  let base: OpenManifest;

  beforeAll(async () => {
    repo = scratchRepository("scanner-before", {
      "src/a.py": OLD,
      "src/b.py": OLD.replace("FIXED", "input()"),
      "src/c.py": `words = input()${USED}words = FIXED${USED}`,
    });
    on = await openBench(repo, scannersToml([]));
    base = await publishNow(on);
  });
  afterAll(() => {
    for (const place of [repo, on.state]) removeScratch(place);
  });

  async function found(patch: string): Promise<readonly string[]> {
    runs.length = 0;
    const id = await putOrder(on, base, patch);
    await judge({ ...on.bench, scanners: [following] }, base, id, true);
    const { predicate } = await verdictOn(on, id);
    return predicate.checks
      .filter(({ id: check }) => check === "scanner-semgrep")
      .flatMap(({ result, findings }) => [result, ...findings.map(({ refusal }) => refusal.where ?? "")]);
  }

  const head = (path: string): string => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;

  test("a value that a patch lets come from a user counts at the old line that it reaches", async () => {
    const patch = `${head("src/a.py")}@@ -1,3 +1,3 @@\n-words = FIXED\n+words = input()\n # one\n # two\n`;
    expect(await found(patch)).toEqual(["WARNED", "src/a.py:5"]);
    expect(runs).toEqual([["src/a.py"], ["src/a.py"]]);
  });

  test("what the base has already does not", async () => {
    const patch = `${head("src/b.py")}@@ -1,3 +1,4 @@\n words = input()\n+# a line that moves the others\n # one\n # two\n`;
    expect(await found(patch)).toEqual(["PASSED"]);
  });

  test("one more line that it reaches counts where another no longer is", async () => {
    const swap = (at: number, from: string, to: string): string =>
      `@@ -${at},3 +${at},3 @@\n-words = ${from}\n+words = ${to}\n # a\n # b\n`;
    const both = swap(1, "input()", "FIXED") + ` # c\n run(words)\n`;
    const patch = `${head("src/c.py")}${both.replace("@@ -1,3 +1,3", "@@ -1,5 +1,5")}${swap(6, "FIXED", "input()")}`;
    expect(await found(patch)).toEqual(["WARNED", "src/c.py:10"]);
  });

  test("the same line stays where lines before it are gone", async () => {
    const patch = `${head("src/c.py")}@@ -1,5 +1,4 @@\n words = input()\n-# a\n # b\n # c\n run(words)\n`;
    expect(await found(patch)).toEqual(["PASSED"]);
  });

  test("the same again on an added line does", async () => {
    const patch = `${head("src/b.py")}@@ -3,3 +3,4 @@\n # two\n # three\n run(words)\n+run(words)\n`;
    expect(await found(patch)).toEqual(["WARNED", "src/b.py:6"]);
  });

  test("the base is scanned only where something is found beside the added lines", async () => {
    const patch = `${head("src/a.py")}@@ -1,3 +1,3 @@\n words = FIXED\n-# one\n+# eins\n # two\n`;
    expect(await found(patch)).toEqual(["PASSED"]);
    expect(runs).toEqual([["src/a.py"]]);
  });
});
