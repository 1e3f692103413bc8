// A file that only grows by whole lines, and is read from its end: the newest line is the one that counts most.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { storage, syncPath } from "../../io/file/durable.ts";

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const LINE_FEED = 0x0a;

/**
 * Durable when it resolves. Crash story: a line that was cut stays behind as one of its own, because the next one begins
 * with a line feed; nobody takes it for a record.
 */
export async function appendLine(folder: string, name: string, line: string): Promise<void> {
  const path = join(folder, name);
  await storage(path, async () => {
    const file = await open(path, APPEND, 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1, LINE_FEED);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      await file.appendFile(`${last[0] === LINE_FEED ? "" : "\n"}${line}\n`);
      await file.datasync();
      if (size === 0) await syncPath(folder);
    } finally {
      await file.close();
    }
  });
}

const CHUNK = 65_536;

/** Whole lines, the last one first; no more of the file is read than somebody asks for. None when there is no file. */
export function* linesBackwards(path: string): Generator<string, void> {
  const file = openedOrNone(path);
  if (file === undefined) return;
  try {
    let end = fstatSync(file).size;
    let rest = "";
    let isTail = true;
    while (end > 0) {
      const start = Math.max(0, end - CHUNK);
      const chunk = Buffer.alloc(end - start);
      readSync(file, chunk, 0, chunk.length, start);
      const lines = `${chunk.toString("latin1")}${rest}`.split("\n");
      // What is behind the last line feed was cut by a crash.
      if (isTail) lines.pop();
      isTail = false;
      // The first line of a chunk may begin before it.
      rest = start === 0 ? "" : (lines.shift() ?? "");
      for (const line of lines.toReversed()) yield Buffer.from(line, "latin1").toString("utf8");
      end = start;
    }
  } finally {
    closeSync(file);
  }
}

function openedOrNone(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new CountersignError("storage", `cannot read ${path}`, { cause });
  }
}
