// Files of a folder in which processes are at work: what goes away between the listing and the reading is no finding.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Paths of the regular files below `folder` that are there now. A running sealer makes and renames some each second. */
export function standingFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** What the file holds; nothing when it has gone, since what replaced it has a name of its own and is looked at. */
export function standingBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
