// What a diff says, after parsing: files, hunks and lines; every byte of the diff is in here or was refused.
import type { RepoPath } from "../base/path.ts";

export interface DiffLine {
  readonly kind: " " | "+" | "-";
  /** Byte text (one character per byte) with its line feed; without one only for a last line that has none. */
  readonly text: string;
}

export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly DiffLine[];
}

export type FileMode = "100644" | "100755";

/** A file that becomes executable or ceases to be. */
export interface ModeChange {
  readonly old: FileMode;
  readonly new: FileMode;
}

export type FilePatch =
  | {
      readonly kind: "modify";
      readonly path: RepoPath;
      readonly modes?: ModeChange;
      readonly hunks: readonly Hunk[];
    }
  | {
      readonly kind: "create";
      readonly path: RepoPath;
      readonly mode: FileMode;
      readonly hunks: readonly Hunk[];
    }
  | {
      readonly kind: "delete";
      readonly path: RepoPath;
      readonly mode: FileMode;
      readonly hunks: readonly Hunk[];
    }
  | {
      readonly kind: "rename" | "copy";
      readonly from: RepoPath;
      readonly path: RepoPath;
      /** Never of a copy: it has the mode of its source. */
      readonly modes?: ModeChange;
      readonly hunks: readonly Hunk[];
    };

/** One path whose content or existence changes, as `git diff-tree --no-renames` would list it. */
export interface Change {
  readonly status: "A" | "M" | "D";
  readonly path: RepoPath;
}

/** Every change that the diff announces, sorted by path in byte order; a rename is a deletion and an addition. */
export function announcedChanges(files: readonly FilePatch[]): readonly Change[] {
  const changes = files.flatMap((file): readonly Change[] => {
    if (file.kind === "create" || file.kind === "copy") return [{ status: "A", path: file.path }];
    if (file.kind === "delete") return [{ status: "D", path: file.path }];
    if (file.kind === "rename")
      return [
        { status: "D", path: file.from },
        { status: "A", path: file.path },
      ];
    return [{ status: "M", path: file.path }];
  });
  return changes.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** Every path that the diff names, sources of renames and copies included. */
export function namedPaths(files: readonly FilePatch[]): readonly RepoPath[] {
  return files.flatMap((file) =>
    file.kind === "rename" || file.kind === "copy" ? [file.from, file.path] : [file.path],
  );
}
