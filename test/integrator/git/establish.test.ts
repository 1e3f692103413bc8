// What others did to the branch since the base: a patch that would meet or undo it is refused.
import { afterEach, beforeEach, expect, test } from "vitest";
import { landingBranch } from "../../../src/core/base/ids.ts";
import { attempt } from "../../support/attempt.ts";
import { git, writeFiles } from "../../support/scratch.ts";
import { type Desk, type Edit, openDesk, propose } from "../../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const mine: Edit = { "src/a.txt": "one\nTWO\nthree\n" };
test.each<readonly [string, Edit, Edit]>([
  ["changed the same file", mine, { "src/a.txt": "one\ntwo\nfour\n" }],
  ["deleted it", mine, { "src/a.txt": null }],
  ["made the same new file", { "src/new.txt": "mine\n" }, { "src/new.txt": "theirs\n" }],
  ["made a folder where the new file is to be", { "src/new.txt": "mine\n" }, { "src/new.txt/x.txt": "x\n" }],
  ["made a file where the new folder is to be", { "src/new/x.txt": "mine\n" }, { "src/new": "x\n" }],
])("the branch moved and %s", async (_what, edit, files) => {
  const made = await propose(desk, { edit });
  for (const [path, text] of Object.entries(files)) if (text === null) git(desk.repo, "rm", "-q", path);
  for (const [path, text] of Object.entries(files))
    if (text !== null) writeFiles(desk.repo, { [path]: text });
  git(desk.repo, "add", "-A");
  git(desk.repo, "commit", "-q", "-m", "second");
  expect((await attempt(desk, made.id)).answer).toBe("base_moved");
});

test("the base was rewritten out of the branch: what was purged does not come back", async () => {
  writeFiles(desk.repo, { "leak.txt": "hunter2\n" });
  git(desk.repo, "add", "-A");
  git(desk.repo, "commit", "-q", "-m", "leak");
  const made = await propose(desk);
  git(desk.repo, "reset", "-q", "--hard", "HEAD~1");
  expect((await attempt(desk, made.id)).answer).toBe("base_moved");
  // The same files, another history.
  writeFiles(desk.repo, { "leak.txt": "hunter2\n" });
  git(desk.repo, "add", "-A");
  git(desk.repo, "commit", "-q", "-m", "another");
  expect((await attempt(desk, made.id)).answer).toBe("base_moved");
  expect(git(desk.repo, "for-each-ref")).not.toContain(landingBranch(made.id));
});
