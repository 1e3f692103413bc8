// Every occurrence of every word is told, in order, and nothing else; case counts where it should.
import { expect, test } from "vitest";
import { prefilter } from "../../../src/core/secrets/prefilter.ts";

const found = (text: string): readonly string[] => {
  const places: string[] = [];
  const words = [
    { word: "AKIA", exact: true, item: "aws" },
    { word: "token", exact: false, item: "name" },
    { word: "tok", exact: true, item: "short" },
    { word: "://", exact: false, item: "url" },
  ];
  prefilter(words)(text, (at, word, item) => places.push(`${at} ${word} ${item}`));
  return places;
};

test.each<[string, string, readonly string[]]>([
  ["nothing in a text without words", "plain words and nothing else", []],
  ["nothing in a text of two characters", "to", []],
  ["a word at the beginning and one at the end", "AKIA x AKIA", ["0 AKIA aws", "7 AKIA aws"]],
  ["another case only where it does not count", "akia TOKEN", ["5 token name"]],
  ["two words at one place", "token", ["0 token name", "0 tok short"]],
  ["a sign behind characters beyond ASCII", "ä€://", ["2 :// url"]],
  ["no word across a character beyond ASCII", "to\u{12b}ken", []],
])("%s", (_, text, places) => {
  expect(found(text)).toEqual(places);
});
