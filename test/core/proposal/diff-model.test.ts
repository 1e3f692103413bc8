// What a diff announces, in the words and the order of `git diff-tree --no-renames`.
import { expect, test } from "vitest";
import type { RepoPath } from "../../../src/core/base/path.ts";
import { announcedChanges, type FilePatch, namedPaths } from "../../../src/core/proposal/diff-model.ts";

const at = (path: string): RepoPath => path as RepoPath;
const files: readonly FilePatch[] = [
  { kind: "modify", path: at("z"), hunks: [] },
  { kind: "rename", from: at("y"), path: at("a"), hunks: [] },
  { kind: "copy", from: at("q"), path: at("é"), hunks: [] },
  { kind: "create", path: at("A"), mode: "100644", hunks: [] },
  { kind: "delete", path: at("a.b"), mode: "100644", hunks: [] },
  { kind: "create", path: at("a/b"), mode: "100644", hunks: [] },
  { kind: "create", path: at("\uffe5"), mode: "100644", hunks: [] },
  { kind: "create", path: at("😀"), mode: "100644", hunks: [] },
];

test("a move is a deletion and an addition, a copy an addition; in order of bytes", () => {
  expect(announcedChanges(files).map(({ status, path }) => `${status} ${path}`)).toEqual([
    "A A",
    "A a",
    "D a.b",
    "A a/b",
    "D y",
    "M z",
    "A é",
    "A \uffe5",
    "A 😀",
  ]);
});

test("every name counts, sources too", () => {
  expect(namedPaths(files)).toEqual(["z", "y", "a", "q", "é", "A", "a.b", "a/b", "\uffe5", "😀"]);
});
