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
  const id = await putOrder(on, base, patch(line));
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
