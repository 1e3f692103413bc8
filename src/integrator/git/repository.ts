// Which repository the person means, and who the person is to git.
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import type { RepositoryPlace } from "../../io/file/state.ts";
import { run } from "../../io/exec/exec.ts";
import { type Git, openRepository } from "../../io/exec/git.ts";
import { type Identity, identityText, nobody } from "./message.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The repository around `dir` (a person may stand in a subfolder), or `dir` itself when it is bare. Throws
 * `repository_unusable` with the fix.
 */
export async function findRepository(git: Git, dir: string): Promise<RepositoryPlace> {
  const found = await repositoryAround(git, dir);
  if (found !== undefined) return found;
  throw new CountersignError("repository_unusable", `${resolve(dir)} is not in a git repository`, {
    fix: "Name one with --repo DIR, or make one: git init && git add . && git commit -m first.",
  });
}

/** The same where it need not be in one. Throws `repository_unusable` when it is in one that git cannot open. */
export async function repositoryAround(git: Git, dir: string): Promise<RepositoryPlace | undefined> {
  for (let folder = resolve(dir); ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git")) || isBare(folder)) {
      const { path, commonDir } = await openRepository(git, realpathSync(folder));
      return { path, gitDir: realpathSync(commonDir) };
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function isBare(folder: string): boolean {
  return (
    existsSync(join(folder, "HEAD")) && isFolder(join(folder, "objects")) && isFolder(join(folder, "refs"))
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Name and address for the commit: from the environment, else as the person's own git would answer. This is the only
 * git command that reads the person's configuration; `git config --get` runs no program of it.
 */
export async function personIdentity(
  git: Git,
  repository: RepositoryPlace,
  env: Environment,
): Promise<Identity> {
  const name =
    identityText(env["GIT_COMMITTER_NAME"]) ??
    identityText(await personSetting(git, repository, env, "user.name"));
  const email =
    identityText(env["GIT_COMMITTER_EMAIL"]) ??
    identityText(await personSetting(git, repository, env, "user.email"));
  return { name: name ?? nobody.name, email: email ?? nobody.email };
}

const PERSONAL = [
  "HOME",
  "XDG_CONFIG_HOME",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_SYSTEM",
] as const;

async function personSetting(
  git: Git,
  { gitDir }: RepositoryPlace,
  env: Environment,
  key: string,
): Promise<string | undefined> {
  const own = Object.fromEntries(
    PERSONAL.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const args = [`--git-dir=${gitDir}`, "config", "--get", key];
  try {
    const { code, stdout } = await run({
      file: git.file,
      args,
      cwd: gitDir,
      env: { ...own, LC_ALL: "C" },
      timeoutMs: git.timeoutMs,
      maxOutputBytes: 4096,
    });
    return code === 0 ? stdout.toString("utf8").trim() : undefined;
  } catch {
    // A strange configuration of the person's must not stop the landing; the neutral identity serves.
    return undefined;
  }
}
