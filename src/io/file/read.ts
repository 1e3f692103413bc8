// Bounded reading of one regular file: what a hostile writer can put at a path is refused before it is read.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { CountersignError } from "../../core/base/failure.ts";

export type BoundedRead =
  | { readonly kind: "found"; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "damaged"; readonly why: string };

/** O_NOFOLLOW: a link would lead out of the folder. O_NONBLOCK: opening a fifo would wait for a writer for ever. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const missing = new Set(["ENOENT", "ENOTDIR"]);
/** Faults of the thing itself. Anything else (no descriptors left, no permission for the folder's reader) is ours. */
const faulty: Readonly<Record<string, string>> = {
  ELOOP: "is a symbolic link",
  EMLINK: "is a symbolic link",
  ENXIO: "is not a regular file",
  EACCES: "cannot be opened (EACCES)",
  EPERM: "cannot be opened (EPERM)",
  EIO: "cannot be read (EIO)",
  // A lease that another process holds on the file.
  EAGAIN: "cannot be opened (EAGAIN)",
};

/**
 * The whole content of the regular file at `path`, at most `maxBytes` bytes. A link, a device, a larger or an
 * unreadable file is `damaged`, with the reason. Throws `storage` when the process itself is in trouble.
 *
 * Synchronous: a thread-pool round for each of open, fstat, read and close costs more than reading small files does.
 */
export function readBounded(path: string, maxBytes: number): BoundedRead {
  let fd: number | undefined;
  try {
    fd = openSync(path, FLAGS);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return damaged("is not a regular file");
    if (stat.size > maxBytes) return damaged(`is larger than ${maxBytes} bytes`);
    return readExactly(fd, stat.size);
  } catch (cause) {
    return explain(path, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** One byte more than announced is asked for: a file that grows while it is read is being rewritten in place. */
function readExactly(fd: number, size: number): BoundedRead {
  const bytes = Buffer.allocUnsafeSlow(size + 1);
  let filled = 0;
  while (filled < bytes.length) {
    const got = readSync(fd, bytes, filled, bytes.length - filled, null);
    if (got === 0) break;
    filled += got;
  }
  if (filled !== size) return damaged("changed while it was read");
  return { kind: "found", bytes: bytes.subarray(0, size) };
}

function explain(path: string, cause: unknown): BoundedRead {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (missing.has(code)) return { kind: "absent" };
  const why = faulty[code];
  if (why !== undefined) return damaged(why);
  throw new CountersignError("storage", `cannot read ${path} (${code})`, { cause });
}

function damaged(why: string): BoundedRead {
  return { kind: "damaged", why };
}
