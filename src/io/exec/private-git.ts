// A git folder of our own over somebody's objects: no configuration, attribute, hook, graft or ref of theirs is ever read.
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type GitOid, gitOidSchema } from "../../core/base/ids.ts";
import { accept, printable, refuse, type Result } from "../../core/base/refusal.ts";
import { type Git, gitBytes, type Repository, runGit } from "./git.ts";

/** A private bare git folder. New objects and the index stay in it; the repository's objects are only read. */
export interface PrivateGit {
  readonly git: Git;
  readonly gitDir: string;
  readonly objectFormat: Repository["objectFormat"];
}

/** Output of commands that list a whole tree: about a million files. */
export const MAX_LISTING = 268_435_456;

/**
 * Make a private git folder at `dir`, which must not exist. It shares objects with `repository` by an alternate and nothing
 * else, so that filters, textconv, fsmonitor, replace refs and grafts have no place from which they could come.
 */
export async function createPrivateGit(git: Git, repository: Repository, dir: string): Promise<PrivateGit> {
  if (/[\n\0]/.test(repository.objects))
    throw new CountersignError("repository_unusable", "the repository's path holds a line feed");
  const format = repository.objectFormat;
  // fsync=none: nothing in here outlives one round, and whoever keeps an object writes it again.
  const config = `[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tfsync = none\n[extensions]\n\tobjectFormat = ${format}\n`;
  // Synchronous: seven rounds through the thread pool cost more than the calls do.
  mkdirSync(dir, { mode: 0o700 });
  mkdirSync(join(dir, "refs"), { mode: 0o700 });
  mkdirSync(join(dir, "objects", "info"), { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, "HEAD"), "ref: refs/heads/none\n");
  writeFileSync(join(dir, "config"), config);
  writeFileSync(join(dir, "objects", "info", "alternates"), `${repository.objects}\n`);
  return { git, gitDir: dir, objectFormat: format };
}

/**
 * A git folder at `dir`, which must not exist, whose refs and objects are the repository's and whose HEAD is its own: like
 * a linked work tree's, but nobody's. git notes what it does to a branch, even that it only verified it, in the log of
 * the HEAD that is on that branch; there is none here, so that the person's HEAD keeps its log.
 */
export async function headlessRepository(repository: Repository, dir: string): Promise<string> {
  await mkdir(dir, { mode: 0o700 });
  await writeFile(join(dir, "HEAD"), "ref: refs/heads/none\n");
  await writeFile(join(dir, "commondir"), `${repository.commonDir}\n`);
  return dir;
}

