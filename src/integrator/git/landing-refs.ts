// The two refs of a landing: made in one transaction, and looked at when git did not say how that ended.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CountersignError } from "../../core/base/failure.ts";
import {
  type GitOid,
  landedRef,
  landingBranch,
  type PatchId,
  type RefName,
  refNameSchema,
} from "../../core/base/ids.ts";
import { printable, type Refusal, refusal } from "../../core/base/refusal.ts";
import { type Git, type GitCall, type Repository, resolveRef, runGit } from "../../io/exec/git.ts";
import { transact, type Transacted } from "../../io/exec/ref-transaction.ts";
import type { LandingLock } from "../landing-lock.ts";
import { movedMeanwhile } from "./terms.ts";

export interface LandingRefs {
  readonly id: PatchId;
  /** The branch that is served, and where it has to be still. */
  readonly target: { readonly ref: RefName; readonly tip: GitOid };
  readonly commit: GitOid;
  /** Behind refs/countersign/landed/<id>; no other attempt's is the same. */
  readonly proof: GitOid;
}

export interface RefTools {
  readonly git: Git;
  readonly repository: Repository;
  /** How git is called to change refs. */
  readonly call: Omit<GitCall, "input" | "signal" | "maxOutputBytes">;
  readonly lockLandings: () => Promise<LandingLock>;
  /** Called when the patch has landed, before anybody else gets the lock. */
  readonly record: () => Promise<void>;
  /** What a person has to look after, when the patch has landed all the same. */
  readonly tell: (said: string) => void;
}

/**
 * One transaction of create-only updates. Two people at once: git locks each ref, exactly one of them gets it. The branch
 * is locked and looked at in the same transaction: who rewrites it comes before, and nothing lands, or after. With the
 * locks held the gate is asked once more. Undefined when the patch has landed.
 *
 * Crash story: git renames the refs one by one. The landed ref is the first: killed behind it, git leaves a patch that has
 * landed, whose verdict is used, and whose branch is missing; never a branch that no ref proves. So the landed ref is asked
 * whenever git was told to commit and did not say that it did.
 */
export async function makeRefs(
  { git, repository, call, lockLandings, record, tell }: RefTools,
  refs: LandingRefs,
  refusedNow: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  const { id, target, commit, proof } = refs;
  const watched = await chain(git, repository, target.ref);
  const watch = watched.map((name) => `option no-deref\nverify ${name} ${target.tip}\n`).join("");
  const creates = `create ${landedRef(id)} ${proof}\ncreate ${landingBranch(id)} ${commit}\n`;
  const lock = await lockLandings();
  let done: Transacted;
  try {
    done = await transact(git, call, `${watch}${creates}`, refusedNow, lock.committing);
    if (done.kind === "refused") return done.refusal;
    if (done.kind === "committed" || (await resolveRef(git, repository, landedRef(id))) === proof) {
      await record();
      if (done.kind === "failed") tellLocks(repository, [...watched, landedRef(id), landingBranch(id)], tell);
      return await wholeOrThrow({ git, repository, call }, refs, done);
    }
  } finally {
    lock.release();
  }
  if (done.failure.code === "exec_timeout") throw done.failure;
  return whyNot(git, repository, refs, done.failure.message);
}

/** A git that was killed leaves what it locked, and nobody can change the branch until somebody looked. */
function tellLocks({ commonDir }: Repository, names: readonly string[], tell: RefTools["tell"]): void {
  const left = names.map((name) => join(commonDir, `${name}.lock`)).filter((file) => existsSync(file));
  if (left.length === 0) return;
  tell(`git ended before it let go of ${left.join(", ")}. Delete what no running git owns.`);
}

/** The branch is made where git did not come to it. The lock file of a git that was killed is in the way, and stays: it could be anybody's. */
async function wholeOrThrow(
  { git, repository, call }: Pick<RefTools, "git" | "repository" | "call">,
  { id, commit }: LandingRefs,
  { kind }: Transacted,
): Promise<undefined> {
  const branch = landingBranch(id);
  if (kind === "committed" || (await resolveRef(git, repository, branch)) === commit) return;
  const { code } = await runGit(git, { ...call, input: Buffer.from(`create ${branch} ${commit}\n`) });
  if (code === 0) return;
  throw new CountersignError(
    "repository_unusable",
    `the patch has landed, but git ended before it made its branch`,
    {
      fix: `Delete the .lock files under refs/ that no running git owns; then: ${makeBranch(id)}`,
    },
  );
}

/** What a person types when a patch has landed and its branch is not there. */
export function makeBranch(id: PatchId): string {
  return `git branch ${landingBranch(id).replace("refs/heads/", "")} ${landedRef(id)}^`;
}

/** The branch, and where it is a symbolic one, the branch behind it: each is locked and looked at by its own name. */
async function chain(git: Git, repository: Repository, ref: RefName): Promise<readonly RefName[]> {
  const args = ["symbolic-ref", "--quiet", ref];
  const { code, stdout } = await runGit(git, { gitDir: repository.gitDir, args });
  return code === 0 ? [ref, refNameSchema.parse(stdout.toString("utf8").trim())] : [ref];
}

const LOOKS = 20;
const PAUSE_MS = 100;

/** The loser of a race sees locks before it sees the winner's refs, so it looks for a while. */
async function whyNot(
  git: Git,
  repository: Repository,
  { id, target }: LandingRefs,
  stderr: string,
): Promise<Refusal> {
  for (let look = 0; look < LOOKS; look++) {
    if ((await resolveRef(git, repository, landedRef(id))) !== undefined)
      return refusal("already_landed", "somebody landed it just now", id);
    if (await branchInTheWay(git, repository, id))
      return refusal("branch_exists", "the branch exists already", landingBranch(id));
    if ((await resolveRef(git, repository, target.ref)) !== target.tip) return movedMeanwhile(target.ref);
    await setTimeout(PAUSE_MS);
  }
  throw new CountersignError(
    "repository_unusable",
    `git could not create the refs: ${printable(stderr.trim())}`,
    {
      fix: "Nothing was landed. Make refs/ writable for you; a .lock file that no running git owns may be deleted.",
    },
  );
}

/** The branch itself, or one whose name git cannot have beside it (`countersign` is then a file, not a folder). */
async function branchInTheWay(git: Git, repository: Repository, id: PatchId): Promise<boolean> {
  for (const name of [landingBranch(id), "refs/heads/countersign"]) {
    if ((await resolveRef(git, repository, name)) !== undefined) return true;
  }
  return false;
}
