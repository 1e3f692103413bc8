// One file of the operator's that is read again when it has changed; asking for it costs a stat, not a read.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

export type Reread =
  /** The same object as long as the file has not changed. */
  { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly why: string };

/**
 * Links are followed: such files are mounted as links to the current version. Never throws; what cannot be read now is
 * a fault, and is tried again when somebody asks.
 */
export function rereading(path: string, maxBytes: number): () => Reread {
  let known: { readonly mark: string; readonly content: Reread } | undefined;
  return () => {
    const mark = markOf(path);
    if (mark === undefined) known = undefined;
    else if (known?.mark !== mark) {
      const content = read(path, maxBytes);
      known = content.ok ? { mark, content } : undefined;
      return content;
    }
    return known?.content ?? { ok: false, why: "is missing" };
  };
}

/** Changes with every way to change a file: replaced (inode), written (size, mtime), or written and dated back (ctime). */
function markOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(":");
  } catch {
    return undefined;
  }
}

function read(path: string, maxBytes: number): Reread {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: opening a fifo would wait for a writer for ever.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return { ok: false, why: "is not a regular file" };
    return readAll(fd, maxBytes);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    return { ok: false, why: code === "ENOENT" ? "is missing" : `cannot be read (${code})` };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readAll(fd: number, maxBytes: number): Reread {
  const size = fstatSync(fd).size;
  if (size > maxBytes) return { ok: false, why: `is larger than ${maxBytes} bytes` };
  const bytes = Buffer.allocUnsafeSlow(size + 1);
  let filled = 0;
  while (filled < bytes.length) {
    const got = readSync(fd, bytes, filled, bytes.length - filled, null);
    if (got === 0) break;
    filled += got;
  }
  return filled === size
    ? { ok: true, bytes: bytes.subarray(0, size) }
    : { ok: false, why: "changed while it was read" };
}
