// Which words of a file speak to a reader.
import { expect, test } from "vitest";
import { passages } from "../../../src/core/content/addressed.ts";

const all = new Set(Array.from({ length: 20 }, (_, at) => at + 1));

test("comments that stand together are one passage, code and strings are none", () => {
  const text = "// one\n// two\nconst a = '// no';\nb(); /* three */ c(); // four\n";
  expect(passages("a.ts", text, all)).toEqual([
    { line: 1, text: "// one\n// two" },
    { line: 4, text: "/* three */ // four" },
  ]);
});

test("every wanted line of prose is text, and no other", () => {
  expect(passages("a.md", "one\ntwo\nthree\nfour", new Set([1, 2, 4]))).toEqual([
    { line: 1, text: "one\ntwo" },
    { line: 4, text: "four" },
  ]);
});
