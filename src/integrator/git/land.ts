// The one writing hand: a commit on a branch of its own, and the ref that makes its verdict single-use, at once or not at all.
import { setTimeout } from "node:timers/promises";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { CountersignError } from "../../core/base/failure.ts";
import {
  type GitOid,
  gitOidSchema,
  landedRef,
  landingBranch,
  type PatchId,
  type RefName,
  refNameSchema,
} from "../../core/base/ids.ts";
import { accept, printable, type Refusal, refusal, type Result } from "../../core/base/refusal.ts";
import type { Allowed } from "../../core/gate/decision.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { type Git, gitBytes, type Repository, resolveRef, runGit } from "../../io/exec/git.ts";
import { headlessRepository, type PrivateGit } from "../../io/exec/private-git.ts";
import { transact, type Transacted } from "../../io/exec/ref-transaction.ts";
import type { LandingWriter } from "../../io/exchange/exchange.ts";
import type { LandingLock } from "../landing-lock.ts";
import type { Identity } from "./message.ts";
import { movedMeanwhile } from "./terms.ts";

/** File names in the tree of refs/countersign/landed/<id>: everything that `attest verify` needs in any clone. */
export const landedFiles = {
  verdict: "verdict.dsse.json",
  order: "order.json",
  key: "key.pub.pem",
  record: "landing.json",
  receipt: "receipt.tlog-proof",
} as const;

export interface Work {
  readonly id: PatchId;
  readonly base: GitOid;
  readonly tree: GitOid;
  /** The branch that is served, and where it was when everything was true. */
  readonly target: { readonly ref: RefName; readonly tip: GitOid };
  readonly message: string;
  readonly author: Identity;
  /** Milliseconds since 1970. */
  readonly authored: number;
  readonly committer: Identity;
  readonly committed: number;
  /** Bytes exactly as they were verified. */
  readonly verdict: Uint8Array;
  readonly order: Uint8Array;
  /** Proof that the sealed log holds the verdict; the gate does not open without one. */
  readonly receipt: Uint8Array | undefined;
  readonly key: string;
  readonly record: Omit<Landing, "result">;
}

export interface LandTools {
  readonly own: PrivateGit;
  readonly repository: Repository;
  /** Excludes every other landing, and the opening and closing of incidents. */
  readonly lockLandings: () => Promise<LandingLock>;
  readonly exchange: { readonly landings: Pick<LandingWriter, "put"> };
}

/**
 * Land it. Takes the gate's yes, so that it cannot be called without one. `refusedNow` asks the gate again, when all
 * is written and git holds the refs: packing can take minutes, and a withdrawal that is on disk by then counts. Returns the
 * record, or the refusal `already_landed`, `branch_exists`, `base_moved` or that of `refusedNow`. Neither work tree, index, HEAD nor a remote is touched, and no hook runs.
 *
 * Crash story: objects are copied first; until the refs exist they are garbage that git collects. The transaction makes
 * both refs or none. A crash behind it leaves the landing without its record in the exchange; the record is in the
 * landed ref, and the next command copies it from there (repair.ts).
 */
export async function land(
  _allowed: Allowed,
  tools: LandTools,
  work: Work,
  refusedNow: () => Promise<Refusal | undefined>,
): Promise<Result<Landing>> {
  const { own, repository } = tools;
  const commit = await writeCommit(own, work.tree, work.base, work.message, work);
  const branch = landingBranch(work.id);
  const landing: Landing = { ...work.record, result: { kind: "landed", branch, commit, tree: work.tree } };
  const proof = await writeProof(own, commit, landing, work);
  await copyObjects(own, repository, [proof], work.base);
  const refs = { [branch]: commit, [landedRef(work.id)]: proof };
  const refused = await writeRefs(tools, work, { refs, landing }, refusedNow);
  return refused === undefined ? accept(landing) : { ok: false, refusal: refused };
}

type Signers = Pick<Work, "author" | "authored" | "committer" | "committed">;

async function writeCommit(
  own: PrivateGit,
  tree: GitOid,
  parent: GitOid,
  message: string,
  who: Signers,
): Promise<GitOid> {
  const env = {
    GIT_AUTHOR_NAME: who.author.name,
    GIT_AUTHOR_EMAIL: who.author.email,
    GIT_AUTHOR_DATE: gitDate(who.authored),
    ...committerEnv(who),
  };
  return oid(
    await gitBytes(own.git, {
      gitDir: own.gitDir,
      args: ["commit-tree", tree, "-p", parent],
      input: utf8(message),
      env,
    }),
  );
}

