// A recorded tree is read exactly as it was written, and anything that no policy may hold is no tree.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { MAX_TREE_TEXT, readTree, treeText } from "../../../src/core/gate/tree.ts";

const trees: fc.Arbitrary<Requirement> = fc.letrec<{ tree: Requirement }>((tie) => {
  const members = fc.uniqueArray(tie("tree"), { minLength: 1, maxLength: 3, selector: treeText });
  return {
    tree: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("a", "b-1", "c_2"),
      members.map((all) => ({ all })),
      members.map((any) => ({ any })),
      tie("tree").map((not) => ({ not })),
      members.map((of) => ({ at_least: of.length, of })),
    ),
  };
}).tree;

test("there and back", () => {
  fc.assert(
    fc.property(trees, (tree) => {
      expect(readTree(treeText(tree))).toEqual(tree);
    }),
  );
});

test("keys are sorted and nothing stands between them", () => {
  expect(treeText({ of: ["a", { not: "b" }], at_least: 1 })).toBe('{"at_least":1,"of":["a",{"not":"b"}]}');
});

test.each([
  "",
  "a",
  "null",
  "1",
  "[]",
  '["a"]',
  "{}",
  '{"all":"a"}',
  '{"all":[]}',
  '{"any":[]}',
  '{"all":["a",1]}',
  '{"all":["a","a"]}',
  '{"any":[{"not":"a"},{"not":"a"}]}',
  '{"all":["a"],"any":["b"]}',
  '{"all":["a"],"x":1}',
  '{"not":null}',
  '{"not":{"all":[]}}',
  '{"at_least":1}',
  '{"of":["a"]}',
  '{"at_least":0,"of":["a"]}',
  '{"at_least":-1,"of":["a"]}',
  '{"at_least":3,"of":["a","b"]}',
  '{"at_least":1.5,"of":["a","b"]}',
  '{"at_least":"1","of":["a"]}',
  '{"of":["a"],"at_least":1}',
  '{"all": ["a"]}',
  '{"all":["a"]}\n',
  '{"all":["a"],"all":["b"]}',
  '{"__proto__":["a"]}',
  `"${"a".repeat(MAX_TREE_TEXT)}"`,
])("no tree: %s", (text) => {
  expect(readTree(text)).toBe(undefined);
});
