// What the patched files hold and which of their lines are new: the matter of every check that looks at content.
import { byteText, fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import type { BlobReader } from "../../io/exec/blob-reader.ts";
import type { TreeChange } from "../../io/exec/tree-diff.ts";

/** One file that the patch leaves in the tree; deleted ones have no content to look at. */
export interface PatchedFile {
  readonly path: string;
  /** The whole file afterwards. */
  readonly text: string;
  /** Numbers, from 1, of the lines that the patch adds there; all of them in a file that is new or a copy. */
  readonly added: ReadonlySet<number>;
}

/** As git wrote them, from the private object folder. Files that are no UTF-8 text are left out: `tree` has its say on them. */
export async function patchedFiles(
  blobs: BlobReader,
  files: readonly FilePatch[],
  changes: readonly TreeChange[],
): Promise<readonly PatchedFile[]> {
  const oids = new Map(changes.map(({ path, newOid }) => [path, newOid]));
  const read = files
    .filter(({ kind }) => kind !== "delete")
    .map(async (file) => {
      const oid = oids.get(file.path);
      if (oid === undefined) throw new CountersignError("exec_failed", "git does not list a patched file");
      const bytes = await blobs.blob(oid);
      const text = fromUtf8(bytes);
      return text === undefined ? [] : [{ path: file.path, text, added: addedLines(file, byteText(bytes)) }];
    });
  return (await Promise.all(read)).flat();
}

/** Numbers, from 1, of the lines that the patch adds to a file whose byte text afterwards is `after`. */
export function addedLines(file: FilePatch, after: string): ReadonlySet<number> {
  if (file.kind === "copy") {
    const lines = after.split("\n").length - (after.endsWith("\n") ? 1 : 0);
    return new Set(Array.from({ length: lines }, (_, at) => at + 1));
  }
  const added = new Set<number>();
  for (const { newStart, lines } of file.hunks) {
    let number = newStart;
    for (const { kind } of lines) {
      if (kind === "+") added.add(number);
      if (kind !== "-") number += 1;
    }
  }
  return added;
}
