// The private git folder over repositories of every make, and what it hands out of them.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitOid } from "../../../src/core/base/ids.ts";
import { openBlobs } from "../../../src/io/exec/blob-reader.ts";
import { openRepository, resolveRef, servedRef } from "../../../src/io/exec/git.ts";
import { isAncestor, lsTree, removePrivateGit } from "../../../src/io/exec/private-git.ts";
import { diffTree } from "../../../src/io/exec/tree-diff.ts";
import { FILES, type Opened, openRooms, resultOf, type Rooms } from "../../support/rooms.ts";
import { fullDiskGit, git } from "../../support/scratch.ts";

let rooms: Rooms;
beforeAll(async () => {
  rooms = await openRooms();
});
afterAll(() => rooms.remove());

describe("repositories of every make", () => {
  const same = async (path: string): Promise<void> => {
    const opened = await rooms.open(path);
    const result = await resultOf(opened);
    const changes = await diffTree(opened.own, opened.tree, result as GitOid);
    expect(changes.map(({ status, path: name }) => `${status} ${name ?? ""}`)).toEqual(["M a.txt"]);
  };

  test("a work tree", () => same(rooms.repository()));

  test("a linked work tree serves its own branch", async () => {
    const [main, linked] = [rooms.repository(), join(rooms.dir, "linked")];
    git(main, "worktree", "add", "-q", "-b", "side", linked);
    await same(linked);
    const at = await openRepository(rooms.git, linked);
    expect(await servedRef(rooms.git, at, "HEAD")).toBe("refs/heads/side");
    expect(at.commonDir).toBe((await openRepository(rooms.git, main)).gitDir);
  });

  test("a bare one", async () => {
    const bare = join(rooms.dir, "bare.git");
    git(rooms.dir, "clone", "-q", "--bare", rooms.repository(), bare);
    await same(bare);
  });

  test("packed objects and refs", async () => {
    const folder = rooms.repository();
    git(folder, "gc", "-q");
    git(folder, "pack-refs", "--all");
    expect(existsSync(join(folder, ".git", "refs", "heads", "main"))).toBe(false);
    await same(folder);
  });

  test("borrowed objects, also along a relative way", async () => {
    const [lender, borrower] = [rooms.repository(), join(rooms.dir, "borrower")];
    git(rooms.dir, "clone", "-q", "--shared", lender, borrower);
    await same(borrower);
    const second = join(rooms.dir, "borrower-2");
    git(rooms.dir, "clone", "-q", "--shared", borrower, second);
    writeFileSync(join(second, ".git", "objects", "info", "alternates"), "../../../borrower/.git/objects\n");
    await same(second);
  });

  test("a shallow clone", async () => {
    const folder = rooms.repository();
    git(folder, "commit", "-q", "--allow-empty", "-m", "second");
    const shallow = join(rooms.dir, "shallow");
    git(rooms.dir, "clone", "-q", "--depth=1", `file://${folder}`, shallow);
    await same(shallow);
  });

  test("SHA-256", async () => {
    const folder = join(rooms.dir, "sha256");
    mkdirSync(folder);
    git(folder, "init", "-q", "-b", "main", "--object-format=sha256");
    writeFileSync(join(folder, "a.txt"), FILES["a.txt"]);
    git(folder, "add", ".");
    git(folder, "commit", "-q", "-m", "first");
    const opened = await rooms.open(folder);
    expect(opened.tree).toHaveLength(64);
    await same(folder);
    const blobs = openBlobs(opened.own, 1000);
    expect((await blobs.blob((await lsTree(opened.own, opened.tree))[0]!.oid)).toString()).toBe(
      FILES["a.txt"],
    );
    await blobs.close();
  });

  test("a place with spaces, quotes and letters of its own", async () => {
    const odd = join(rooms.dir, `odd "näme' #1`);
    renameSync(rooms.repository(), odd);
    await same(odd);
  });
});

describe("repositories that cannot be served", () => {
  const failing = (path: string): Promise<unknown> =>
    openRepository(rooms.git, path).then((at) => servedRef(rooms.git, at, "HEAD"));

  test.each([
    ["a folder without git", () => rooms.dir],
    ["a place that is gone", () => join(rooms.dir, "gone")],
    [
      "a folder inside a work tree",
      () => {
        const folder = rooms.repository();
        return join(folder, "docs");
      },
    ],
    [
      "a pointer to nowhere",
      () => {
        const folder = join(rooms.dir, "pointer");
        mkdirSync(folder);
        writeFileSync(join(folder, ".git"), "gitdir: ../nowhere\n");
        return folder;
      },
    ],
    [
      "a detached HEAD",
      () => {
        const folder = rooms.repository();
        git(folder, "checkout", "-q", "--detach");
        return folder;
      },
    ],
  ])("%s", async (_, make) => {
    await expect(failing(make())).rejects.toMatchObject({
      code: expect.stringMatching(/repository_unusable|exec_failed/) as string,
    });
  });

  test("a branch without a commit has none", async () => {
    const at = await openRepository(rooms.git, rooms.repository());
    expect(await resolveRef(rooms.git, at, "refs/heads/none")).toBeUndefined();
  });
});

