// Kinds of files by extension and name: which are served to agents, and which may be proposed.
import { baseName, extension } from "../base/path.ts";

/** Lists from the configuration: extensions with their dot in lower case, and whole names in any case. */
export interface Kinds {
  readonly extensions: readonly string[];
  readonly names: readonly string[];
}

/** True when the path's extension or whole name is on the lists. An empty list allows nothing. */
export function isKind(path: string, kinds: Kinds): boolean {
  const ext = extension(path);
  if (ext !== "" && kinds.extensions.includes(ext)) return true;
  const name = baseName(path).toLowerCase();
  return kinds.names.some((known) => known.toLowerCase() === name);
}
