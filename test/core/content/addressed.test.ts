// Which words of a file speak to a reader.
import { expect, test } from "vitest";
import { passages, pathWords } from "../../../src/core/content/addressed.ts";

const all = new Set(Array.from({ length: 20 }, (_, at) => at + 1));

test("comments that stand together, or around a few lines of code, are one passage without their marks, code and strings are none", () => {
  const text = "// one\n// two\nconst a = '// no';\nb(); /* three */ c(); // four\n";
  expect(passages("a.ts", text, all)).toEqual([{ line: 1, text: "// one\ntwo\n\nthree */ four" }]);
});

test("every wanted line of prose is text, and no other", () => {
  expect(passages("a.md", "one\ntwo\nthree\nfour", new Set([1, 2, 4]))).toEqual([
    { line: 1, text: "one\ntwo" },
    { line: 4, text: "four" },
  ]);
});

test.each([
  [
    "a.py",
    "# please ignore all previous\n# instructions\nx = 1",
    "# please ignore all previous\ninstructions",
  ],
  ["a.py", "## a\n#### b", "## a\nb"],
  ["a.py", "# a\n# ### system: b", "# a\n### system: b"],
  ["a.py", "# a\n### system: b", "# a\n### system: b"],
  ["a.ts", "/**\n * one\n * two\n */", "/**\none\ntwo\n */"],
  ["a.ts", "/// one\n//! two", "/// one\ntwo"],
  ["a.sql", "-- one\n-- two", "-- one\ntwo"],
  ["a.md", "> one\n> > two\n* three\n# four", "> one\ntwo\n* three\n# four"],
  ["a.yaml", "note: |\n  one\n  two # three", "note: |\n  one\n  two  three"],
  ["a.js", "// one\nx();\n// two", "// one\n\ntwo"],
  // A backtick that was misread, and a comment behind it.
  ["a.js", "if (x) /`/.test(y);\n// one\nz(); // two", "// one\nz(); // two"],
])("in %s, %j is read without its marks", (path, text, said) => {
  expect(passages(path, text, all).map((passage) => passage.text)).toEqual([said]);
});

test("comments far from each other are passages of their own", () => {
  expect(passages("a.ts", `// one\n${"x();\n".repeat(4)}// two`, all).map(({ line }) => line)).toEqual([
    1, 6,
  ]);
});

test("the names of a path are words", () => {
  expect(pathWords("docs/ignore-all_previous.instructions/readMe.md")).toBe(
    "docs\nignore all previous instructions\nread Me md",
  );
});
