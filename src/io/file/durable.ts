// Files that survive a crash: written aside, made durable, and only then given their name.
import { constants } from "node:fs";
import { chmod, link, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";

/** Owner writes, group reads: in production each reader of a folder is in its group. The umask may take more away. */
export const FOLDER_MODE = 0o750;
export const FILE_MODE = 0o640;

/** Everything that is not finished yet carries this prefix; readers take only names that are ids. */
const TEMP = ".tmp-";
/** A write takes milliseconds. What is this old has no living writer, whichever process or container it was in. */
const STALE_MS = 600_000;

let counter = 0;

/** Creates a folder and its missing parents. */
export async function makeFolder(path: string, mode = FOLDER_MODE): Promise<void> {
  await storage(path, () => mkdir(path, { recursive: true, mode }));
}

/**
 * Writes `bytes` under `path`, replacing what is there. After a crash either the old or the new content is there in
 * full: the content is durable before the name points at it, and the folder before this returns.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await storage(path, async () => {
    const temp = await writeTemp(dirname(path), bytes);
    await rename(temp, path).catch(async (cause: unknown) => {
      await unlink(temp).catch(() => undefined);
      throw cause;
    });
    await syncPath(dirname(path));
  });
}

/**
 * Writes `bytes` under `path` unless something is there: false, and what is there stands. link(2) decides between
 * any number of processes, and it cannot show a half-written file under the name.
 */
export async function createFile(path: string, bytes: Uint8Array): Promise<boolean> {
  return storage(path, async () => {
    const temp = await writeTemp(dirname(path), bytes);
    let created: boolean;
    try {
      created = await link(temp, path).then(() => true, onlyCode("EEXIST", false));
    } finally {
      await unlink(temp);
    }
    // Also for the loser: who hears "it is there" may act on it, so it must be there after a power loss too.
    await syncPath(dirname(path));
    return created;
  });
}

/**
 * A new file with a temporary name in `folder`; returns its path. Without `durable` the caller makes it so with
 * `syncPath` before it renames. The name is made of our process id and a counter, and O_EXCL settles any tie.
 */
export async function writeTemp(folder: string, bytes: Uint8Array, durable = true): Promise<string> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  for (;;) {
    counter += 1;
    const path = join(folder, `${TEMP}${process.pid}-${counter}`);
    const handle = await open(path, flags, FILE_MODE).catch(onlyCode("EEXIST", undefined));
    if (handle === undefined) continue;
    try {
      await handle.writeFile(bytes);
      if (durable) await handle.sync();
    } catch (cause) {
      await unlink(path).catch(() => undefined); // a full disk must not stay full of our attempts
      throw cause;
    } finally {
      await handle.close();
    }
    return path;
  }
}

/** fsync of a file or folder. (Through a FileHandle: under the permission model node disables fs.fsync itself.) */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a file another place on the same disk, and `mode`; one that is gone already is passed over. */
export async function moveFile(from: string, to: string, mode: number): Promise<void> {
  await storage(from, async () => {
    // Before it arrives: there, it must never have been anybody else's to read.
    await chmod(from, mode).catch(onlyCode("ENOENT", undefined));
    await rename(from, to).catch(onlyCode("ENOENT", undefined));
    await syncPath(dirname(to));
    await syncPath(dirname(from));
  });
}

/** Removes files of one folder, in this order; those that are gone already are passed over. */
export async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  await storage(folder, async () => {
    for (const name of names) await unlink(join(folder, name)).catch(onlyCode("ENOENT", undefined));
    await syncPath(folder);
  });
}

/**
 * Removes what crashed writers left in `folder`. Other writers may be alive there (two gateways of one user), so only
 * files older than ten minutes go, by the clock of the file system itself. Should a writer have slept that long, its
 * rename fails and it reports a storage failure: nothing half-written ever gets a name.
 */
export async function sweepTemps(folder: string): Promise<void> {
  await storage(folder, async () => {
    const probe = await writeTemp(folder, new Uint8Array(), false);
    const now = (await stat(probe)).mtimeMs;
    await unlink(probe);
    for (const name of await readdir(folder)) {
      if (!name.startsWith(TEMP)) continue;
      const path = join(folder, name);
      const found = await stat(path).catch(onlyCode("ENOENT", undefined));
      if (found !== undefined && now - found.mtimeMs > STALE_MS)
        await unlink(path).catch(onlyCode("ENOENT", undefined));
    }
  });
}

/** Runs `work`; what the operating system refuses becomes the failure `storage` with the path it was about. */
export async function storage<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new CountersignError("storage", `cannot write ${path}: ${what}`, {
      fix: "Check free space, permissions and the disk; then start again.",
      cause,
    });
  }
}

/** Error handler that answers `instead` for one error code and passes every other error on. */
function onlyCode<T>(code: string, instead: T): (cause: unknown) => T {
  return (cause) => {
    if (cause instanceof Error && "code" in cause && cause.code === code) return instead;
    throw cause;
  };
}
