// The private git folder: whatever the repository around it tries, only its objects are used, and nothing of it runs.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import type { GitOid } from "../../../src/core/base/ids.ts";
import { findGit, type Git, openRepository, type Repository, resolveRef, servedRef } from "../../../src/io/exec/git.ts";
import { applyToTree, commitTree, createPrivateGit, diffTree, lsTree, type PrivateGit, removePrivateGit } from "../../../src/io/exec/private-git.ts";
import { openBlobs } from "../../../src/io/exec/blob-reader.ts";
import { git, removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";

const FILES = { "a.txt": "one\ntwo  \nthree\n", "docs/é.md": "x\n", "run.sh": "#!/bin/sh\n" };
const PATCH = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two  \n+TWO\t \n three\n";

let found: Git;
let count = 0;
const rooms = scratch("private");

beforeAll(async () => {
  found = await findGit(process.env["PATH"] ?? "", 30_000);
});
afterAll(() => removeScratch(rooms));

const folders: string[] = [];
afterAll(() => folders.forEach(removeScratch));

function repository(files: Readonly<Record<string, string>> = FILES): string {
  const folder = scratchRepository("private-git", files);
  folders.push(folder);
  return folder;
}

interface Opened {
  readonly at: Repository;
  readonly own: PrivateGit;
  readonly commit: GitOid;
  readonly tree: GitOid;
}

async function open(path: string): Promise<Opened> {
  const at = await openRepository(found, path);
  const own = await createPrivateGit(found, at, join(rooms, `git-${++count}`));
  const commit = await resolveRef(found, at, await servedRef(found, at, "HEAD"));
  if (commit === undefined) throw new Error("no commit");
  return { at, own, commit, tree: await commitTree(own, commit) };
}

async function resultOf({ own, tree }: Opened, patch = PATCH): Promise<string> {
  const result = await applyToTree(own, tree, utf8(patch));
  return result.ok ? result.value : result.refusal.code;
}

describe("a repository that tries to have its way", () => {
  let honest: string;
  let folder: string;
  let canary: string;
  let script: string;

  beforeAll(async () => {
    honest = await resultOf(await open(repository()));
  });

  beforeEach(() => {
    folder = repository();
    canary = join(folder, "CANARY");
    script = join(folder, ".git", "evil.sh");
    writeFileSync(script, `#!/bin/sh\necho ran >> "${canary}"\nexec cat\n`);
    chmodSync(script, 0o755);
  });

  const config = (lines: string): void => writeFileSync(join(folder, ".git", "config"), `${readFileSync(join(folder, ".git", "config"), "utf8")}${lines}`);
  const attributes = (text: string): void => {
    mkdirSync(join(folder, ".git", "info"), { recursive: true });
    writeFileSync(join(folder, ".git", "info", "attributes"), text);
  };

  const attacks: Readonly<Record<string, () => void>> = {
    "hooks of its own": () => {
      mkdirSync(join(folder, ".git", "hooks"), { recursive: true });
      for (const hook of ["applypatch-msg", "pre-applypatch", "post-index-change", "post-checkout", "pre-commit", "reference-transaction", "fsmonitor-watchman"]) {
        writeFileSync(join(folder, ".git", "hooks", hook), readFileSync(script));
        chmodSync(join(folder, ".git", "hooks", hook), 0o755);
      }
    },
    "hooks elsewhere": () => config(`[core]\n\thooksPath = ${join(folder, ".git")}\n`),
    "a file system monitor": () => config(`[core]\n\tfsmonitor = ${script}\n`),
    filters: () => {
      config(`[filter "x"]\n\tclean = ${script}\n\tsmudge = ${script}\n\tprocess = ${script}\n\trequired = true\n`);
      attributes("* filter=x\n");
    },
    "text conversion and diff drivers": () => {
      config(`[diff "x"]\n\ttextconv = ${script}\n\tcommand = ${script}\n[diff]\n\texternal = ${script}\n[merge "x"]\n\tdriver = ${script}\n`);
      attributes("* diff=x merge=x\n");
    },
    aliases: () => config(`[alias]\n${["apply", "read-tree", "write-tree", "ls-tree", "diff-tree", "cat-file", "rev-parse"].map((name) => `\t${name} = !${script}\n`).join("")}`),
    "white space that is corrected": () => {
      config("[apply]\n\twhitespace = fix\n\tignoreWhitespace = change\n[core]\n\twhitespace = trailing-space,space-before-tab,tab-in-indent\n");
      attributes("* whitespace=trailing-space\n");
    },
    "line ends that are converted": () => {
      config("[core]\n\tautocrlf = true\n\teol = crlf\n");
      attributes("* text eol=crlf working-tree-encoding=UTF-16 ident\n");
    },
    "an include": () => {
      writeFileSync(join(folder, ".git", "more"), `[core]\n\tfsmonitor = ${script}\n[apply]\n\twhitespace = fix\n`);
      config("[include]\n\tpath = more\n");
    },
    "programs of every kind": () =>
      config(`[core]\n\tsshCommand = ${script}\n\tpager = ${script}\n\teditor = ${script}\n\tgitProxy = ${script}\n\talternateRefsCommand = ${script}\n[credential]\n\thelper = !${script}\n[gpg]\n\tprogram = ${script}\n[uploadpack]\n\tpackObjectsHook = ${script}\n`),
    "a promisor that is asked for missing objects": () =>
      config(`[protocol "ext"]\n\tallow = always\n[remote "origin"]\n\turl = ext::${script}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n`),
    "a work tree elsewhere": () => config(`[core]\n\tworktree = ${rooms}\n`),
    "replaced objects": () => {
      const evil = git(folder, "hash-object", "-w", "--", script).trim();
      git(folder, "update-ref", `refs/replace/${git(folder, "rev-parse", "HEAD:a.txt").trim()}`, evil);
      const tree = git(folder, "rev-parse", "HEAD^{tree}").trim();
      git(folder, "update-ref", `refs/replace/${tree}`, git(folder, "mktree", "--missing").trim());
    },
    grafts: () => {
      mkdirSync(join(folder, ".git", "info"), { recursive: true });
      writeFileSync(join(folder, ".git", "info", "grafts"), `${git(folder, "rev-parse", "HEAD").trim()} ${"1".repeat(40)}\n`);
    },
    "an environment": () => {
      process.env["GIT_EXTERNAL_DIFF"] = script;
      process.env["GIT_CONFIG_COUNT"] = "1";
      process.env["GIT_CONFIG_KEY_0"] = "apply.whitespace";
      process.env["GIT_CONFIG_VALUE_0"] = "fix";
    },
  };

  test.each(Object.keys(attacks))("%s: nothing runs, and the tree is the same", async (name) => {
    attacks[name]?.();
    try {
      const opened = await open(folder);
      expect(await resultOf(opened)).toBe(honest);
      expect((await lsTree(opened.own, opened.tree)).length).toBe(3);
      const blobs = openBlobs(opened.own, 1000);
      const [entry] = await lsTree(opened.own, opened.tree);
      expect(entry === undefined ? "" : (await blobs.blob(entry.oid)).toString()).toBe(FILES["a.txt"]);
      await expect(blobs.blob("2".repeat(40) as GitOid)).rejects.toMatchObject({ code: "repository_unusable" });
      await blobs.close();
      expect(existsSync(canary)).toBe(false);
    } finally {
      for (const key of ["GIT_EXTERNAL_DIFF", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"]) delete process.env[key];
    }
  });

  test("the canary is one: ordinary git runs such a filter", () => {
    attacks["filters"]?.();
    rmSync(join(folder, "a.txt"));
    try {
      git(folder, "checkout", "--", "a.txt");
    } catch {
      // The script speaks no filter protocol; that it was started is enough.
    }
    expect(existsSync(canary)).toBe(true);
  });
});

describe("repositories of every make", () => {
  const same = async (path: string): Promise<void> => {
    const opened = await open(path);
    const result = await resultOf(opened);
    const changes = await diffTree(opened.own, opened.tree, result as GitOid);
    expect(changes.map(({ status, path: name }) => `${status} ${name ?? ""}`)).toEqual(["M a.txt"]);
  };

  test("a work tree", () => same(repository()));

  test("a linked work tree serves its own branch", async () => {
    const [main, linked] = [repository(), join(rooms, "linked")];
    git(main, "worktree", "add", "-q", "-b", "side", linked);
    await same(linked);
    const at = await openRepository(found, linked);
    expect(await servedRef(found, at, "HEAD")).toBe("refs/heads/side");
    expect(at.commonDir).toBe((await openRepository(found, main)).gitDir);
  });

  test("a bare one", async () => {
    const bare = join(rooms, "bare.git");
    git(rooms, "clone", "-q", "--bare", repository(), bare);
    await same(bare);
  });

  test("packed objects and refs", async () => {
    const folder = repository();
    git(folder, "gc", "-q");
    git(folder, "pack-refs", "--all");
    expect(existsSync(join(folder, ".git", "refs", "heads", "main"))).toBe(false);
    await same(folder);
  });

  test("borrowed objects, also along a relative way", async () => {
    const [lender, borrower] = [repository(), join(rooms, "borrower")];
    git(rooms, "clone", "-q", "--shared", lender, borrower);
    await same(borrower);
    const second = join(rooms, "borrower-2");
    git(rooms, "clone", "-q", "--shared", borrower, second);
    writeFileSync(join(second, ".git", "objects", "info", "alternates"), "../../../borrower/.git/objects\n");
    await same(second);
  });

  test("a shallow clone", async () => {
    const folder = repository();
    git(folder, "commit", "-q", "--allow-empty", "-m", "second");
    const shallow = join(rooms, "shallow");
    git(rooms, "clone", "-q", "--depth=1", `file://${folder}`, shallow);
    await same(shallow);
  });

  test("SHA-256", async () => {
    const folder = scratch("sha256");
    folders.push(folder);
    git(folder, "init", "-q", "-b", "main", "--object-format=sha256");
    writeFileSync(join(folder, "a.txt"), FILES["a.txt"]);
    git(folder, "add", ".");
    git(folder, "commit", "-q", "-m", "first");
    const opened = await open(folder);
    expect(opened.tree).toHaveLength(64);
    await same(folder);
    const blobs = openBlobs(opened.own, 1000);
    expect((await blobs.blob((await lsTree(opened.own, opened.tree))[0]!.oid)).toString()).toBe(FILES["a.txt"]);
    await blobs.close();
  });

  test("a place with spaces, quotes and letters of its own", async () => {
    const odd = join(rooms, `odd "näme' #1`);
    renameSync(repository(), odd);
    await same(odd);
  });
});

describe("repositories that cannot be served", () => {
  const failing = (path: string): Promise<unknown> => openRepository(found, path).then((at) => servedRef(found, at, "HEAD"));

  test.each([
    ["a folder without git", () => join(rooms)],
    ["a place that is gone", () => join(rooms, "gone")],
    ["a folder inside a work tree", () => {
      const folder = repository();
      return join(folder, "docs");
    }],
    ["a pointer to nowhere", () => {
      const folder = join(rooms, "pointer");
      mkdirSync(folder);
      writeFileSync(join(folder, ".git"), "gitdir: ../nowhere\n");
      return folder;
    }],
    ["a detached HEAD", () => {
      const folder = repository();
      git(folder, "checkout", "-q", "--detach");
      return folder;
    }],
  ])("%s", async (_, make) => {
    await expect(failing(make())).rejects.toMatchObject({ code: expect.stringMatching(/repository_unusable|exec_failed/) as string });
  });

  test("a branch without a commit has none", async () => {
    const at = await openRepository(found, repository());
    expect(await resolveRef(found, at, "refs/heads/none")).toBeUndefined();
  });

  test("a pack that lies about a blob", async () => {
    const folder = repository();
    const opened = await open(folder);
    const [entry] = await lsTree(opened.own, opened.tree);
    const oid = entry?.oid ?? "";
    const evil = git(folder, "hash-object", "-w", "--", join(folder, "run.sh")).trim();
    const loose = (id: string): string => join(folder, ".git", "objects", id.slice(0, 2), id.slice(2));
    chmodSync(loose(oid), 0o644);
    writeFileSync(loose(oid), readFileSync(loose(evil)));
    const blobs = openBlobs(opened.own, 1000);
    await expect(blobs.blob(oid as GitOid)).rejects.toMatchObject({ code: expect.stringMatching(/repository_unusable|exec_failed/) as string });
    await blobs.close();
  });
});

describe("blobs", () => {
  test("are read side by side, in any number, and counted", async () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, `${n}\n`.repeat(n * 7)]));
    const opened = await open(repository(files));
    const blobs = openBlobs(opened.own, 1_000_000);
    const entries = await lsTree(opened.own, opened.tree);
    const read = await Promise.all(entries.map(async ({ path, oid }) => [path, (await blobs.blob(oid)).toString()]));
    expect(Object.fromEntries(read)).toEqual(files);
    expect(blobs.asked).toBe(300);
    await blobs.close();
  });

  test("larger than allowed end the reader", async () => {
    const opened = await open(repository({ big: "x".repeat(5000) }));
    const blobs = openBlobs(opened.own, 4999);
    const [entry] = await lsTree(opened.own, opened.tree);
    const ask = (): Promise<Buffer> => blobs.blob(entry?.oid ?? ("" as GitOid));
    await expect(ask()).rejects.toMatchObject({ code: "exec_overflow" });
    await expect(ask()).rejects.toMatchObject({ code: "exec_overflow" });
    await blobs.close();
  });

  test("that are trees are none", async () => {
    const opened = await open(repository());
    const blobs = openBlobs(opened.own, 1000);
    await expect(blobs.blob(opened.tree)).rejects.toMatchObject({ code: "repository_unusable" });
    await blobs.close();
  });
});

