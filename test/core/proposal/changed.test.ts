// Changed files: git's list decides which, the parsed patch how many lines.
import { expect, test } from "vitest";
import { changedFiles } from "../../../src/core/proposal/changed.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";

const PATCH = [
  "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,3 @@\n one\n-two\n+TWO\n+three\n",
  "diff --git a/b.ts b/b.ts\nnew file mode 100644\n--- /dev/null\n+++ b/b.ts\n@@ -0,0 +1,2 @@\n+x\n+y\n",
  "diff --git a/c.ts b/c.ts\ndeleted file mode 100644\n--- a/c.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n",
  "diff --git a/d.ts b/e.ts\nsimilarity index 100%\nrename from d.ts\nrename to e.ts\n",
].join("");

const listed = (status: string, path: string, raw = path): { status: string; path: string; raw: string } => ({
  status,
  path,
  raw,
});

test("kinds are git's, lines the patch's; a rename is a deletion and a new file without lines", () => {
  const files = parseDiff(Buffer.from(PATCH), 20);
  if (!files.ok) throw new Error(files.refusal.message);
  const changes = [
    listed("M", "a.ts"),
    listed("A", "b.ts"),
    listed("D", "c.ts"),
    listed("D", "d.ts"),
    listed("A", "e.ts"),
  ];
  expect(changedFiles(changes, files.value)).toEqual([
    { path: "a.ts", kind: "modify", added: 2, removed: 1 },
    { path: "b.ts", kind: "create", added: 2, removed: 0 },
    { path: "c.ts", kind: "delete", added: 0, removed: 1 },
    { path: "d.ts", kind: "delete", added: 0, removed: 0 },
    { path: "e.ts", kind: "create", added: 0, removed: 0 },
  ]);
});

// Threat: a patch that names one file and changes another would be measured by what it names.
test("a file that git lists and the patch does not name is there all the same, also when its name is no text", () => {
  const changes = [listed("T", "link"), { status: "M", path: undefined, raw: "\xff.ts" }];
  expect(changedFiles(changes, [])).toEqual([
    { path: "link", kind: "modify", added: 0, removed: 0 },
    { path: "\xff.ts", kind: "modify", added: 0, removed: 0 },
  ]);
});