test("names and modes come through as they are", async () => {
  const folder = rooms.repository();
  symlinkSync("a.txt", join(folder, "link"));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), "x");
  writeFileSync(join(folder, "new\nline"), "x");
  git(folder, "add", "-A");
  git(folder, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},sub`);
  git(folder, "commit", "-q", "-m", "odd");
  const opened = await rooms.open(folder);
  const listed = (await lsTree(opened.own, opened.tree)).map(({ mode, path, raw, size }) => [
    mode,
    path ?? `raw ${raw}`,
    size,
  ]);
  expect(listed).toContainEqual(["120000", "link", 5]);
  expect(listed).toContainEqual(["160000", "sub", undefined]);
  expect(listed).toContainEqual(["100644", "new\nline", 1]);
  expect(listed).toContainEqual(["100644", "raw f\xff", 1]);
});

test("nothing of the repository's configuration is in the private one", async () => {
  const folder = rooms.repository();
  git(folder, "config", "x.y", "theirs");
  const { own } = await rooms.open(folder);
  const settings = git(rooms.dir, `--git-dir=${own.gitDir}`, "config", "--list", "--name-only").split("\n");
  expect(settings).toEqual(expect.arrayContaining(["core.bare", "extensions.objectformat"]));
  expect(settings).not.toContain("x.y");
});

describe("what git says of a patch", () => {
  const section = (path: string, old: string): string =>
    `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-${old}\n+new\n`;
  const creation = (path: string): string =>
    `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;

  test.each([
    ["context that differs", section("run.sh", "other")],
    ["a file that is not there", section("none", "x")],
    ["a file that is there", creation("run.sh")],
    ["a hunk that is cut short", section("run.sh", "#!/bin/sh").replace("-1 +1", "-1,2 +1,2")],
    ["a name of git's own", creation(".git/x")],
    ["no patch at all", "words\n"],
  ])("is a refusal: %s", async (_, patch) => {
    expect(await resultOf(await rooms.open(rooms.repository()), patch)).toBe("apply_failed");
  });

  const onFullDisk = (opened: Opened): Opened => {
    const { git: found, gitDir } = opened.own;
    return { ...opened, own: { ...opened.own, git: { ...found, file: fullDiskGit(gitDir, found.file) } } };
  };
  const withoutBlob = (opened: Opened, folder: string): Opened => {
    const blob = git(folder, "rev-parse", "HEAD:a.txt").trim();
    rmSync(join(folder, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
    return opened;
  };
  test.each([
    ["a disk that is full", onFullDisk],
    ["an object of the base that is missing", withoutBlob],
  ])("is no answer: %s", async (_, trouble) => {
    const folder = rooms.repository();
    const opened = trouble(await rooms.open(folder), folder);
    await expect(resultOf(opened)).rejects.toMatchObject({ code: "exec_failed" });
  });
});

describe("whether a commit is in the history of another", () => {
  const oid = (folder: string, name: string): GitOid => git(folder, "rev-parse", name).trim() as GitOid;
  const grown = (): string => {
    const folder = rooms.repository();
    for (const name of ["second", "third"]) git(folder, "commit", "-q", "--allow-empty", "-m", name);
    return folder;
  };

  test("it is, however far behind, and of itself", async () => {
    const folder = grown();
    const { own, commit } = await rooms.open(folder);
    for (const name of ["main~2", "main~1", "main"])
      expect(await isAncestor(own, oid(folder, name), commit)).toBe(true);
  });

  test("it is not when the branch was rewritten, though the commit and its tree are there", async () => {
    const folder = grown();
    const gone = oid(folder, "main");
    git(folder, "commit", "-q", "--amend", "--allow-empty", "-m", "other");
    const { own, commit } = await rooms.open(folder);
    expect(oid(folder, `${gone}^{tree}`)).toBe(oid(folder, "main^{tree}"));
    expect(await isAncestor(own, gone, commit)).toBe(false);
    expect(await isAncestor(own, commit, oid(folder, "main~1"))).toBe(false);
  });

  test("it is not when the commit is gone, or lies behind the end of a shallow clone", async () => {
    const folder = grown();
    const shallow = join(rooms.dir, "shallow-history");
    git(rooms.dir, "clone", "-q", "--depth=2", `file://${folder}`, shallow);
    const { own, commit } = await rooms.open(shallow);
    expect(await isAncestor(own, "1".repeat(40) as GitOid, commit)).toBe(false);
    expect(await isAncestor(own, oid(folder, "main~2"), commit)).toBe(false);
    git(shallow, "checkout", "-q", "--orphan", "other");
    git(shallow, "commit", "-q", "--allow-empty", "-m", "other");
    expect(await isAncestor(own, oid(shallow, "other"), commit)).toBe(false);
  });

  test("a damaged commit is no answer", async () => {
    const folder = grown();
    const { own, commit } = await rooms.open(folder);
    const [first, between] = [oid(folder, "main~2"), oid(folder, "main~1")];
    const file = join(folder, ".git", "objects", between.slice(0, 2), between.slice(2));
    chmodSync(file, 0o644);
    writeFileSync(file, "x");
    await expect(isAncestor(own, first, commit)).rejects.toMatchObject({ code: "exec_failed" });
  });
});

test("the served repository is left as it was", async () => {
  const folder = rooms.repository();
  const before =
    git(folder, "status", "--porcelain=v2", "--branch") + readdirSync(join(folder, ".git", "objects")).join();
  const opened = await rooms.open(folder);
  await resultOf(opened);
  await removePrivateGit(opened.own.gitDir);
  expect(
    git(folder, "status", "--porcelain=v2", "--branch") + readdirSync(join(folder, ".git", "objects")).join(),
  ).toBe(before);
  expect(existsSync(opened.own.gitDir)).toBe(false);
});