test("names and modes come through as they are", async () => {
  const folder = repository();
  symlinkSync("a.txt", join(folder, "link"));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), "x");
  writeFileSync(join(folder, "new\nline"), "x");
  git(folder, "add", "-A");
  git(folder, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},sub`);
  git(folder, "commit", "-q", "-m", "odd");
  const opened = await open(folder);
  const listed = (await lsTree(opened.own, opened.tree)).map(({ mode, path, raw, size }) => [mode, path ?? `raw ${raw}`, size]);
  expect(listed).toContainEqual(["120000", "link", 5]);
  expect(listed).toContainEqual(["160000", "sub", undefined]);
  expect(listed).toContainEqual(["100644", "new\nline", 1]);
  expect(listed).toContainEqual(["100644", "raw f\xff", 1]);
});

test("the served repository is left as it was", async () => {
  const folder = repository();
  const before = git(folder, "status", "--porcelain=v2", "--branch") + readdirSync(join(folder, ".git", "objects")).join();
  const opened = await open(folder);
  await resultOf(opened);
  await removePrivateGit(opened.own.gitDir);
  expect(git(folder, "status", "--porcelain=v2", "--branch") + readdirSync(join(folder, ".git", "objects")).join()).toBe(before);
  expect(existsSync(opened.own.gitDir)).toBe(false);
});
