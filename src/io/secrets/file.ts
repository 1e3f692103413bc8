// A secret's file: small, regular, and nobody's business but its owner's; anything else is refused before it is believed.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";

/** Largest secret file, in bytes. */
export const MAX_SECRET_BYTES = 4096;

/** O_NONBLOCK: opening a fifo would wait for a writer for ever. Links are followed: containers mount secrets as links. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Text of the file at `path` without the line break at its end. `uid`: who we are. The file, and the link that leads to
 * it, must belong to us or to root, and the file must be closed to group and others: otherwise somebody else knows the
 * secret, or chose it. Throws `config_invalid` with the path and the reason, never with content.
 */
export function readSecretFile(path: string, uid: number | undefined): string {
  let fd: number | undefined;
  try {
    const link = lstatSync(path);
    if (link.isSymbolicLink() && !isOurs(link, uid))
      throw unusable(path, "is a link that belongs to somebody else");
    fd = openSync(path, FLAGS);
    const why = statFault(fstatSync(fd), uid);
    if (why !== undefined) throw unusable(path, why);
    return textOf(fd, path);
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw unusable(path, code === "ENOENT" ? "does not exist" : `cannot be read (${code})`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function statFault(stat: Stats, uid: number | undefined): string | undefined {
  if (!stat.isFile()) return "is not a regular file";
  if (stat.size > MAX_SECRET_BYTES) return `is larger than ${MAX_SECRET_BYTES} bytes`;
  if ((stat.mode & 0o077) !== 0) return "can be reached by group or others (chmod 600)";
  return isOurs(stat, uid) ? undefined : "belongs to somebody else";
}

function isOurs({ uid: owner }: Stats, uid: number | undefined): boolean {
  return owner === 0 || uid === undefined || owner === uid;
}

/** One byte more than allowed is asked for: a file may grow after it was looked at. */
function textOf(fd: number, path: string): string {
  const bytes = Buffer.alloc(MAX_SECRET_BYTES + 1);
  let filled = 0;
  while (filled < bytes.length) {
    const got = readSync(fd, bytes, filled, bytes.length - filled, null);
    if (got === 0) break;
    filled += got;
  }
  if (filled > MAX_SECRET_BYTES) throw unusable(path, `is larger than ${MAX_SECRET_BYTES} bytes`);
  const text = fromUtf8(bytes.subarray(0, filled));
  if (text === undefined) throw unusable(path, "is not UTF-8 text");
  return text.replace(/\r?\n$/, "");
}

function unusable(path: string, why: string): CountersignError {
  return new CountersignError("config_invalid", `the secret's file ${path} ${why}`);
}
