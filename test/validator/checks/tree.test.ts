// Check `tree` alone: patches that say one thing and do another, as if every check before it had been fooled.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { accept } from "../../../src/core/base/refusal.ts";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import type { FilePatch } from "../../../src/core/proposal/diff-model.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import { createPrivateGit } from "../../../src/io/exec/private-git.ts";
import type { Examined } from "../../../src/validator/checks/check.ts";
import { openMatter } from "../../../src/validator/checks/matter.ts";
import { treeCheck } from "../../../src/validator/checks/tree.ts";
import { openBench, publishNow, type TestBench } from "../../support/bench.ts";
import { order, patchId } from "../../support/proposals.ts";
import { git, removeScratch, scratchRepository } from "../../support/scratch.ts";

let repo: string;
let on: TestBench;
let base: OpenManifest;
let count = 0;

beforeAll(async () => {
  repo = scratchRepository("tree", {
    "a.ts": "one\ntwo\nthree\n",
    "b.ts": "one\ntwo\nthree\n",
    "run.sh": "run\n",
  });
  symlinkSync("a.ts", join(repo, "link.ts"));
  git(repo, "add", "-A");
  git(repo, "update-index", "--chmod=+x", "run.sh");
  git(repo, "commit", "-q", "-m", "more");
  on = await openBench(repo);
  base = await publishNow(on);
  mkdirSync(join(on.state, "rooms"));
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

const modify = (path: string, from = "two", to = "TWO"): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@\n one\n-${from}\n+${to}\n three\n`;
const create = (path: string, content: string, mode = "100644"): string =>
  `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${content}\n`;
const remove = (mode: string): string =>
  `diff --git a/run.sh b/run.sh\ndeleted file mode ${mode}\n--- a/run.sh\n+++ /dev/null\n@@ -1 +0,0 @@\n-run\n`;
const copy = (from: string, path: string): string =>
  `diff --git a/${from} b/${path}\nsimilarity index 100%\ncopy from ${from}\ncopy to ${path}\n`;

/** As a parser would read it that let NUL bytes pass. */
function files(diff: string): readonly FilePatch[] {
  const parsed = parseDiff(utf8(diff.replaceAll("\0", "\u0001")), 16);
  if (!parsed.ok) throw new Error(parsed.refusal.message);
  return JSON.parse(JSON.stringify(parsed.value).replaceAll("\\u0001", "\\u0000")) as readonly FilePatch[];
}

/** git gets `does`; everybody else was told `says`. */
async function check(says: string, does: string): Promise<readonly string[]> {
  count += 1;
  const put = order(count, { patch: does, base: base.digest });
  const own = await createPrivateGit(
    on.bench.git,
    on.bench.repository,
    join(on.state, "rooms", `git-${count}`),
  );
  const matter = openMatter(on.bench, patchId(count), put, own);
  const { result, findings }: Examined = await treeCheck.run(
    { ...matter, files: () => accept(files(says)) },
    [],
  );
  return [result, ...findings.map(({ refusal }) => `${refusal.code} ${refusal.where}`)];
}

test("a patch that does what it says passes", async () => {
  const patch = modify("a.ts") + create("n.ts", "new") + remove("100755");
  expect(await check(patch, patch)).toEqual(["PASSED"]);
});

test.each([
  ["another file is changed", modify("a.ts"), modify("b.ts"), ["tree_differs M b.ts", "tree_differs M a.ts"]],
  ["one more file is changed", modify("a.ts"), modify("a.ts") + modify("b.ts"), ["tree_differs M b.ts"]],
  ["one file less is changed", modify("a.ts") + modify("b.ts"), modify("a.ts"), ["tree_differs M b.ts"]],
  [
    "a file is made where one was to be changed",
    modify("a.ts"),
    create("n.ts", "new"),
    ["tree_differs A n.ts", "tree_differs M a.ts"],
  ],
  ["the content is another", modify("a.ts"), modify("a.ts", "two", "2"), ["tree_differs a.ts"]],
  [
    "the lines are others",
    modify("a.ts"),
    modify("a.ts", "three", "3")
      .replace("-1,3 +1,3", "-2,2 +2,2")
      .replace(" one\n", " two\n")
      .replace("+3\n three\n", "+3\n"),
    ["tree_differs a.ts"],
  ],
  [
    "a mode is changed",
    modify("a.ts"),
    `diff --git a/a.ts b/a.ts\nold mode 100644\nnew mode 100755\n${modify("a.ts").split("\n").slice(1).join("\n")}`,
    ["diff_mode a.ts"],
  ],
  [
    "an announced mode change is not made",
    `diff --git a/a.ts b/a.ts\nold mode 100644\nnew mode 100755\n${modify("a.ts").split("\n").slice(1).join("\n")}`,
    modify("a.ts"),
    ["tree_differs a.ts"],
  ],
  ["a link is made", create("l.ts", "a.ts"), create("l.ts", "a.ts", "120000"), ["diff_link l.ts"]],
  [
    "a link is changed",
    modify("link.ts"),
    "diff --git a/link.ts b/link.ts\n--- a/link.ts\n+++ b/link.ts\n@@ -1 +1 @@\n-a.ts\n\\ No newline at end of file\n+b.ts\n\\ No newline at end of file\n",
    ["diff_link link.ts"],
  ],
  [
    "a submodule is made",
    create("sub", "x"),
    `diff --git a/sub b/sub\nnew file mode 160000\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit ${"1".repeat(40)}\n`,
    ["diff_link sub"],
  ],
  ["a new file is executable", create("n.ts", "x"), create("n.ts", "x", "100755"), ["tree_differs n.ts"]],
  [
    "a deleted file is executable, and is not said to be",
    remove("100644"),
    remove("100644"),
    ["tree_differs run.sh"],
  ],
  ["the result is binary", create("n.ts", "a\0b"), create("n.ts", "a\0b"), ["diff_binary n.ts"]],
])("refused when %s", async (_, says, does, faults) => {
  expect(await check(says, does)).toEqual(["FAILED", ...faults]);
});

test("refused when git does not apply it", async () => {
  expect(await check(modify("a.ts"), modify("a.ts", "zwei"))).toEqual(["FAILED", "apply_failed "]);
});

test("refused when git applies it at other lines", async () => {
  const offset = modify("a.ts").replace("-1,3 +1,3", "-2,3 +2,3");
  expect(await check(offset, offset)).toEqual(["FAILED", "diff_context a.ts:2"]);
});

test("a copy that is executable asks for a person", async () => {
  const patch = copy("run.sh", "run2.sh");
  expect(await check(patch, patch)).toEqual(["WARNED", "diff_mode run2.sh"]);
});

test.each([
  ["alone", "diff --git a/a.ts b/a.ts\nold mode 100644\nnew mode 100755\n"],
  [
    "of a rename",
    "diff --git a/run.sh b/go.sh\nold mode 100755\nnew mode 100644\nrename from run.sh\nrename to go.sh\n",
  ],
])("a mode change that git makes as announced is right: %s", async (_, patch) => {
  expect(await check(patch, patch)).toEqual(["PASSED"]);
});

test("a rename whose mode is not the announced one is refused", async () => {
  const says =
    "diff --git a/run.sh b/go.sh\nold mode 100644\nnew mode 100755\nrename from run.sh\nrename to go.sh\n";
  const does = says.replace("old mode 100644\nnew mode 100755\n", "");
  expect(await check(says, does)).toEqual(["FAILED", "tree_differs go.sh"]);
});
