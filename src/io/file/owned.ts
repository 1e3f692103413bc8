// Reading a file that says who may do what: a regular one, which nobody but its owner can write, and whose owner is trusted.
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Text of the file at `path`, at most `maxBytes` bytes; links are followed, such files are mounted as links. Throws with
 * the reason. O_NONBLOCK: opening a fifo would wait for a writer for ever.
 */
export function readOwned(path: string, maxBytes: number): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new TypeError("is not a regular file");
    if (stat.size > maxBytes) throw new RangeError(`is larger than ${maxBytes} bytes`);
    const why = ownedFault(stat, process.getuid?.(), ownerOf(dirname(path)));
    if (why !== undefined) throw new TypeError(why);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

/**
 * Why a file of this mode and owner is not believed; undefined when it is. Trusted are `us`, root, and `folder`, the
 * owner of the folder that it lies in, who could put any file there; undefined for a folder that cannot be seen.
 */
export function ownedFault(
  { uid, mode }: { readonly uid: number; readonly mode: number },
  us: number | undefined,
  folder: number | undefined,
): string | undefined {
  if ((mode & 0o002) !== 0) return "is writable by others (chmod go-w)";
  if ((mode & 0o020) !== 0) return "is writable by its group (chmod go-w)";
  if (us === undefined || uid === us || uid === 0 || uid === folder) return undefined;
  return `belongs to another user (${uid}); it must be root's, ours, or of the owner of its folder`;
}

function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder).uid;
  } catch {
    return undefined; // a gateway behind its walls sees its files, not their folders
  }
}
