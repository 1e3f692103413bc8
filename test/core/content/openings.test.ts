// What opens a comment or a string, and what only looks like it.
import { expect, test } from "vitest";
import { languageOf } from "../../../src/core/content/languages.ts";
import { closing, isLone, opening } from "../../../src/core/content/openings.ts";

const language = (path: string) => {
  const found = languageOf(path);
  if (found === undefined) throw new Error(`no language of ${path}`);
  return found;
};

test.each([
  ["a.ts", "x // y", 2, "comment", ""],
  ["a.ts", "/* y */", 0, "comment", "*/"],
  ["a.py", "x # y", 2, "comment", ""],
  ["a.ts", 'f("y")', 2, "string", '"'],
  ["a.ts", " * goes on", 1, "comment", ""],
])("%s: %s opens at %i", (path, line, at, kind, close) => {
  expect(opening(line, at, language(path))).toMatchObject({ kind, close });
});

test.each([
  ["the two slashes of an address", "a.ts", "https://a", 6],
  ["the sign of a count in a shell", "a.sh", "echo $#", 6],
  ["a product", "a.ts", "a * b", 2],
  ["a letter", "a.ts", "abc", 1],
])("%s opens nothing", (_, path, line, at) => {
  expect(opening(line, at, language(path))).toBeUndefined();
});

test("a quote ends where it is not escaped, a comment of a line nowhere", () => {
  const line = String.raw`"a\"b" + c`;
  const open = opening(line, 0, language("a.ts"));
  if (open === undefined) throw new Error("nothing opened");
  expect(closing(line, 1, open)).toBe(line.indexOf('" +'));
  expect(isLone(line, 0, open)).toBe(false);
  expect(isLone('"never closed', 0, open)).toBe(true);
  const comment = opening("// x", 0, language("a.ts"));
  expect(comment === undefined ? 0 : closing("// x", 2, comment)).toBe(-1);
});
