import { expect, test } from "vitest";
import * as fc from "fast-check";
import { compileExpression } from "../../../src/core/base/expression.ts";
import { finder } from "../../../src/gateway/tools/matching.ts";

const found = (query: string, regex: boolean, text: string, from = 0) => {
  const find = finder(query, regex);
  if (!find.ok) throw new Error(find.refusal.code);
  return [...find.value(text, from)].filter((met) => "text" in met);
};

/** Text of two letters, which no cache of states can learn by heart. */
function hostile(length: number, width: number): string {
  let text = "";
  for (let random = 12_345; text.length < length;) {
    random = (random * 1_103_515_245 + 12_345) & 0x7f_ff_ff_ff;
    text += (random >> 16) & 1 ? "a" : "b";
    if (text.length % width === 0) text += "\n";
  }
  return text;
}

test.each([
  "(",
  "[",
  "a{2000}",
  "(?<=a)b",
  "\\1",
  "((a{1000}){1000})",
  "\\p{Nope}",
  "a[ab]{400}[cd]",
  "a.{900}[cd]",
  "x".repeat(200),
])("refuses the expression %s", (query) => {
  const find = finder(query, true);
  expect(find.ok ? "accepted" : find.refusal.code).toBe("query_invalid");
});

test.each(["a\nb", "a\r"])("refuses a query with a line end: %j", (query) => {
  expect(finder(query, false).ok).toBe(false);
});

test("an expression that makes others hang is linear", () => {
  expect(found("(a|a|aa)*b$", true, `${"a".repeat(50_000)}\n`)).toEqual([]);
});

test.each([
  ["short lines", 200],
  ["one line of a megabyte", 2_000_000],
])("the dearest expression rests often, and goes on where it rested: %s", (_, width) => {
  const text = hostile(width > 200 ? 1_048_576 : 60_000, width);
  const dear = "a[ab]{120}[cd]";
  const find = finder(dear, true);
  if (!find.ok) throw new Error(find.refusal.code);
  let next = 0;
  for (const met of find.value(text, 0)) {
    if (!("steps" in met)) throw new Error("a match");
    expect(met.next).toBeGreaterThan(next);
    // Beyond what a rest is due for, no more than the line that was being read.
    expect(met.steps).toBeLessThan(1_000_000 + (width + 1) * compileExpression(dear).cost);
    next = met.next;
  }
  expect(next).toBeGreaterThan(width > 200 ? 0 : 250);
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
