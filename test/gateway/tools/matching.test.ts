import { expect, test } from "vitest";
import * as fc from "fast-check";
import { finder } from "../../../src/gateway/tools/matching.ts";

const found = (query: string, regex: boolean, text: string, from = 0) => {
  const find = finder(query, regex);
  if (!find.ok) throw new Error(find.refusal.code);
  return [...find.value(text, from)];
};

test.each(["(", "[", "a{2000}", "(?<=a)b", "\\1", "((a{1000}){1000})", "\\p{Nope}"])(
  "refuses the expression %s",
  (query) => {
    const find = finder(query, true);
    expect(find.ok ? "accepted" : find.refusal.code).toBe("query_invalid");
  },
);

test.each(["a\nb", "a\r"])("refuses a query with a line end: %j", (query) => {
  expect(finder(query, false).ok).toBe(false);
});

test("an expression that makes others hang is linear", () => {
  const started = performance.now();
  expect(found("(a|a|aa)*b$", true, `${"a".repeat(50_000)}\n`)).toEqual([]);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("literal and expression agree; each line once, with its number and without its line end", () => {
  const text = "one two\r\ntwo two\nthree\n\ntwo";
  const lines = [
    { line: 1, text: "one two", cut: false },
    { line: 2, text: "two two", cut: false },
    { line: 5, text: "two", cut: false },
  ];
  expect(found("two", false, text)).toEqual(lines);
  expect(found("two$", true, text)).toEqual(lines);
  expect(found("two", false, text, 1)).toEqual(lines.slice(1));
  expect(found("two", true, text, 2)).toEqual(lines.slice(2));
});

test("what is special to an expression is literal without regex", () => {
  expect(found("a.c", false, "abc\na.c\n")).toMatchObject([{ line: 2 }]);
});

test("literal search finds exactly the lines that hold the query", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "ab", "\n", "é", "\r\n"), { maxLength: 80 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.constantFrom("a", "ab", "bab", "é"), (content, query) => {
      const expected = content
        .split("\n")
        .flatMap((line, index) => (line.includes(query) ? [index + 1] : []));
      expect(found(query, false, content).map(({ line }) => line)).toEqual(expected);
    }),
  );
});

test("of a long line, the part around the match is shown, with whole characters", () => {
  const [match] = found("needle", false, `${"😀".repeat(5000)}needle${"😀".repeat(5000)}\n`);
  expect(match).toMatchObject({ line: 1, cut: true });
  expect(match!.text).toContain("needle");
  expect(match!.text.length).toBeLessThanOrEqual(400);
  expect(match!.text.isWellFormed()).toBe(true);
});
