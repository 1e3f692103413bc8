// A lock that the kernel releases: one holder for each path, whatever way the holder ends.
import { accessSync, constants } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { CountersignError } from "../../core/base/failure.ts";

/** A held lock. It is released by `release`, or by the kernel when the process ends. */
export interface Lock {
  release(): void;
}

const SQLITE_BUSY = 5;
/** `isLocked` reads for some microseconds, during which nobody can take the lock; this rides over such a look. */
const PATIENCE_MS = 100;

/** What is held stays referenced: a handle that the garbage collector takes is closed, and the lock with it is free. */
const holding = new Set<DatabaseSync>();

/**
 * Take the lock at `path`, or undefined when another process holds it. Waits at most 100 ms, the folder must exist.
 * Throws `state_unusable` when the file cannot be opened and written.
 *
 * SQLite's exclusive transaction is a record lock of the operating system on this file. Crash story: after kill -9 the
 * kernel drops the lock with the process, nothing was written, and the next one takes it; there is no stale pid file
 * to judge. Such locks do not work between machines: the state folder is not for network file systems. Two rules keep
 * the lock true: nobody opens this file by other means (POSIX drops a process's locks when it closes any descriptor
 * of the file), and nobody deletes it (a second holder would lock the new file). And whoever can read the file can keep
 * others from taking the lock, so it lies where nobody else reads.
 */
export function acquireLock(path: string): Lock | undefined {
  const database = open(path);
  try {
    // SQLite opens what cannot be written for reading, and "exclusive" is then a lock that any number of processes have.
    accessSync(path, constants.W_OK);
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if (isBusy(cause)) return undefined;
    throw unusable(path, cause);
  }
  holding.add(database);
  return {
    release(): void {
      if (holding.delete(database)) database.close();
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
