// What others than their owners could change: the files of a configuration, and the folders on the way to them.
import { realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { fail, type Finding, octal, ok } from "./finding.ts";

const STICKY = 0o1000;

/** Each file and folder of ours that others may write, in words; what is not there is not judged. */
export function exposed(files: readonly string[]): readonly string[] {
  const found = files.flatMap((path) => {
    const file = real(path);
    return [looseFile(file), ...looseFolders(file), ...looseFolders(path)];
  });
  return [...new Set(found.filter((said) => said !== undefined))];
}

function looseFolders(path: string): readonly (string | undefined)[] {
  const folders: string[] = [];
  for (let at = dirname(path); folders.at(-1) !== at; at = dirname(at)) folders.push(at);
  return folders.map((folder, level) => looseFolder(folder, level === 0));
}

function looseFile(path: string): string | undefined {
  const stat = look(path);
  return stat?.isFile() === true && (stat.mode & 0o022) !== 0 ? `${path} (${octal(stat.mode)})` : undefined;
}

/** A group far above is the system's own (staff on /usr/local); beside the file it may be everybody of a team. */
function looseFolder(path: string, near: boolean): string | undefined {
  const mode = look(path)?.mode ?? 0;
  const loose = (mode & (near ? 0o022 : 0o002)) !== 0 && (mode & STICKY) === 0;
  return loose ? `${path} (${octal(mode)})` : undefined;
}

export function exposedFinding(found: readonly string[]): Finding {
  const id = "exposed";
  if (found.length === 0) return ok(id, "nobody but their owners can change the configuration's files");
  return fail(
    id,
    `others can change what the configuration stands on: ${found.join(", ")}`,
    "chmod go-w each of them, and look at what they hold.",
  );
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Behind a folder that this user may not enter nothing is known. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
