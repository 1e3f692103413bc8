// Files of a folder in which processes are at work: what goes away between the listing and the reading is no finding.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What `look` gives, or `gone` for a path that went away behind the listing that told of it. */
function unlessGone<T>(look: () => T, gone: T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return gone;
    throw error;
  }
}

/** Paths of the regular files below `folder` that are there now. A sealer makes files, a validator whole folders, and both take them away. */
export function standingFiles(folder: string): readonly string[] {
  return unlessGone(() => readdirSync(folder, { withFileTypes: true }), []).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return standingFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

/** What the file holds; nothing when it has gone, since what replaced it has a name of its own and is looked at. */
export const standingBytes = (path: string): Buffer => unlessGone(() => readFileSync(path), Buffer.alloc(0));
