// The pack's own form: what is no rule stops the start, and a file's language is told by its name or its first line.
import { describe, expect, test } from "vitest";
import { analysisRulesSchema, foreignShebang, isTest, languageOf } from "../../../src/core/analysis/rules.ts";

const rule = { id: "js-x", in: ["js"], why: "because it is so" };
const advisories = [{ ecosystem: "npm", name: "bad", versions: ["*"], id: "A-1" }];
const packWith = (more: object): unknown => ({
  version: "2026.11.0",
  rules: [{ ...rule, ...more }],
  advisories,
});

describe("no pack", () => {
  test.each([
    ["an expression that cannot be run", { call: ["a"], has: "(" }],
    ["kinds without an expression", { kind: ["pair"], words: ["a"] }],
    ["an expression without kinds", { regex: "a", words: ["a"] }],
    ["a pattern without words to look for first", { pattern: ["a($X)"] }],
    ["an unknown language", { in: ["cobol"] }],
    ["an unknown key", { severity: "high" }],
    ["an id in capitals", { id: "JS-X" }],
  ])("%s", (_, more) => {
    expect(analysisRulesSchema.safeParse(packWith(more)).success).toBe(false);
  });
});

test("a pack", () => {
  expect(analysisRulesSchema.safeParse(packWith({ call: ["eval"], when: "dynamic" })).success).toBe(true);
});

test.each([
  ["a.ts", "", "js"],
  ["a/B.TSX", "", "js"],
  ["x.py", "", "py"],
  ["x.go", "", "go"],
  ["X.java", "", "java"],
  ["x.sh", "", "sh"],
  ["bin/tool", "#!/usr/bin/env python3\n", "py"],
  ["bin/tool", "#!/bin/sh\n", "sh"],
  ["bin/tool", "#!/usr/bin/env node\n", "js"],
  ["bin/tool", "#!/bin/ash\n", "sh"],
  ["bin/tool", "#!/usr/bin/env pypy3\n", "py"],
  ["bin/tool", "#!/usr/bin/env -S uv run --script\n", "py"],
  ["bin/tool", `#!${" ".repeat(240)}/bin/sh\n`, "sh"],
  ["bin/tool", "#!/usr/bin/perl\n", undefined],
  ["bin/tool", "\n#!/bin/sh\n", undefined],
  ["x.rb", "", "rb"],
  ["x.PHP", "", "php"],
  ["x.phtml", "", "php"],
  ["x.html", "", "html"],
  ["x.vue", "", "html"],
  ["bin/tool", "#!/usr/bin/env php\n", "php"],
  ["bin/tool", "#!/usr/bin/env ruby\n", "rb"],
  ["x.pl", "", undefined],
  ["constructor", "", undefined],
  ["a.constructor", "", undefined],
])("%s beginning with %j is %s", (path, text, language) => {
  expect(languageOf(path, text)).toBe(language);
});

test.each([
  ["x.sh", "#!/usr/bin/env python3\n", true],
  ["x.py", "#!/bin/sh\n", true],
  ["x.sh", "#!/usr/bin/perl\n", true],
  ["x.html", "#!/bin/sh\n", true],
  ["x.php", "#!/usr/bin/env php\n", false],
  ["x.sh", "#!/bin/ash\n", false],
  ["x.js", "#!/usr/bin/env -S node --test\n", false],
  ["x.sh", "echo\n#!/usr/bin/perl\n", false],
  ["tool", "#!/usr/bin/perl\n", false],
])("%s beginning with %j: two languages? %s", (path, text, expected) => {
  expect(foreignShebang(path, text)).toBe(expected);
});

test.each([
  ["test/a.js", true],
  ["src/__tests__/a.js", true],
  ["a.test.ts", true],
  ["a_test.go", true],
  ["src/testdata/a.go", true],
  ["src/test/a.go", false],
  ["e2e/a.go", false],
  ["x/test_a.py", true],
  ["x/conftest.py", true],
  ["src/test/java/A.java", true],
  ["x/ATest.java", true],
  ["src/latest/a.js", false],
  ["src/contest.py", false],
  ["src/attest.go", false],
  ["test.js", false],
])("%s is a test: %s", (path, expected) => {
  expect(isTest(path)).toBe(expected);
});
