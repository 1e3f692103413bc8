// Which places are the served repository's code: git's own folder and every work tree, as git's files say at this moment.
import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { readBounded } from "./read.ts";
import { isWithin, realPlace } from "./real-place.ts";
import type { RepositoryPlace } from "./state.ts";

/**
 * Whether a place (absolute) is code: it lies in the repository or in one of its work trees, or holds one. Asked anew each
 * time: links are repointed and work trees are added while we run. Throws where git's list cannot be read.
 */
export type IsCode = (place: string) => boolean;

export function codeOf(served: RepositoryPlace): IsCode {
  return (path) => {
    const place = realPlace(path);
    const known = repositoryFolders(served).map(realPlace);
    return (
      known.some((at) => isWithin(at, place) || isWithin(place, at)) ||
      isCheckedOut(place, realPlace(served.gitDir))
    );
  };
}

/** Those that the repository knows. What lands is checked out in any of them. */
function repositoryFolders({ path, gitDir }: RepositoryPlace): readonly string[] {
  const main = basename(gitDir) === ".git" ? [dirname(gitDir)] : [];
  return [path, gitDir, ...main, ...namedTrees(gitDir), ...linkedTrees(gitDir)];
}

/** A git folder that lies elsewhere (a submodule's) may name its work tree. Too many are no harm: they are kept out. */
function namedTrees(gitDir: string): readonly string[] {
  const text = ["config", "config.worktree"].map((name) => textOf(join(gitDir, name)) ?? "").join("\n");
  return Array.from(text.matchAll(NAMED), ([, tree = ""]) => resolve(gitDir, tree));
}

const NAMED = /(?:^|\])[ \t]*worktree[ \t]*=[ \t]*"?([^"\n]+?)"?[ \t]*$/gim;

function linkedTrees(gitDir: string): readonly string[] {
  const all = join(gitDir, "worktrees");
  return namesIn(all).flatMap((name) => {
    const dotGit = textOf(join(all, name, "gitdir"));
    return dotGit === undefined ? [] : [dirname(resolve(all, name, dotGit))];
  });
}

/**
 * Whether `place` lies in a tree that calls itself one of this repository's. A main tree with --separate-git-dir, and a
 * linked one that was moved by hand, are known to nobody but themselves.
 */
function isCheckedOut(place: string, common: string): boolean {
  for (let at = place; ; at = dirname(at)) {
    if (commonDirOf(join(at, ".git")) === common) return true;
    if (dirname(at) === at) return false;
  }
}

/** Where a `.git`, folder or pointer, keeps what all work trees share. */
function commonDirOf(dotGit: string): string {
  const pointer = /^gitdir: (.+)$/.exec(textOf(realPlace(dotGit)) ?? "")?.[1];
  const gitDir = pointer === undefined ? dotGit : resolve(dirname(dotGit), pointer);
  const shared = textOf(join(gitDir, "commondir"));
  return realPlace(shared === undefined ? gitDir : resolve(gitDir, shared));
}

const MAX_BYTES = 1_048_576;

/** The text of one of git's small files without its line feed; undefined for what is none. */
function textOf(path: string): string | undefined {
  const read = readBounded(path, MAX_BYTES);
  const text = read.kind === "found" ? Buffer.from(read.bytes).toString("utf8").replace(/\n$/, "") : "";
  return text === "" || text.includes("\0") ? undefined : text;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw new CountersignError("repository_unusable", `cannot list the work trees in ${folder}`, {
      fix: "Make it readable for this user; evidence must not come from a work tree.",
      cause,
    });
  }
}
