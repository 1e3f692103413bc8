// Check `tree`: what git really makes of the patch is exactly what the patch announces, byte for byte.
import { byteText, fromUtf8 } from "../../core/base/bytes.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import { accept, refusal, refuse, type Result } from "../../core/base/refusal.ts";
import type { OpenManifest } from "../../core/manifest/manifest.ts";
import { applyHunks } from "../../core/proposal/apply.ts";
import { announcedChanges, type FilePatch } from "../../core/proposal/diff-model.ts";
import { type BlobReader, openBlobs } from "../../io/exec/blob-reader.ts";
import { diffTree, type TreeChange } from "../../io/exec/private-git.ts";
import { asFinding, type Check, type Examined, judgedBy } from "./check.ts";
import type { Matter } from "./matter.ts";

export const treeCheck: Check = {
  id: "tree",
  tool: "git",
  // git reads a patch only after our own reader understood it and nothing else stands against it.
  after: ["order", "structure", "limits", "paths"],
  async run(matter) {
    const [files, base] = [matter.files(), await matter.base()];
    if (!files.ok || !base.ok) return { result: "SKIPPED", findings: [] };
    const result = await matter.result();
    if (!result.ok) return failed([result.refusal]);
    const changes = await diffTree(matter.own, base.value.manifest.tree, result.value);
    const faults = [...unannounced(files.value, changes), ...changes.flatMap(modeFault)];
    if (faults.length > 0) return failed(faults);
    const differing = await contentFaults(matter, files.value, base.value, changes);
    return judgedBy(differing.map(named), copiedExecutables(files.value, changes).map(named));
  },
};

function failed(faults: readonly Refusal[]): Examined {
  return judgedBy(faults.map(named), []);
}

const named = (fault: Refusal): ReturnType<typeof asFinding> => asFinding("tree", fault);

/** git lists changes in byte order, and so does `announcedChanges`: the two lists must be the same list. */
function unannounced(files: readonly FilePatch[], changes: readonly TreeChange[]): readonly Refusal[] {
  const announced = new Set(announcedChanges(files).map(({ status, path }) => `${status} ${path}`));
  const actual = new Set(changes.map(({ status, path, raw }) => `${status} ${path ?? raw}`));
  const more = [...actual]
    .filter((change) => !announced.has(change))
    .map((change) => refusal("tree_differs", "git changes what the patch does not announce", change));
  const fewer = [...announced]
    .filter((change) => !actual.has(change))
    .map((change) => refusal("tree_differs", "git does not make an announced change", change));
  return [...more, ...fewer];
}

const NONE = "000000";
const REGULAR: readonly string[] = ["100644", "100755"];

function modeFault({ oldMode, newMode, path, raw }: TreeChange): readonly Refusal[] {
  const where = path ?? raw;
  const modes = [oldMode, newMode].filter((mode) => mode !== NONE);
  if (modes.some((mode) => !REGULAR.includes(mode)))
    return [refusal("diff_link", `modes ${oldMode} and ${newMode} are not both regular files`, where)];
  if (modes.length === 2 && oldMode !== newMode)
    return [refusal("diff_mode", `the mode changes from ${oldMode} to ${newMode}`, where)];
  return [];
}

/** A created file says its mode, and `paths` warns of it; a copy takes its mode from its source without saying so. */
function copiedExecutables(files: readonly FilePatch[], changes: readonly TreeChange[]): readonly Refusal[] {
  const copies = new Set<string>(files.flatMap((file) => (file.kind === "copy" ? [file.path] : [])));
  return changes
    .filter(({ path, newMode }) => newMode === "100755" && copies.has(path ?? ""))
    .map(({ path }) => refusal("diff_mode", "the copy is executable", path));
}

async function contentFaults(
  matter: Matter,
  files: readonly FilePatch[],
  base: OpenManifest,
  changes: readonly TreeChange[],
): Promise<readonly Refusal[]> {
  const after = new Map(changes.map((change) => [change.path, change]));
  // A result holds at most its base and the whole patch.
  const blobs = openBlobs(matter.own, matter.setup.config.publish.max_file_bytes + matter.patch.length);
  try {
    const faults: Refusal[] = [];
    for (const file of files) {
      const fault = await contentFault(file, base, after.get(file.path), blobs);
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  } finally {
    await blobs.close();
  }
}

/** The same hunks applied in memory, at exactly their lines, must give the bytes that git wrote. */
async function contentFault(
  file: FilePatch,
  base: OpenManifest,
  change: TreeChange | undefined,
  blobs: BlobReader,
): Promise<Refusal | undefined> {
  const before = await textBefore(file, base, blobs);
  const expected = before.ok ? applyHunks(before.value, file.hunks, file.path) : before;
  if (!expected.ok) return expected.refusal;
  if (change === undefined) return refusal("tree_differs", "git does not list the file", file.path);
  if (file.kind === "delete")
    return expected.value === ""
      ? undefined
      : refusal("diff_context", "the deletion leaves lines of the file", file.path);
  if (file.kind === "create" && change.newMode !== file.mode)
    return refusal("tree_differs", `git makes it with mode ${change.newMode}`, file.path);
  const written = await blobs.blob(change.newOid);
  if (byteText(written) !== expected.value)
    return refusal("tree_differs", "git writes other content than the patch says", file.path);
  if (written.includes(0) || fromUtf8(written) === undefined)
    return refusal("diff_binary", "the result is not UTF-8 text", file.path);
  return undefined;
}

/** The committed bytes that the manifest lists; what agents read is what hunks are compared with. */
async function textBefore(file: FilePatch, base: OpenManifest, blobs: BlobReader): Promise<Result<string>> {
  if (file.kind === "create") return accept("");
  const source = "from" in file ? file.from : file.path;
  const entry = base.byPath.get(source);
  if (entry === undefined) return refuse("target_missing", "the file is not in the manifest", source);
  return accept(byteText(await blobs.blob(entry.blob)));
}
