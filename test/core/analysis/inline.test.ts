// Dependencies that a file of code declares for itself: found on added lines, and nothing else is.
import { expect, test } from "vitest";
import { inlineDependencies } from "../../../src/core/analysis/inline.ts";
import type { DiffLine } from "../../../src/core/proposal/diff-model.ts";

const added = (text: string, context = ""): readonly DiffLine[] => [
  ...lines(" ", context),
  ...lines("+", text),
];
const lines = (kind: DiffLine["kind"], text: string): readonly DiffLine[] =>
  text === "" ? [] : text.split("\n").map((line) => ({ kind, text: `${line}\n` }));

test.each<[string, string, readonly number[], string?]>([
  ["a.py", '# /// script\n# dependencies = ["requests"]\n# ///\nimport requests', [1, 2, 3]],
  ["a.py", '#   "evil==1",', [3], '# dependencies = [\n#   "good",'],
  ["a.py", '#     "evil",', [2], '#   "good",'],
  ["a.pyw", '# dependencies = ["evil"]', [1]],
  ["a.ts", 'import x from "npm:evil@1";', [1]],
  ["a.ts", 'import x from\n  "jsr:@evil/x";', [2]],
  ["a.js", "export * from 'https://x.example/x.js';", [1]],
  ["a.mjs", "const x = await import ( `http://x.example/x.js`);", [1]],
  ["a.js", `${" ".repeat(5000)}import "npm:evil";`, [1]],
  ["a.js", 'importScripts("https://x.example/x.js");', [1]],
  ["a.vue", '<script>\nimport x from "https://x.example/x";\n</script>', [2]],
  ["A.java", "//DEPS org.evil:evil:1\nclass A {}", [1]],
  ["a.kts", '@file:DependsOn("org.evil:evil:1")', [1]],
  ["a.groovy", "@Grab('org.evil:evil:1')", [1]],
  ["a.scala", "//> using dep org.evil::evil:1", [1]],
  ["a.sc", "import $ivy.`org.evil::evil:1`", [1]],
  ["a.csx", '#r "nuget: Evil, 1.0"', [1]],
  ["a.cs", "#:package Evil@1.0", [1]],
  ["a.rb", 'require "bundler/inline"', [1]],
  ["a.exs", "Mix.install([:evil])", [1]],
  ["a.rs", "---cargo\n[dependencies]\n---", [1]],
  ["a.txt", "#!/usr/bin/env -S uv run --with evil\nx", [1]],
])("%s: %j", (path, text, expected, context = "") => {
  const [hunk] = [added(text, context)];
  const one = { oldStart: 1, oldLines: 0, newStart: 1, newLines: hunk.length, lines: hunk };
  expect(inlineDependencies(path, [one])).toEqual(expected);
});

test.each<[string, string, string?]>([
  ["a.py", 'x = [\n    # "old",\n]'],
  ["a.py", '#   "old",', "x = ["],
  ["a.py", "# dependencies are described in docs/style.md"],
  ["a.ts", 'import x from "node:fs";\nimport y from "./npm.ts";\nconst z = "https://x.example";'],
  ["a.ts", 'fetch("https://x.example/x.js");'],
  ["a.md", 'import x from "npm:evil";'],
  ["A.java", "// DEPS are in pom.xml"],
  ["a.rb", 'require "json"'],
  ["a.sh", "#!/bin/sh\necho x"],
])("%s declares nothing: %j", (path, text, context = "") => {
  const hunk = added(text, context);
  const one = { oldStart: 30, oldLines: 0, newStart: 30, newLines: hunk.length, lines: hunk };
  expect(inlineDependencies(path, [one])).toEqual([]);
});

test("what a patch takes away declares nothing, and places are those of the file afterwards", () => {
  const hunk: readonly DiffLine[] = [
    ...lines("-", 'import x from "npm:old";'),
    ...lines(" ", "const a = 1;"),
    ...lines("+", 'import y from "npm:new";'),
  ];
  const one = { oldStart: 7, oldLines: 2, newStart: 7, newLines: 2, lines: hunk };
  expect(inlineDependencies("a.ts", [one])).toEqual([8]);
});
