// The files that a patch changes, by git's own list of what differs between two trees.
import type { FilePatch } from "./diff-model.ts";

export interface ChangedFile {
  readonly path: string;
  readonly kind: "create" | "modify" | "delete";
  /** Lines that the patch writes out. A rename or copy without edits has none, as in `proposal.max_changed_lines`. */
  readonly added: number;
  readonly removed: number;
}

/** One change as `git diff-tree --no-renames` lists it; `path` is undefined when the name is not UTF-8. */
interface Listed {
  readonly status: string;
  readonly path: string | undefined;
  readonly raw: string;
}

/** Which files: git's list. How many lines: the parsed patch, of which the validator showed that git makes the same of it. */
export function changedFiles(listed: readonly Listed[], files: readonly FilePatch[]): readonly ChangedFile[] {
  const byPath = new Map<string, FilePatch>(files.map((file) => [file.path, file]));
  return listed.map(({ status, path, raw }) => {
    const name = path ?? raw;
    const file = byPath.get(name);
    return {
      path: name,
      kind: status === "A" ? "create" : status === "D" ? "delete" : "modify",
      added: linesOf(file, "+"),
      removed: linesOf(file, "-"),
    };
  });
}

function linesOf(file: FilePatch | undefined, kind: "+" | "-"): number {
  const lines = file?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  return lines.filter((line) => line.kind === kind).length;
}
