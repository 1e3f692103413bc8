// Check `hidden-text`: what a patch adds asks for a person, with the place; what the base has does not.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

let repo: string;
let on: TestBench;
let base: OpenManifest;

beforeAll(async () => {
  repo = scratchRepository("hidden-text", { "a.ts": "one\nwas\u200bhere\n" });
  on = await openBench(repo);
  base = await publishNow(on);
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

const patch = (line: string): string =>
  `diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,2 @@\n-one\n+${line}\n was\u200bhere\n`;

async function verdictOf(line: string): ReturnType<typeof verdictOn> {
  return verdictOfPatch(patch(line));
}

async function verdictOfPatch(text: string): ReturnType<typeof verdictOn> {
  const id = await putOrder(on, base, text);
  await judge(on.bench, base, id, true);
  return verdictOn(on, id);
}

test("a bidirectional override is named by rule, line and code point, and a person decides", async () => {
  const verdict = await verdictOf('const a = "user\u202e";');
  expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
  expect(verdict.predicate.checks.find(({ id }) => id === "hidden-text")).toMatchObject({
    result: "WARNED",
    findings: [
      {
        rule: "hidden-bidi",
        line: 1,
        refusal: {
          code: "text_invisible",
          where: "a.ts:1",
          message: expect.stringContaining("U+202E in column 16") as string,
        },
      },
    ],
  });
});

test("what the base holds is not held against a patch", async () => {
  const verdict = await verdictOf("const a = 'größer';");
  expect(findingsOf(verdict)).toEqual([]);
  expect(resultsOf(verdict)["hidden-text"]).toBe("PASSED");
});

test("a new name that poses as another one asks for a person, in a rename, too", async () => {
  const created = `diff --git a/\u0430pp.ts b/\u0430pp.ts\nnew file mode 100644\n--- /dev/null\n+++ b/\u0430pp.ts\n@@ -0,0 +1 @@\n+one\n`;
  const renamed = `diff --git a/a.ts b/\u0430pp.ts\nrename from a.ts\nrename to \u0430pp.ts\n`;
  for (const text of [created, renamed]) {
    const verdict = await verdictOfPatch(text);
    expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
    const found = verdict.predicate.checks.find(({ id }) => id === "hidden-text");
    expect(found?.findings).toMatchObject([
      { rule: "hidden-homoglyph", line: null, refusal: { where: "\u0430pp.ts" } },
    ]);
  }
});
