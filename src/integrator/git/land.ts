// The one writing hand: a commit on a branch of its own, and the ref that makes its verdict single-use.
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { type GitOid, gitOidSchema, landingBranch, type PatchId, type RefName } from "../../core/base/ids.ts";
import { accept, type Refusal, type Result } from "../../core/base/refusal.ts";
import type { Allowed } from "../../core/gate/decision.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { type Git, gitBytes, type Repository } from "../../io/exec/git.ts";
import { headlessRepository, type PrivateGit } from "../../io/exec/private-git.ts";
import type { LandingWriter } from "../../io/exchange/exchange.ts";
import type { LandingLock } from "../landing-lock.ts";
import { type LandingRefs, makeRefs } from "./landing-refs.ts";
import type { Identity } from "./message.ts";

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
  readonly tell: (said: string) => void;
  readonly exchange: { readonly landings: Pick<LandingWriter, "put"> };
}

/**
 * Land it. Takes the gate's yes, so that it cannot be called without one. `refusedNow` asks the gate again, when all
 * is written and git holds the refs: packing can take minutes, and a withdrawal that is on disk by then counts. Returns the
 * record, or the refusal `already_landed`, `branch_exists`, `base_moved` or that of `refusedNow`. Neither work tree, index, HEAD nor a remote is touched, and no hook runs.
 *
 * Crash story: objects are copied first; until the refs exist they are garbage that git collects. The landed ref is made
 * before the branch, and decides: with it the patch has landed, whatever broke behind it (landing-refs.ts). What is missing
 * then is the record in the exchange, which the next command copies out of that ref (repair.ts), or the branch, too.
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
  const refused = await writeRefs(
    tools,
    work,
    { id: work.id, target: work.target, commit, proof, landing },
    refusedNow,
  );
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

/** With the lock of landings held around all of it: an incident is there before the gate is asked, and holds it, or comes when the refs are made. */
async function writeRefs(
  { own: { git, gitDir: ownDir }, repository, lockLandings, exchange, tell }: LandTools,
  work: Work,
  refs: LandingRefs & { readonly landing: Landing },
  refusedNow: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  // Without a HEAD, git cannot see that a repository is bare; in one that is, it keeps no logs of refs.
  const kind = repository.gitDir === repository.path ? ["--bare"] : [];
  const args = [...kind, ...durable(git), "update-ref", "--stdin", "-m", `countersign: land ${work.id}`];
  const gitDir = await headlessRepository(repository, `${ownDir}.refs`);
  const call = { gitDir, args, env: committerEnv(work) };
  // Before anybody can open an incident, or the log would tell of the landing behind it.
  const record = (): Promise<void> => exchange.landings.put(refs.landing);
  return makeRefs({ git, repository, call, lockLandings, record, tell }, refs, refusedNow);
}

function gitDate(millis: number): string {
  return `@${Math.floor(millis / 1000)} +0000`;
}

function oid(output: Buffer): GitOid {
  return gitOidSchema.parse(output.toString("latin1").trim());
}
