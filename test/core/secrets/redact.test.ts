// The operator's rules of masking, each by itself: where the parts stand, and what cannot be told is not guessed.
import { describe, expect, test } from "vitest";
import { compileRedactions, matterOf } from "../../../src/core/secrets/redact.ts";

const paths = ["**"];
const found = (
  words: { pattern: string } | { json_path: string },
  text: string,
): readonly string[] | undefined => {
  const [rule] = compileRedactions([{ id: "one", paths, ...words }]);
  return rule?.find(matterOf(text))?.map(({ start, end }) => text.slice(start, end));
};

describe("pattern", () => {
  test.each<[string, string, string, readonly string[]]>([
    ["nothing", "x(.)", "abc", []],
    ["behind characters of two units", "k=(\\w+)", "😀😀 k=v1 é k=v2", ["v1", "v2"]],
    ["over lines, when asked to", "(?s)<(.*?)>", "a<b\nc>d", ["b\nc"]],
    ["each line, when asked to", "(?m)^(\\w+):", "a: 1\nb: 2", ["a", "b"]],
    ["the first group, not the second", "(a)(b)", "ab", ["a"]],
    ["only the whole match without groups", "(?:a)b", "ab", ["ab"]],
  ])("%s", (_, pattern, text, expected) => {
    expect(found({ pattern }, text)).toEqual(expected);
  });
});

describe("json_path", () => {
  test.each<[string, string, string, readonly string[] | undefined]>([
    ["a string without its quotes", "$.a", '{"a": "x\\"y"}', ['x\\"y']],
    [
      "a number, a word, an array",
      "$.*",
      '{"a": -1.5e3, "b": null, "c": [1, 2]}',
      ["-1.5e3", "null", "[1, 2]"],
    ],
    ["at any depth", "$..pin", '{"pin": 1, "x": [{"pin": 2}]}', ["1", "2"]],
    ["by a filter", "$[?@.secret == true].v", '[{"secret": true, "v": 1}, {"v": 2}]', ["1"]],
    ["an empty string has no part", "$.a", '{"a": ""}', [""]],
    ["nothing that is there", "$.b", '{"a": 1}', []],
    ["a text that is no JSON", "$.a", "a = 1", undefined],
  ])("%s", (_, json_path, text, expected) => {
    expect(found({ json_path }, text)).toEqual(expected);
  });

  test("a query that takes too long finds nothing, and says so", () => {
    const deep = `${"[".repeat(60)}${"]".repeat(60)}`;
    const list = `[${Array.from({ length: 400 }, () => deep).join(",")}]`;
    expect(found({ json_path: "$..*..*..*" }, list)).toBeUndefined();
  });
});

test("paths are read as widely as a file system would, principals in any letter case", () => {
  const [rule] = compileRedactions([
    { id: "one", paths: ["conf/*.JSON"], principals: ["Bot"], pattern: "a" },
  ]);
  expect(
    ["conf/a.json", "CONF/A.JSON", "conf/sub/a.json", "a.json"].map((path) => rule?.covers(path)),
  ).toEqual([true, true, false, false]);
  expect([...(rule?.principals ?? [])]).toEqual(["bot"]);
});
