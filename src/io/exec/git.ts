// Hermetic git: no user, system or environment configuration, no hooks, no helpers, no network, bounded in time and output.
import { lstatSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { type GitOid, gitOidSchema, type RefName, refNameSchema } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { findProgram, type Output, type Program, run } from "./exec.ts";
import { plainTip } from "./plain-tip.ts";

/** A git that was found and asked for its version once. `timeoutMs` bounds each single command. */
export interface Git {
  readonly file: string;
  readonly version: string;
  readonly timeoutMs: number;
}

export interface GitCall {
  /** Always given: without discovery no foreign repository is entered, and git's ownership rules do not apply. */
  readonly gitDir: string;
  readonly args: readonly string[];
  readonly input?: Uint8Array | undefined;
  /** Default 1 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** Added to the hermetic environment, for example GIT_AUTHOR_NAME. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: "/nonexistent",
  LC_ALL: "C",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_LAZY_FETCH: "1",
  // `-c protocol.allow=never` is only the default that `protocol.ext.allow=always` in a repository overrides; this is not.
  GIT_ALLOW_PROTOCOL: "none",
};

/** Beside the obvious ones: a commit-graph or multi-pack-index is a second, unverified opinion about objects. */
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.protectNTFS=true",
  "core.protectHFS=true",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.autocrlf=false",
  "core.attributesFile=/dev/null",
  "core.excludesFile=/dev/null",
  "core.commitGraph=false",
  "core.multiPackIndex=false",
  "core.useReplaceRefs=false",
  "core.pager=cat",
  "protocol.allow=never",
  "apply.whitespace=nowarn",
  "apply.ignoreWhitespace=no",
  "diff.renames=false",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);

const DEFAULT_OUTPUT = 1_048_576;
const OLDEST = [2, 31] as const;

/** Find git in `pathEnv` and read its version. Throws `repository_unusable` when there is none, or one before 2.31. */
export async function findGit(pathEnv: string, timeoutMs: number): Promise<Git> {
  const file = findProgram("git", pathEnv);
  const fix = `Install git ${OLDEST.join(".")} or newer on the PATH.`;
  if (file === undefined)
    throw new CountersignError("repository_unusable", "git was not found on the PATH", { fix });
  const { stdout } = await run({
    file,
    args: ["version"],
    cwd: "/",
    env: ENVIRONMENT,
    timeoutMs,
    maxOutputBytes: 4096,
  });
  const version = /^git version (\S{1,40})/.exec(stdout.toString("utf8"))?.[1];
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  if (version === undefined || !(major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))) {
    throw new CountersignError("repository_unusable", `${file} is git ${version ?? "of unknown version"}`, {
      fix,
    });
  }
  return { file, version, timeoutMs };
}

/** The hermetic command line, for `run` and `Conversation`. */
export function gitProgram(git: Git, call: GitCall): Program {
  return {
    file: git.file,
    args: [`--git-dir=${call.gitDir}`, "--no-pager", ...SETTINGS, ...call.args],
    cwd: call.gitDir,
    env: { ...ENVIRONMENT, ...call.env },
    timeoutMs: git.timeoutMs,
  };
}

/** Run one git command; any exit code is an answer. Throws as `run` does. */
export function runGit(git: Git, call: GitCall): Promise<Output> {
  return run({
    ...gitProgram(git, call),
    input: call.input,
    maxOutputBytes: call.maxOutputBytes ?? DEFAULT_OUTPUT,
    signal: call.signal,
  });
}

/** Run one git command that must succeed and return its standard output. Throws `exec_failed` on any other exit code. */
export async function gitBytes(git: Git, call: GitCall): Promise<Buffer> {
  const { code, stdout, stderr } = await runGit(git, call);
  if (code === 0) return stdout;
  throw new CountersignError(
    "exec_failed",
    `git ${call.args[0] ?? ""} ended with code ${code}: ${printable(stderr.trim())}`,
  );
}

/** The repository that is served: where its refs are looked up and where its objects lie. */
export interface Repository {
  /** Work tree, or the bare repository itself. */
  readonly path: string;
  /** Holds HEAD; of a linked work tree its own folder inside the common one. */
  readonly gitDir: string;
  readonly commonDir: string;
  readonly objects: string;
  readonly objectFormat: "sha1" | "sha256";
}

/**
 * Open the repository whose root is exactly `path` (work tree, linked work tree or bare). Parent folders are not searched:
 * when the repository is gone, the one around it must not take its place. Throws `repository_unusable`.
 */
