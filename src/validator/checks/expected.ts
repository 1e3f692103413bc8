// What the patch makes of each file by its hunks alone: git, which reads only what nothing stands against, is not asked.
import { byteText } from "../../core/base/bytes.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import type { OpenManifest } from "../../core/manifest/manifest.ts";
import { applyHunks } from "../../core/proposal/apply.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import type { BlobReader } from "../../io/exec/blob-reader.ts";

export interface Expected {
  readonly file: FilePatch;
  /** Byte text of the file afterwards. */
  readonly text: Result<string>;
}

/** The hunks applied in memory, at exactly their lines, to the committed bytes that the manifest lists. */
export function expectedTexts(
  files: readonly FilePatch[],
  base: OpenManifest,
  blobs: BlobReader,
): Promise<readonly Expected[]> {
  const expect = async (file: FilePatch): Promise<Expected> => {
    const before = await textBefore(file, base, blobs);
    return { file, text: before.ok ? applyHunks(before.value, file.hunks, file.path) : before };
  };
  return Promise.all(files.map(expect));
}

async function textBefore(file: FilePatch, base: OpenManifest, blobs: BlobReader): Promise<Result<string>> {
  if (file.kind === "create") return accept("");
  const source = "from" in file ? file.from : file.path;
  const entry = base.byPath.get(source);
  if (entry === undefined) return refuse("target_missing", "the file is not in the manifest", source);
  return accept(byteText(await blobs.blob(entry.blob)));
}
