// The spellings of a text, the plain one first.
import { expect, test } from "vitest";
import { spellings } from "../../../src/core/content/spellings.ts";

test.each([
  ["Plain  Text", "plain text"],
  ["h3ll0 w0rld", "hello world"],
  ["pay\u200bpal", "paypal"],
  ["раураl", "paypal"],
  ["%70%61%79 now", "pay now"],
  ["p&#97;y &#x6e;ow &#9999999;", "pay now "],
  [String.raw`\u0070ay \x6eow`, "pay now"],
  ["**Pa**y n*o*w", "pay now"],
  ["pa<b>y</b> no<!-- -->w", "pay now"],
  ["pay&nbsp;n&shy;ow", "pay now"],
  ["a_name_of_words", "a name of words"],
  [String.raw`pay\nnow`, "pay now"],
  [Buffer.from("some words in here").toString("base64"), "some words in here"],
])("%j is also read as %j", (text, spelling) => {
  expect(spellings(text)).toContain(spelling);
});

test("nothing is one spelling less", () => {
  expect(spellings("")).toEqual([]);
});
