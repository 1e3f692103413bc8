// The served branch from its files: what is not in git's own plain form is git's to read, and both read the same.
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RefName } from "../../../src/core/base/ids.ts";
import { openRepository, type Repository, servedTip } from "../../../src/io/exec/git.ts";
import { plainTip } from "../../../src/io/exec/plain-tip.ts";
import { openRooms, type Rooms } from "../../support/rooms.ts";
import { git, scratch } from "../../support/scratch.ts";

let rooms: Rooms;
beforeAll(async () => {
  rooms = await openRooms();
});
afterAll(() => rooms.remove());

const MAIN = "refs/heads/main" as RefName;

async function opened(change: (folder: string, dotGit: string) => void): Promise<Repository> {
  const folder = rooms.repository();
  const at = await openRepository(rooms.git, folder);
  change(folder, join(folder, ".git"));
  return at;
}

describe("not plain, and left to git", () => {
  test.each<readonly [string, (folder: string, dotGit: string) => void]>([
    ["a packed branch", (folder) => git(folder, "pack-refs", "--all")],
    ["a detached HEAD", (folder) => git(folder, "checkout", "-q", "--detach")],
    ["a branch without a commit", (folder) => git(folder, "checkout", "-q", "--orphan", "new")],
    [
      "a HEAD that is a link",
      (_, dotGit) => {
        rmSync(join(dotGit, "HEAD"));
        symlinkSync(MAIN, join(dotGit, "HEAD"));
      },
    ],
    ["a HEAD on no branch", (_, dotGit) => writeFileSync(join(dotGit, "HEAD"), "ref: refs/tags/main\n")],
    [
      "a HEAD out of its folder",
      (_, dotGit) => writeFileSync(join(dotGit, "HEAD"), "ref: refs/heads/../x\n"),
    ],
    ["a HEAD without its line feed", (_, dotGit) => writeFileSync(join(dotGit, "HEAD"), `ref: ${MAIN}`)],
    ["a HEAD with two lines", (_, dotGit) => writeFileSync(join(dotGit, "HEAD"), `ref: ${MAIN}\nx\n`)],
    ["a branch that points to a branch", (folder) => git(folder, "symbolic-ref", MAIN, "refs/heads/other")],
    [
      "a branch that is a link",
      (_, dotGit) => {
        renameSync(join(dotGit, MAIN), join(dotGit, "refs/heads/other"));
        symlinkSync("other", join(dotGit, MAIN));
      },
    ],
    ["an empty branch", (_, dotGit) => writeFileSync(join(dotGit, MAIN), "")],
    ["the id of nothing", (_, dotGit) => writeFileSync(join(dotGit, MAIN), `${"0".repeat(40)}\n`)],
    ["an id of another format", (_, dotGit) => writeFileSync(join(dotGit, MAIN), `${"a".repeat(64)}\n`)],
    ["an id that is cut off", (_, dotGit) => writeFileSync(join(dotGit, MAIN), `${"a".repeat(39)}\n`)],
    ["an id with more behind it", (_, dotGit) => writeFileSync(join(dotGit, MAIN), `${"a".repeat(40)} x\n`)],
    ["refs in tables", (_, dotGit) => mkdirSync(join(dotGit, "reftable"))],
  ])("%s", async (_, change) => {
    expect(plainTip(await opened(change), "HEAD")).toBeUndefined();
  });

  test("a name outside of the branches", async () => {
    const at = await opened((folder) => git(folder, "update-ref", "refs/worktree/x", "HEAD"));
    expect(plainTip(at, "refs/worktree/x" as RefName)).toBeUndefined();
  });
});

describe("plain, and the same as git says", () => {
  /** git's own answer: the same repository, asked in a way that leaves it no plain form. */
  const asked = (folder: string): unknown => ({
    ref: git(folder, "symbolic-ref", "HEAD").trim(),
    commit: git(folder, "rev-parse", "--verify", "HEAD").trim(),
  });

  test.each<readonly [string, (folder: string) => void]>([
    ["a fresh repository", () => undefined],
    [
      "a branch that is packed and has moved since",
      (folder) => {
        git(folder, "pack-refs", "--all");
        git(folder, "commit", "-q", "--allow-empty", "-m", "second");
      },
    ],
    [
      "a tag of the same name",
      (folder) => {
        git(folder, "commit", "-q", "--allow-empty", "-m", "second");
        git(folder, "tag", "main", "HEAD~1");
        git(folder, "update-ref", "refs/tags/refs/heads/main", "HEAD~1");
      },
    ],
    ["a branch with slashes", (folder) => git(folder, "checkout", "-q", "-b", "feature/ü/x")],
  ])("%s", async (_, change) => {
    const folder = rooms.repository();
    change(folder);
    const at = await openRepository(rooms.git, folder);
    expect(plainTip(at, "HEAD")).toEqual(asked(folder));
    expect(await servedTip(rooms.git, at, "HEAD")).toEqual(asked(folder));
  });

  test("a linked work tree has its own HEAD over common branches", async () => {
    const [main, linked] = [rooms.repository(), scratch("plain-linked")];
    git(main, "worktree", "add", "-q", "-f", "-b", "side", linked);
    const at = await openRepository(rooms.git, linked);
    expect(plainTip(at, "HEAD")).toEqual(asked(linked));
    expect(plainTip(at, MAIN)?.commit).toBe(readFileSync(join(main, ".git", MAIN), "utf8").trim());
    git(main, "worktree", "remove", "--force", linked);
  });
});
