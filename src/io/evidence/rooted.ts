// One file below a root: no link, race or device leads out of it, and no more than the limit is ever read.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
} from "node:fs";
import { isAbsolute, join, sep } from "node:path";
import type { IsCode } from "../file/code.ts";

export type RootedFault =
  | "root"
  | "absolute_path"
  | "path"
  | "file_not_found"
  | "outside_root"
  | "not_regular"
  | "too_large"
  | "changed"
  | "unreadable";

export type RootedRead =
  | { readonly bytes: Uint8Array; readonly fault?: undefined; readonly why?: undefined }
  | { readonly fault: RootedFault; readonly why: string; readonly bytes?: undefined };

/** O_NOFOLLOW: a link put in place of the file. O_NONBLOCK: opening a fifo would wait for a writer for ever. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The regular file `path` below the folder `root` (absolute; a link itself, as mounts are). Links below the root are
 * followed where they end below it. At most `maxBytes` bytes, counted while they are read: what a file says of its size
 * is not believed. A file that is code is none, wherever the root was when the configuration was loaded: a root that is a
 * link is repointed, and work trees are added. Throws only as `isCode` does; the words of `why` name no folder of the
 * machine.
 */
export function readRooted(
  root: string,
  path: string,
  maxBytes: number,
  isCode: IsCode = () => false,
): RootedRead {
  const bad = pathFault(path);
  if (bad !== undefined) return bad;
  const real = attempt(() => realpathSync.native(root));
  if (!isAbsolute(root) || typeof real !== "string" || !isFolder(real))
    return { fault: "root", why: "the root is not a folder that can be read" };
  // Whoever writes reports replaces them by renaming; a file that went away meanwhile is looked for once more.
  const first = readOnce(real, path, maxBytes, isCode);
  return first.fault === "changed" ? readOnce(real, path, maxBytes, isCode) : first;
}

function pathFault(path: string): RootedRead | undefined {
  if (isAbsolute(path) || path.startsWith("/"))
    return { fault: "absolute_path", why: "the path is absolute" };
  const names = path.split("/");
  if (path === "" || /[\0\\]/.test(path) || names.includes("") || names.includes("."))
    return { fault: "path", why: "the path is not one of plain names with / between them" };
  return names.includes("..") ? { fault: "outside_root", why: "the path leads out of the root" } : undefined;
}

function readOnce(root: string, path: string, maxBytes: number, isCode: IsCode): RootedRead {
  const target = attempt(() => realpathSync.native(join(root, path)));
  if (typeof target !== "string") return explained(target.code);
  if (!isBelow(root, target)) return { fault: "outside_root", why: "a link leads out of the root" };
  if (isCode(target)) return { fault: "root", why: "it lies in the served repository" };
  const fd = attempt(() => openSync(target, FLAGS));
  if (typeof fd !== "number") return explained(fd.code);
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!isOpened(root, target, fd, stat))
      return { fault: "changed", why: "the file was replaced while it was opened" };
    if (!stat.isFile()) return { fault: "not_regular", why: "it is not a regular file" };
    return readAll(fd, maxBytes);
  } catch (error) {
    return explained(codeOf(error));
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether what is open is what was checked. Between the check and the opening, a folder of the path can have become a
 * link. Linux says what a descriptor stands for, whatever happened to the names since; elsewhere, and where that may not
 * be asked, the name has to lead to the very file that is open.
 */
function isOpened(root: string, target: string, fd: number, stat: Identity): boolean {
  const opened = attempt(() => readlinkSync(`/proc/self/fd/${fd}`));
  if (typeof opened === "string") return isBelow(root, opened) && opened === target;
  const again = attempt(() => realpathSync.native(target));
  const named = attempt(() => lstatSync(target, { bigint: true }));
  return again === target && "ino" in named && named.ino === stat.ino && named.dev === stat.dev;
}

interface Identity {
  readonly ino: bigint;
  readonly dev: bigint;
}

/** One byte more than is allowed is asked for: a file that grows, or says that it is empty, is as long as it reads. */
function readAll(fd: number, maxBytes: number): RootedRead {
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= maxBytes) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(65_536, maxBytes + 1 - size));
    const got = readSync(fd, chunk, 0, chunk.length, null);
    if (got === 0) return { bytes: Buffer.concat(chunks, size) };
    chunks.push(chunk.subarray(0, got));
    size += got;
  }
  return tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): RootedRead {
  return { fault: "too_large", why: `it is larger than ${maxBytes} bytes` };
}

function isBelow(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function isFolder(path: string): boolean {
  const stat = attempt(() => lstatSync(path));
  return "isDirectory" in stat && stat.isDirectory();
}

function explained(code: string): RootedRead {
  if (code === "ENOENT" || code === "ENOTDIR") return { fault: "file_not_found", why: "it is not there" };
  // A link in place of the name that realpath had just resolved, or one that leads to itself.
  if (code === "ELOOP" || code === "EMLINK") return { fault: "outside_root", why: "its links lead nowhere" };
  if (code === "ENXIO" || code === "EISDIR") return { fault: "not_regular", why: "it is not a regular file" };
  if (code === "ENAMETOOLONG") return { fault: "path", why: "the path is too long" };
  return { fault: "unreadable", why: `it cannot be read (${code})` };
}

interface Failed {
  readonly code: string;
}

function attempt<T>(act: () => T): T | Failed {
  try {
    return act();
  } catch (error) {
    return { code: codeOf(error) };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