export async function openRepository(git: Git, path: string): Promise<Repository> {
  const gitDir = findGitDir(path);
  const args = [
    "rev-parse",
    "--path-format=absolute",
    "--git-common-dir",
    "--git-path",
    "objects",
    "--show-object-format",
  ];
  const { code, stdout, stderr } = await runGit(git, { gitDir, args });
  const [commonDir, objects, objectFormat, ...more] = stdout.toString("utf8").replace(/\n$/, "").split("\n");
  if (code !== 0 || commonDir === undefined || objects === undefined || more.length > 0)
    throw unusable(path, stderr.trim());
  if (objectFormat !== "sha1" && objectFormat !== "sha256")
    throw unusable(path, `unknown object format ${objectFormat ?? ""}`);
  return { path, gitDir, commonDir, objects, objectFormat };
}

/** The branch to serve: `ref` itself, or for `HEAD` the one that is checked out now. Throws `repository_unusable` when HEAD is detached. */
export async function servedRef(git: Git, repository: Repository, ref: RefName | "HEAD"): Promise<RefName> {
  if (ref !== "HEAD") return ref;
  const { code, stdout } = await runGit(git, {
    gitDir: repository.gitDir,
    args: ["symbolic-ref", "--quiet", "HEAD"],
  });
  const parsed = refNameSchema.safeParse(stdout.toString("utf8").trim());
  if (code === 0 && parsed.success) return parsed.data;
  throw new CountersignError("repository_unusable", `HEAD of ${repository.path} is not on a branch`, {
    fix: "Check out a branch, or set repository.ref to refs/heads/….",
  });
}

/**
 * Branch and commit to serve, read together so that they belong together; the commit is undefined while the branch has
 * none. Throws as `servedRef` does.
 */
export async function servedTip(
  git: Git,
  repository: Repository,
  ref: RefName | "HEAD",
): Promise<{ readonly ref: RefName; readonly commit: GitOid | undefined }> {
  const plain = plainTip(repository, ref);
  if (plain !== undefined) return plain;
  if (ref === "HEAD") {
    const args = ["rev-parse", "HEAD", "--symbolic-full-name", "HEAD"];
    const { code, stdout } = await runGit(git, { gitDir: repository.gitDir, args });
    const [oid, name] = stdout.toString("utf8").split("\n");
    const [commit, branch] = [gitOidSchema.safeParse(oid), refNameSchema.safeParse(name)];
    if (code === 0 && commit.success && branch.success) return { ref: branch.data, commit: commit.data };
  }
  // A branch by name, or the slow way to say what is wrong with HEAD.
  const served = await servedRef(git, repository, ref);
  return { ref: served, commit: await resolveRef(git, repository, served) };
}

/**
 * Object id that the ref of exactly this whole name points to, or undefined when there is none. No object is opened.
 * Not `rev-parse`: where a branch is missing it takes a tag called `refs/tags/refs/heads/<branch>`, which anybody who
 * can push can make.
 */
export async function resolveRef(git: Git, repository: Repository, ref: string): Promise<GitOid | undefined> {
  // The answer holds what lies below the name, or fits it as a pattern, as well; the name itself sorts first.
  const args = ["for-each-ref", "--count=1", "--format=%(objectname) %(refname)", "--", ref];
  const answer = await gitBytes(git, { gitDir: repository.gitDir, args });
  const [oid = "", ...name] = answer.toString("utf8").replace(/\n$/, "").split(" ");
  const parsed = gitOidSchema.safeParse(oid);
  return parsed.success && name.join(" ") === ref ? parsed.data : undefined;
}

function findGitDir(path: string): string {
  const dotGit = join(path, ".git");
  const kind = lstatSync(dotGit, { throwIfNoEntry: false });
  if (kind === undefined) {
    if (lstatSync(join(path, "HEAD"), { throwIfNoEntry: false }) !== undefined) return path;
    throw unusable(path, "there is no .git in it");
  }
  if (!kind.isFile()) return dotGit;
  if (kind.size > 8192) throw unusable(path, ".git is not a pointer to a git folder");
  const target = /^gitdir: ([^\n\0]+)\n?$/.exec(readFileSync(dotGit, "utf8"))?.[1];
  if (target === undefined) throw unusable(path, ".git is not a pointer to a git folder");
  return resolve(path, target);
}

function unusable(path: string, why: string): CountersignError {
  return new CountersignError(
    "repository_unusable",
    `${path} cannot be used as a git repository: ${printable(why)}`,
    {
      fix: "Give the root of a git work tree, or a bare repository.",
    },
  );
}
