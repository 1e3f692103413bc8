// The patched tree as files: what is written, what is left out, and that nothing leaves the folder.
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPrivateGit } from "../../../src/io/exec/private-git.ts";
import { openMatter } from "../../../src/validator/checks/matter.ts";
import { openWorkspace, type Workspace } from "../../../src/validator/sandbox/workspace.ts";
import { openBench, publishNow, type TestBench } from "../../support/bench.ts";
import { order, patchId } from "../../support/proposals.ts";
import { git, removeScratch, scratchRepository } from "../../support/scratch.ts";

const PATCH =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

let repo: string;
let on: TestBench;
let space: Workspace;

beforeAll(async () => {
  repo = scratchRepository("workspace", {
    "src/a.ts": "one\ntwo\nthree\n",
    "run.sh": "run\n",
    "deep/er/b": "b\n",
  });
  // Attributes that a checkout would follow.
  writeFileSync(join(repo, ".gitattributes"), "* text eol=crlf ident export-ignore filter=evil\n");
  const links: readonly (readonly [string, string])[] = [
    ["inside", "src/a.ts"],
    ["deep/er/up", "../../src"],
    ["absolute", "/etc/passwd"],
    ["outside", "../x"],
    ["deep/outside", "../../x"],
    ["deep/back", "er/up/../../x"],
  ];
  for (const [name, target] of links) symlinkSync(target, join(repo, name));
  git(repo, "add", "-A");
  git(repo, "update-index", "--chmod=+x", "run.sh");
  git(repo, "commit", "-q", "-m", "more");
  on = await openBench(repo);
  const base = await publishNow(on);
  mkdirSync(join(on.state, "rooms"));
  const own = await createPrivateGit(on.bench.git, on.bench.repository, join(on.state, "rooms", "git-1"));
  const matter = openMatter(on.bench, patchId(1), order(1, { patch: PATCH, base: base.digest }), own);
  space = await openWorkspace(matter);
  expect(await openWorkspace(matter)).toBe(space);
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

test("files are as git holds them, patched, with their bit, and without filters", () => {
  expect(readFileSync(join(space.dir, "src/a.ts"), "utf8")).toBe("one\nTWO\nthree\n");
  expect(readFileSync(join(space.dir, "deep/er/b"), "utf8")).toBe("b\n");
  expect(lstatSync(join(space.dir, "run.sh")).mode & 0o777).toBe(0o755);
  expect(lstatSync(join(space.dir, "src/a.ts")).mode & 0o777).toBe(0o644);
  expect(readdirSync(space.dir)).not.toContain(".git");
});

test("links that stay inside are links; the others are left out, and named", () => {
  expect(readlinkSync(join(space.dir, "inside"))).toBe("src/a.ts");
  expect(readlinkSync(join(space.dir, "deep/er/up"))).toBe("../../src");
  expect(space.leftOut).toEqual(["absolute", "deep/back", "deep/outside", "outside"]);
  for (const path of space.leftOut) expect(() => lstatSync(join(space.dir, path))).toThrow("ENOENT");
});

test("it says which files the patch changes", () => {
  expect(space.changed).toEqual(["src/a.ts"]);
});
