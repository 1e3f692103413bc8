// Occurrences of many words in one pass: the same ones that looking for each by itself finds.
import { expect, test } from "vitest";
import { keywordsOf } from "../../../src/core/content/keywords.ts";

function found(lists: readonly (readonly string[])[], text: string): readonly string[] {
  const all: string[] = [];
  keywordsOf(lists)(text, (end, owners) => all.push(...owners.map((owner) => `${owner}@${end}`)));
  return all.toSorted();
}

function oneByOne(lists: readonly (readonly string[])[], text: string): readonly string[] {
  const all = new Set<string>();
  for (const [owner, words] of lists.entries())
    for (const word of words)
      for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
        all.add(`${owner}@${at + word.length}`);
  return [...all].toSorted();
}

test.each([
  ["words within and behind one another", [["he", "she"], ["his", "hers"], ["s"]], "ushers and his hershe"],
  ["one word of two owners", [["abc"], ["abc", "bc"], ["c"]], "xabcabc"],
  ["a word that begins again", [["aab", "abab"], ["aaab"]], "aaaabababaab"],
  ["other scripts, and half a pair", [["忽略", "指令"], ["\ud83d"]], "请忽略所有指令 😀"],
  ["nothing", [["word"]], ""],
] as const)("%s", (_, lists, text) => {
  expect(found(lists, text)).toEqual(oneByOne(lists, text));
});

test("no words, no places", () => {
  expect(found([], "text")).toEqual([]);
});