function committerEnv({ committer, committed }: Signers): Record<string, string> {
  return {
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: gitDate(committed),
  };
}

/** The commit behind refs/countersign/landed/<id>. Its parent is the landed commit: who fetches the ref has both. */
async function writeProof(own: PrivateGit, commit: GitOid, landing: Landing, work: Work): Promise<GitOid> {
  const files: readonly (readonly [string, Uint8Array])[] = [
    [landedFiles.key, utf8(work.key)],
    [landedFiles.record, utf8(canonical(landing))],
    [landedFiles.order, work.order],
    ...(work.receipt === undefined ? [] : ([[landedFiles.receipt, work.receipt]] as const)),
    [landedFiles.verdict, work.verdict],
  ];
  let listing = "";
  for (const [name, input] of files) {
    const blob = oid(
      await gitBytes(own.git, {
        gitDir: own.gitDir,
        args: ["hash-object", "-w", "-t", "blob", "--stdin"],
        input,
      }),
    );
    listing += `100644 blob ${blob}\t${name}\n`;
  }
  const tree = oid(await gitBytes(own.git, { gitDir: own.gitDir, args: ["mktree"], input: utf8(listing) }));
  return writeCommit(own, tree, commit, `Verdict of patch ${work.id}\n`, {
    ...work,
    author: work.committer,
    authored: work.committed,
  });
}

const MAX_PACK = 268_435_456;

/**
 * Copy what is new into the repository's objects, durably. The repository's own configuration is not read for it: git
 * runs on the private folder and only its object folder is the repository's.
 */
async function copyObjects(
  own: PrivateGit,
  repository: Repository,
  tips: readonly GitOid[],
  base: GitOid,
): Promise<void> {
  const { git, gitDir } = own;
  const wanted = utf8(`${tips.join("\n")}\n^${base}\n`);
  const pack = await gitBytes(git, {
    gitDir,
    args: ["pack-objects", "--revs", "--stdout", "-q"],
    input: wanted,
    maxOutputBytes: MAX_PACK,
  });
  const env = { GIT_OBJECT_DIRECTORY: repository.objects };
  await gitBytes(git, { gitDir, args: [...durable(git), "unpack-objects", "-q"], input: pack, env });
}

/** git's default leaves loose objects to the kernel's leisure; a ref to an object that a power cut took is damage. */
function durable(git: Git): readonly string[] {
  const [major = 0, minor = 0] = git.version.split(".").map(Number);
  return ["-c", major > 2 || minor >= 36 ? "core.fsync=all" : "core.fsyncObjectFiles=true"];
}

/**
 * One transaction of create-only updates. Two people at once: git locks each ref, exactly one of them gets it. The branch
 * is locked and looked at in the same transaction: who rewrites it comes before, and nothing lands, or after. With the
 * locks held the gate is asked once more. Undefined when the refs are made. The lock of landings is held around both: an
 * incident is there before the gate is asked, and holds it, or comes when the refs are made.
 */
async function writeRefs(
  { own: { git, gitDir: ownDir }, repository, lockLandings, exchange }: LandTools,
  work: Work,
  { refs, landing }: { readonly refs: Readonly<Record<string, GitOid>>; readonly landing: Landing },
  refusedNow: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  const creates = Object.entries(refs).map(([name, to]) => `create ${name} ${to}\n`);
  const watch = (await chain(git, repository, work.target.ref))
    .map((name) => `option no-deref\nverify ${name} ${work.target.tip}\n`)
    .join("");
  // Without a HEAD, git cannot see that a repository is bare; in one that is, it keeps no logs of refs.
  const kind = repository.gitDir === repository.path ? ["--bare"] : [];
  const args = [...kind, ...durable(git), "update-ref", "--stdin", "-m", `countersign: land ${work.id}`];
  const gitDir = await headlessRepository(repository, `${ownDir}.refs`);
  const call = { gitDir, args, env: committerEnv(work) };
  const lock = await lockLandings();
  let done: Transacted;
  try {
    done = await transact(git, call, `${watch}${creates.join("")}`, refusedNow);
    // Before anybody can open an incident, or the log would tell of the landing behind it.
    if (done.kind === "committed") await exchange.landings.put(landing);
  } finally {
    lock.release();
  }
  if (done.kind === "committed") return undefined;
  return done.kind === "refused" ? done.refusal : whyNot(git, repository, work, done.why);
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
  { id, target }: Work,
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

function gitDate(millis: number): string {
  return `@${Math.floor(millis / 1000)} +0000`;
}

function oid(output: Buffer): GitOid {
  return gitOidSchema.parse(output.toString("latin1").trim());
}
