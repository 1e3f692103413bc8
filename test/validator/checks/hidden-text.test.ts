// Check `hidden-text`: what a patch adds asks for a person, with the place; what the base has does not.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
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

async function verdictOfPatch(text: string, changes: Partial<Order> = {}): ReturnType<typeof verdictOn> {
  const id = await putOrder(on, base, text, changes);
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

// The gateway refuses such words; an order that somebody wrote past it must not reach a person unmarked.
test.each<readonly [string, Partial<Order>, string, string, string]>([
  ["an override in the title", { title: "Fix\u202e it" }, "hidden-bidi", "title", "U+202E in column 4"],
  ["a zero-width space in the title", { title: "Fix\u200b it" }, "hidden-zero-width", "title", "U+200B"],
  ["an escape in the title", { title: "Fix \u001b[2J it" }, "hidden-control", "title", "U+001B"],
  ["a second line of the title", { title: "Fix it\nAPPROVED" }, "hidden-control", "title", "U+000A"],
  [
    "an override in the rationale",
    { rationale: "It is\nneeded\u202e." },
    "hidden-bidi",
    "rationale",
    "U+202E in column 7 of line 2",
  ],
  [
    "a zero-width space in a claim",
    { evidence: [{ name: "log", value: "all\u200b passed" }] },
    "hidden-zero-width",
    "evidence[0]",
    "U+200B",
  ],
])("%s asks for a person", async (_, changes, rule, where, why) => {
  const verdict = await verdictOfPatch(patch("two"), changes);
  expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
  const found = verdict.predicate.checks.find(({ id }) => id === "hidden-text");
  expect(found?.findings).toMatchObject([
    {
      rule,
      line: null,
      refusal: { code: "text_invisible", where, message: expect.stringContaining(why) as string },
    },
  ]);
});

test("words in several lines and languages are what they look like", async () => {
  const title = "Überschrift: שלום 👩\u200d💻";
  const rationale = "Erstens\n\tzweitens\nПривет от API\n";
  const verdict = await verdictOfPatch(patch("two"), { title, rationale });
  expect(resultsOf(verdict)["hidden-text"]).toBe("PASSED");
});

test("a new name beside one that looks the same, or that is another one to other programs, asks for a person", async () => {
  const fresh = (path: string): string =>
    `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+one\n`;
  for (const path of ["\u0430.ts", "con\ufb01g/x.md"]) {
    const verdict = await verdictOfPatch(fresh(path));
    expect(verdict.predicate.outcome, path).toBe("MANUAL_REQUIRED");
    expect(verdict.predicate.checks.find(({ id }) => id === "hidden-text")?.findings).toMatchObject([
      { rule: "hidden-homoglyph", line: null, refusal: { where: path } },
    ]);
  }
});
