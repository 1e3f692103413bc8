// A lock that the kernel releases: one holder for each path, whatever way the holder ends.
import { DatabaseSync } from "node:sqlite";
import { CountersignError } from "../../core/base/failure.ts";

/** A held lock. It is released by `release`, or by the kernel when the process ends. */
export interface Lock {
  release(): void;
}

const SQLITE_BUSY = 5;
/** `isLocked` reads for some microseconds, during which nobody can take the lock; this rides over such a look. */
const PATIENCE_MS = 100;

/**
 * Take the lock at `path`, or undefined when another process holds it. Waits at most 100 ms, the folder must exist.
 * Throws `state_unusable` when the file cannot be opened.
 *
 * SQLite's exclusive transaction is a record lock of the operating system on this file. Crash story: after kill -9 the
 * kernel drops the lock with the process, nothing was written, and the next one takes it; there is no stale pid file
 * to judge. Such locks do not work between machines: the state folder is not for network file systems. Two rules keep
 * the lock true: nobody opens this file by other means (POSIX drops a process's locks when it closes any descriptor
 * of the file), and nobody deletes it (a second holder would lock the new file).
 */
export function acquireLock(path: string): Lock | undefined {
  const database = open(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if (isBusy(cause)) return undefined;
    throw unusable(path, cause);
  }
  let held = true;
  return {
    release(): void {
      if (!held) return;
      held = false;
      database.close();
    },
  };
}

/** Whether some process holds the lock at `path` right now; the answer may be old when it arrives. */
export function isLocked(path: string): boolean {
  const database = open(path);
  try {
    database.prepare("SELECT 1 FROM sqlite_schema").get();
    return false;
  } catch (cause) {
    if (isBusy(cause)) return true;
    throw unusable(path, cause);
  } finally {
    database.close();
  }
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: PATIENCE_MS });
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY;
}

function unusable(path: string, cause: unknown): CountersignError {
  return new CountersignError("state_unusable", `cannot lock ${path}`, {
    fix: "Make the folder writable for this user, on a local disk.",
    cause,
  });
}