export async function removePrivateGit(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

/** Tree of a commit, given by its id. Throws `repository_unusable` when the commit or its tree is not there. */
export async function commitTree(own: PrivateGit, commit: GitOid): Promise<GitOid> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{tree}`];
  const { code, stdout } = await runGit(own.git, { gitDir: own.gitDir, args });
  const parsed = gitOidSchema.safeParse(stdout.toString("utf8").trim());
  if (code === 0 && parsed.success) return parsed.data;
  throw new CountersignError(
    "repository_unusable",
    `${commit} is not a commit whose tree is in the repository`,
    {
      fix: "Fetch the missing objects (a partial or damaged clone cannot be served).",
    },
  );
}

/**
 * True when `base` is in the history of `tip`. Equal trees do not say so: a commit that was purged from a branch lies in
 * the repository long afterwards, and a patch on top of it would bring the purged history back.
 * Where history ends early (a shallow clone, a commit that is gone) nothing can be shown, and the answer is false; every
 * other trouble throws `exec_failed`.
 */
export async function isAncestor(own: PrivateGit, base: GitOid, tip: GitOid): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", base, tip];
  const { code, stderr } = await runGit(own.git, { gitDir: own.gitDir, args });
  if (code === 0) return true;
  if (code === 1 || MISSING.test(stderr)) return false;
  throw new CountersignError(
    "exec_failed",
    `git merge-base ended with code ${code}: ${printable(stderr.trim())}`,
  );
}

/** What git says of commits that are not there; of damaged ones it says something else. */
const MISSING = /^(?:fatal: Not a valid commit name|error: could not (?:read|parse commit)) [0-9a-f]+$/im;

export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly oid: GitOid;
  /** Bytes; undefined for submodules. */
  readonly size: number | undefined;
  /** Undefined when the name is not UTF-8; `raw` then tells what it is. */
  readonly path: string | undefined;
  /** The path's bytes, one character each. */
  readonly raw: string;
}

/** Every file, symbolic link and submodule of a tree, in git's order (`ls-tree -r -z -l --full-tree`). */
export async function lsTree(own: PrivateGit, tree: GitOid): Promise<readonly TreeEntry[]> {
  const args = ["ls-tree", "-r", "-z", "-l", "--full-tree", tree];
  const listing = await gitBytes(own.git, { gitDir: own.gitDir, args, maxOutputBytes: MAX_LISTING });
  return records(listing).map((record) => {
    const tab = record.indexOf(9);
    const [mode, type, oid, size] = record.subarray(0, tab).toString("latin1").split(/ +/);
    const name = record.subarray(tab + 1);
    if (mode === undefined || type === undefined || oid === undefined || tab < 0) throw strange("ls-tree");
    return {
      mode,
      type,
      oid: oidOf(oid),
      size: size === "-" ? undefined : Number(size),
      path: fromUtf8(name),
      raw: name.toString("latin1"),
    };
  });
}

/** A tree with a file name that git refuses to hold (`git~1`): nothing can be applied to it, now or ever. */
export class UnbuildableTree extends CountersignError {
  constructor(tree: GitOid, said: string) {
    super("repository_unusable", `git refuses a file name in tree ${tree}: ${said}`, {
      fix: "Rename or remove that file on the branch.",
    });
  }
}

/**
 * Fill the private index with `tree`, and return its bytes: the index depends on nothing but the tree, and `fillIndex`
 * takes them for any other private folder. Throws `UnbuildableTree` when no index can hold it.
 */
export async function loadTree({ git, gitDir }: PrivateGit, tree: GitOid): Promise<Buffer> {
  const { code, stderr } = await runGit(git, { gitDir, args: ["read-tree", tree] });
  const said = printable(stderr.trim());
  if (code !== 0 && stderr.startsWith("error: invalid path ")) throw new UnbuildableTree(tree, said);
  if (code !== 0) throw new CountersignError("exec_failed", `git read-tree ended with code ${code}: ${said}`);
  return readFile(join(gitDir, "index"));
}

/** The index of a private folder that has none yet, as `loadTree` filled another one. */
export function fillIndex({ gitDir }: PrivateGit, index: Uint8Array): void {
  writeFileSync(join(gitDir, "index"), index, { flag: "wx", mode: 0o600 });
}

/**
 * Apply `patch` to the tree in the private index and return the tree that results, or the refusal `apply_failed`.
 * Throws `exec_failed` when git could not do its work.
 * git searches for context at other lines, too: the caller must compare the result's blobs with an exact application.
 */
export async function applyToLoaded({ git, gitDir }: PrivateGit, patch: Uint8Array): Promise<Result<GitOid>> {
  const args = ["apply", "--cached", "--whitespace=nowarn", "-p1", "-"];
  const { code, stderr } = await runGit(git, { gitDir, args, input: patch });
  const said = printable(stderr.split("\n")[0] ?? "");
  if (code !== 0 && isAnswer(code, stderr)) return refuse("apply_failed", said);
  if (code !== 0) throw new CountersignError("exec_failed", `git apply ended with code ${code}: ${said}`);
  const tree = await gitBytes(git, { gitDir, args: ["write-tree"] });
  return accept(oidOf(tree.toString("latin1").trim()));
}

/**
 * Whether git judged the patch. A full disk, a missing object or a held index are not the patch's fault: as a refusal
 * they would be signed, and stand for ever. git ends with 1 for patches that do not fit and with 128 for patches that it
 * cannot read, but also with 1 for a file of the base that it cannot read and with 128 for everything else.
 */
function isAnswer(code: number, stderr: string): boolean {
  if (code === 1) return !/^error: failed to read /m.test(stderr);
  return code === 128 && /^error: (?:corrupt patch|invalid path|No valid patches)/.test(stderr);
}

/** `loadTree` and `applyToLoaded` in one. */
export async function applyToTree(own: PrivateGit, base: GitOid, patch: Uint8Array): Promise<Result<GitOid>> {
  await loadTree(own, base);
  return applyToLoaded(own, patch);
}

/** What `-z` ends each of. A list that stops in the middle of one is not the whole list. */
export function records(listing: Buffer): readonly Buffer[] {
  if (listing.length > 0 && listing.at(-1) !== 0) throw strange("git");
  const found: Buffer[] = [];
  let from = 0;
  for (let end = listing.indexOf(0); end >= 0; end = listing.indexOf(0, from)) {
    found.push(listing.subarray(from, end));
    from = end + 1;
  }
  return found;
}

export function oidOf(text: string): GitOid {
  const parsed = gitOidSchema.safeParse(text);
  if (!parsed.success) throw strange("git");
  return parsed.data;
}

export function strange(command: string): CountersignError {
  return new CountersignError("exec_failed", `${command} answered in a form that is not known`);
}
