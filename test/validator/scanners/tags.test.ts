// Markup as a browser reads it: where tags and scripts begin and end, and where nobody could be sure.
import { describe, expect, test } from "vitest";
import { markupOf } from "../../../src/validator/scanners/tags.ts";

describe("what a browser may see and this reader does not is doubtful", () => {
  test.each([
    ["a script in a text area that swallows one", "<textarea><script>/*</textarea><script>x()//*/</script>"],
    ["a script in an attribute", '<a title="<script>/*"></a><script>x()//*/</script>'],
    ["a script in a comment that swallows one", "<!-- <script>/* --><script>x()//*/</script>"],
    ["a script in which a script is escaped", "<script><!-- <script></script> x() --></script>"],
  ])("%s", (_, text) => {
    expect(markupOf(text).doubtful.length).toBeGreaterThan(0);
  });
});

test.each([
  ["<script>a</script>", ["a"]],
  ["<SCRIPT\n>a</ScRiPt >b", ["a"]],
  ["<script/x>a</script/>", ["a"]],
  ["<script x='>' y=\">\">a</script>", ["a"]],
  ['<script a">b</script>', ["b"]],
  ['<script ="x>a</script>', ["a"]],
  ["<script x=a'b>c</script>", ["c"]],
  ["<script>a</scripts></script>", ["a</scripts>"]],
  ["<script>a", ["a"]],
  ["<!-- <script>a</script> -->", ["a"]],
  ["<script>'<script x><\\/script>'</script>", ["'<script x><\\/script>'"]],
  ["<scripts>a</scripts> < script>b</script>", []],
  ["<svg><script>a</script></svg>", ["a"]],
])("%s has the scripts %j", (text, scripts) => {
  const read = markupOf(text);
  expect(read.scripts.map((script) => script.text)).toEqual(scripts);
  expect(read.doubtful).toEqual([]);
});

test.each([
  ["<a b=c d='e f' g=\"h\">", { b: "c", d: "e f", g: "h" }],
  ["<a B = c B=d>", { b: "c" }],
  ["<a/onclick=x>", { onclick: "x" }],
  ["<a b c=>", { b: "", c: "" }],
  ["<a =b=c>", { "=b": "c" }],
  ["<a b='c", { b: "c" }],
])("%s has the attributes %j", (text, expected) => {
  expect(Object.fromEntries(markupOf(text).tags[0]?.attributes ?? [])).toEqual(expected);
});

test("tags without an end are read once each", () => {
  const { tags } = markupOf("<a b=".repeat(20_000));
  expect(tags.length).toBe(1);
  expect(markupOf("<a ".repeat(20_000)).tags.length).toBe(1);
});
