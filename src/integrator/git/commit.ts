// A commit by its own bytes; no replacement, graft or mailmap has a say.
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type GitOid, gitOidSchema } from "../../core/base/ids.ts";
import { type Git, type Repository, runGit } from "../../io/exec/git.ts";

export interface Commit {
  readonly tree: GitOid;
  readonly parents: readonly GitOid[];
  readonly message: string;
}

const MAX_COMMIT = 1_048_576;

/** The commit `oid`, or undefined when it is none, is not there or is not UTF-8. */
export async function readCommit(git: Git, repository: Repository, oid: GitOid): Promise<Commit | undefined> {
  const { code, stdout } = await runGit(git, {
    gitDir: repository.gitDir,
    args: ["cat-file", "commit", oid],
    maxOutputBytes: MAX_COMMIT,
  });
  const text = code === 0 ? fromUtf8(stdout) : undefined;
  const split = text?.indexOf("\n\n") ?? -1;
  if (text === undefined || split < 0) return undefined;
  const heads = text.slice(0, split).split("\n");
  const named = (name: string): GitOid[] =>
    heads
      .filter((line) => line.startsWith(`${name} `))
      .flatMap((line) => gitOidSchema.safeParse(line.slice(name.length + 1)).data ?? []);
  const [tree] = named("tree");
  return tree === undefined ? undefined : { tree, parents: named("parent"), message: text.slice(split + 2) };
}
