// Lines of an exported log, read as a stream: memory does not grow with the file, and no byte of it is believed.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { WalkRow } from "../../core/audit/log-walk.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";

const CHUNK = 1_048_576;
const MAX_LINE_BYTES = 65_536;
const LF = 10;
/** O_NONBLOCK: opening a fifo would wait for a writer for ever. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Lines from number `from` on, as rows without stored hashes. What is longer than any line, or no UTF-8, is null. Throws
 * `usage` when there is no regular file to read.
 */
export function* exportRows(path: string, from = 0): Generator<WalkRow> {
  const fd = openExport(path);
  try {
    let position = 0;
    for (const line of linesOf(fd)) {
      if (position >= from) yield { position, line, leaf: undefined };
      position += 1;
    }
  } finally {
    closeSync(fd);
  }
}

function openExport(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, FLAGS);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CountersignError("usage", `cannot read ${path}: ${why}`, { cause });
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new CountersignError("usage", `${path} is not a regular file`);
}

/** Each line without its line feed; the last one may lack it. */
function* linesOf(fd: number): Generator<string | null> {
  const chunk = Buffer.alloc(CHUNK);
  let held = Buffer.alloc(0);
  let tooLong = false;
  for (let got = readSync(fd, chunk); got > 0; got = readSync(fd, chunk)) {
    let start = 0;
    for (let end = chunk.indexOf(LF, 0); end >= 0 && end < got; end = chunk.indexOf(LF, start)) {
      const line =
        held.length === 0 ? chunk.subarray(start, end) : Buffer.concat([held, chunk.subarray(start, end)]);
      yield tooLong ? null : textOf(line);
      [held, tooLong, start] = [Buffer.alloc(0), false, end + 1];
    }
    // What nobody wrote through us may be as large as the disk.
    if (held.length + got - start > MAX_LINE_BYTES) [held, tooLong] = [Buffer.alloc(0), true];
    else if (!tooLong) held = Buffer.concat([held, chunk.subarray(start, got)]);
  }
  if (tooLong) yield null;
  else if (held.length > 0) yield textOf(held);
}

function textOf(bytes: Uint8Array): string | null {
  return bytes.length > MAX_LINE_BYTES ? null : (fromUtf8(bytes) ?? null);
}
