// The spellings of a text, the plain one first.
import { expect, test } from "vitest";
import { spellings } from "../../../src/core/content/spellings.ts";

test.each([
  ["Plain  Text", "plain text"],
  ["h3ll0 w0rld", "hello world"],
  ["pay\u200bpal", "paypal"],
  ["раураl", "paypal"],
  [Buffer.from("some words in here").toString("base64"), "some words in here"],
])("%j is also read as %j", (text, spelling) => {
  expect(spellings(text)).toContain(spelling);
});

test("nothing is one spelling less", () => {
  expect(spellings("")).toEqual([]);
});
