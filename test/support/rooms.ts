// Opening private git folders over scratch repositories, as validator and integrator do.
import { join } from "node:path";
import { utf8 } from "../../src/core/base/bytes.ts";
import type { GitOid } from "../../src/core/base/ids.ts";
import {
  findGit,
  type Git,
  openRepository,
  type Repository,
  resolveRef,
  servedRef,
} from "../../src/io/exec/git.ts";
import { applyToTree, commitTree, createPrivateGit, type PrivateGit } from "../../src/io/exec/private-git.ts";
import { removeScratch, scratch, scratchRepository } from "./scratch.ts";

export const FILES = { "a.txt": "one\ntwo  \nthree\n", "docs/é.md": "x\n", "run.sh": "#!/bin/sh\n" };
const PATCH =
  "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two  \n+TWO\t \n three\n";

export interface Opened {
  readonly at: Repository;
  readonly own: PrivateGit;
  readonly commit: GitOid;
  readonly tree: GitOid;
}

export interface Rooms {
  /** Where private folders, clones and links are made. */
  readonly dir: string;
  readonly git: Git;
  readonly repository: (files?: Readonly<Record<string, string>>) => string;
  readonly open: (path: string) => Promise<Opened>;
  readonly remove: () => void;
}

export async function openRooms(): Promise<Rooms> {
  const dir = scratch("rooms");
  const folders = [dir];
  const git = await findGit(process.env["PATH"] ?? "", 30_000);
  let count = 0;
  return {
    dir,
    git,
    repository: (files = FILES) => {
      const folder = scratchRepository("private-git", files);
      folders.push(folder);
      return folder;
    },
    open: async (path) => {
      const at = await openRepository(git, path);
      count += 1;
      const own = await createPrivateGit(git, at, join(dir, `git-${count}`));
      const commit = await resolveRef(git, at, await servedRef(git, at, "HEAD"));
      if (commit === undefined) throw new Error("no commit");
      return { at, own, commit, tree: await commitTree(own, commit) };
    },
    remove: () => folders.forEach(removeScratch),
  };
}

/** The tree after a patch with trailing white space, or the code of the refusal. */
export async function resultOf({ own, tree }: Opened, patch: string = PATCH): Promise<string> {
  const result = await applyToTree(own, tree, utf8(patch));
  return result.ok ? result.value : result.refusal.code;
}
