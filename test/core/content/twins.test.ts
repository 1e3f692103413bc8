// New names that stand for others: beside one that looks the same, or in letters that other programs fold to ASCII.
import { describe, expect, test } from "vitest";
import { posingIn } from "../../../src/core/content/twins.ts";
import { pathIndex } from "../../../src/core/proposal/targets.ts";

const known = pathIndex(["a.md", "docs/config.ts", "src/größe.ts", "c\u043enf/x.md"]);

describe("poses", () => {
  test.each<readonly [string, string, number]>([
    ["a letter of Cyrillic beside the same of Latin", "\u0430.md", 1],
    ["a look-alike within a name that is there", "docs/c\u043enfig.ts", 7],
    ["a folder that looks like one that is there", "d\u043ecs/new.ts", 2],
    ["a look-alike of a name in capitals", "docs/CONFIG.t\u0455", 14],
    ["a ligature", "con\ufb01g/x.md", 4],
    ["a long s", "src/pa\u017fs.md", 7],
    ["a letter of mathematics", "src/\u{1d41a}pp.md", 5],
  ])("%s", (_, path, column) => {
    expect(posingIn(path, [path], known)).toMatchObject({ rule: "homoglyph", line: 1, column });
  });

  test("one new name of another new one", () => {
    const both = ["x/new.md", "x/n\u0435w.md"];
    expect(both.map((path) => posingIn(path, both, known)?.character)).toEqual([undefined, "U+0435"]);
  });
});

test.each([
  "b.md",
  "docs/config.md",
  "docs/größe.md",
  "docs/\u0430.txt",
  "docs/\u6587\u5b57\uff08\u5168\u89d2\uff09.md",
  "docs/\u7b2c\u2460\u7ae0.md",
  "1\u00ba.md",
  "src/größe.ts",
  // The base has the folder.
  "c\u043enf/y.md",
])("%s stands for itself", (path) => {
  expect(posingIn(path, [path], known)).toBeUndefined();
});
