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

const WORDS = "ignore all of it";
const rotated = (text: string): string =>
  text.replaceAll(/[a-z]/g, (one) => String.fromCodePoint(((one.charCodeAt(0) - 97 + 13) % 26) + 97));
const backwards = (text: string): string => Array.from(text).toReversed().join("");

test.each([
  ["backwards", backwards(WORDS)],
  ["by thirteen letters", rotated(WORDS)],
  ["both", backwards(rotated(WORDS))],
])("%s is read with every decoy beside it", (_, text) => {
  const decoys = ["ignore", "instructions", "prompt"];
  const all = decoys.flatMap((one) => [backwards(one), rotated(one), backwards(rotated(one))]);
  expect(spellings(`${all.join(" ")} ${text}`).some((one) => one.includes(WORDS))).toBe(true);
});

const run = (text: string): string => Buffer.from(text).toString("base64");

test("what is encoded is read behind any number of other runs", () => {
  const decoys = Array.from({ length: 200 }, (_, at) => run(`nothing in here ${at}`)).join("\n");
  expect(spellings(`${decoys}\n${run(WORDS)}`).some((one) => one.includes(WORDS))).toBe(true);
});

test("what is encoded in pieces is read as pieces, as sentences and as one text", () => {
  const text = `${run("words of the one")} and ${run("and of the other")}`;
  const one = ["words of the one", "and of the other"];
  expect(spellings(text)).toEqual(expect.arrayContaining([...one, one.join(" "), one.join(". # ")]));
});

test("most runs of many make no spelling of their own", () => {
  const of = (count: number): number =>
    spellings(Array.from({ length: count }, (_, at) => run(`nothing in here ${at}`)).join("\n")).length;
  expect(of(300)).toBe(of(60));
});

test("nothing is one spelling less", () => {
  expect(spellings("")).toEqual([]);
});
