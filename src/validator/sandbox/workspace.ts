// The patched tree as plain files in a throw-away folder: what scanners and commands see at /tree, and cannot change.
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/refusal.ts";
import { type BlobReader, openBlobs } from "../../io/exec/blob-reader.ts";
import { lsTree, type TreeEntry } from "../../io/exec/private-git.ts";
import type { Matter } from "../checks/matter.ts";

export interface Workspace {
  readonly dir: string;
  /** Files that the patch leaves changed or new, in git's order. */
  readonly changed: readonly string[];
  /** Symbolic links that were left out because they point, or may point, to outside. */
  readonly leftOut: readonly string[];
  /** The folder lies in the round's private git folder and goes with it, also after a crash; nothing else is held. */
  close(): Promise<void>;
}

/** Most files, and most bytes, of a tree that is written out; a larger one is no approval. */
const MAX_FILES = 200_000;
const MAX_BYTES = 2_147_483_648;
/** Blobs that are in memory at a time. */
const AT_A_TIME = 32;

const opened = new WeakMap<Matter, Promise<Workspace>>();

/**
 * The tree that the verdict is about, written once for each matter. git's own checkout is not used: attributes, filters
 * and line ends of the repository would have a say in what is looked at. Throws when there is no such tree, or it is
 * too large.
 */
export function openWorkspace(matter: Matter): Promise<Workspace> {
  const known = opened.get(matter) ?? written(matter);
  opened.set(matter, known);
  return known;
}

async function written(matter: Matter): Promise<Workspace> {
  const [tree, changes] = [there(await matter.result()), there(await matter.changes())];
  const dir = join(matter.own.gitDir, "work");
  const leftOut = await writeTree(matter, tree, dir);
  const changed = changes.filter(({ status }) => status !== "D").map(({ path, raw }) => path ?? raw);
  return { dir, changed, leftOut, close: () => Promise.resolve() };
}

async function writeTree(matter: Matter, tree: GitOid, dir: string): Promise<readonly string[]> {
  const entries = await lsTree(matter.own, tree);
  const bytes = entries.reduce((sum, { size }) => sum + (size ?? 0), 0);
  if (entries.length > MAX_FILES || bytes > MAX_BYTES)
    throw new CountersignError(
      "exec_overflow",
      `the tree has ${entries.length} files and ${bytes} bytes; ${MAX_FILES} and ${MAX_BYTES} can be written out`,
    );
  await openFolder(dir);
  await makeFolders(entries, dir);
  const largest = entries.reduce((most, { size }) => Math.max(most, size ?? 0), 0);
  const blobs = openBlobs(matter.own, largest);
  try {
    for (let at = 0; at < entries.length; at += AT_A_TIME)
      await Promise.all(
        entries.slice(at, at + AT_A_TIME).map((entry) => writeFileOf(entry, placeOf(dir, entry.raw), blobs)),
      );
    // Links come last: as long as files are written, there is none through which one could be written elsewhere.
    return await writeLinks(entries, dir, blobs);
  } finally {
    await blobs.close();
  }
}

/** The path's bytes as they are: not every name of a tree is UTF-8. */
function placeOf(dir: string, raw: string): Buffer {
  if (raw.split("/").some((name) => ["", ".", "..", ".git"].includes(name)) || raw.includes("\0"))
    throw new CountersignError("repository_unusable", "the tree holds a name that no folder can hold");
  return Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(raw, "latin1")]);
}

async function makeFolders(entries: readonly TreeEntry[], dir: string): Promise<void> {
  const folders = new Set<string>();
  for (const { raw, mode } of entries) {
    const parts = raw.split("/");
    const depth = mode === "160000" ? parts.length : parts.length - 1;
    for (let end = 1; end <= depth; end += 1) folders.add(parts.slice(0, end).join("/"));
  }
  // Each after the one that it lies in.
  for (const folder of [...folders].toSorted()) await openFolder(placeOf(dir, folder));
}

/**
 * In a container, and below a validator that is root, it is read by nobody, whatever our umask says; around all of it is
 * the round's private git folder, which only we may enter.
 */
async function openFolder(place: Buffer | string): Promise<void> {
  await mkdir(place);
  await chmod(place, 0o755);
}

async function writeFileOf({ mode, oid }: TreeEntry, place: Buffer, blobs: BlobReader): Promise<void> {
  if (!mode.startsWith("100")) return;
  // wx: two entries of one name are no tree.
  await writeFile(place, await blobs.blob(oid), { flag: "wx" });
  await chmod(place, mode === "100755" ? 0o755 : 0o644);
}

async function writeLinks(
  entries: readonly TreeEntry[],
  dir: string,
  blobs: BlobReader,
): Promise<readonly string[]> {
  const leftOut: string[] = [];
  for (const { mode, oid, raw, path } of entries) {
    if (mode !== "120000") continue;
    const target = await blobs.blob(oid);
    if (staysInside(raw, target.toString("latin1"))) await symlink(target, placeOf(dir, raw));
    else leftOut.push(path ?? raw);
  }
  return leftOut;
}

/**
 * Steps up come first and do not pass the root. One behind a name could start from wherever another link of that name
 * leads, and so leave the folder although the words do not.
 */
function staysInside(raw: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  const steps = target.split("/");
  const up = steps.findIndex((step) => step !== "..");
  const ups = up < 0 ? steps.length : up;
  return ups <= raw.split("/").length - 1 && !steps.slice(ups).includes("..");
}

function there<T>(fact: Result<T>): T {
  if (fact.ok) return fact.value;
  throw new CountersignError("exec_failed", fact.refusal.message);
}
