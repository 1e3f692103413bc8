// Is the database still the file at its path? SQLite goes on writing into a file that was deleted or replaced.
import { statSync } from "node:fs";
import { CountersignError } from "../../../core/base/failure.ts";

/**
 * Remembers which files the open database consists of and returns the check that they are still the ones at `path`.
 * Without it, after `rm` every commit succeeds into a file without a name and is lost with the process. The log
 * (`-wal`) and its index (`-shm`) count too: another process that makes new ones would write another history.
 *
 * Only stat: opening and closing the file here would drop SQLite's own locks (POSIX record locks). Throws `storage`.
 */
export function pinFiles(path: string): () => void {
  const files = [path, `${path}-wal`, `${path}-shm`];
  const pinned = files.map((file) => identity(file).id);
  let largest = 0n;
  return () => {
    files.forEach((file, index) => {
      const { id, size } = identity(file);
      if (id !== pinned[index]) throw gone(file, "was replaced");
      if (file !== path) return;
      // Nothing of ours makes the database smaller; SQLite would go on for a while with what it has in memory.
      if (size < largest) throw gone(file, "was cut");
      largest = size;
    });
  };
}

function identity(path: string): { readonly id: string; readonly size: bigint } {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) throw gone(path, "was removed");
  // A second name is how a copy of the log under construction, or a file about to be swapped, looks.
  if (stat.nlink !== 1n) throw gone(path, `has ${stat.nlink} names`);
  return { id: `${stat.dev}:${stat.ino}`, size: stat.size };
}

function gone(path: string, what: string): CountersignError {
  return new CountersignError("storage", `${path} ${what} while it was open`, {
    fix: "Find out what touched the file. Restore the state folder, check it with countersign audit verify, then start again.",
  });
}
