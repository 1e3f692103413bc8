// Which language a file is in, by its name alone.
import { expect, test } from "vitest";
import { languageOf } from "../../../src/core/content/languages.ts";

test.each([
  ["a/b.PY", "#"],
  ["a/.env", "#"],
  [".npmrc", "#"],
  ["Makefile", "#"],
  ["ci/Jenkinsfile", "//"],
  ["a.d.ts", "//"],
  ["x.sql", "--"],
  ["x.asm", ";"],
])("%s", (path, mark) => {
  expect(languageOf(path)?.line).toContain(mark);
});

test.each(["README", "a.md", "a.json", "a.", "py", "a/ts"])("%s is text", (path) => {
  expect(languageOf(path)).toBeUndefined();
});
