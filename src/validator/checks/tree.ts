// Check `tree`: what git really makes of the patch is exactly what the patch announces, byte for byte.
import { byteText, fromUtf8 } from "../../core/base/bytes.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { OpenManifest } from "../../core/manifest/manifest.ts";
import { announcedChanges, type FilePatch, type ModeChange } from "../../core/proposal/diff-model.ts";
import { treated } from "../../core/proposal/treatment.ts";
import type { BlobReader } from "../../io/exec/blob-reader.ts";
import type { TreeChange } from "../../io/exec/tree-diff.ts";
import { asFinding, type Check, type Examined, judgedBy } from "./check.ts";
import { type Expected, expectedTexts } from "./expected.ts";
import type { Matter } from "./matter.ts";

export const treeCheck: Check = {
  id: "tree",
  tool: "git",
  // git reads a patch only after our own reader understood it and nothing else stands against it.
  after: ["order", "structure", "limits", "paths", "masking"],
  async run(matter) {
    const [files, base] = [matter.files(), await matter.base()];
    if (!files.ok || !base.ok) return { result: "SKIPPED", findings: [] };
    return compare(matter, files.value, base.value);
  },
};

async function compare(matter: Matter, files: readonly FilePatch[], base: OpenManifest): Promise<Examined> {
  // Side by side: git applies the patch in its way, and we apply its hunks in ours.
  const ours = matter.applying().then(() => expectedTexts(files, base, matter.blobs()));
  const [listed, expected] = await Promise.all([matter.changes(), ours]);
  if (!listed.ok) return failed([listed.refusal]);
  const changes = listed.value;
  const faults = [...unannounced(files, changes), ...modeFaults(files, changes)];
  if (faults.length > 0) return failed(faults);
  const differing = await contentFaults(expected, changes, matter.blobs());
  const copies = copiedExecutables(files, changes).map(named);
  const { executables } = matter.setup.config.patch;
  const blocking = [...differing.map(named), ...(executables === "reject" ? copies : [])];
  return judgedBy(blocking, executables === "manual" ? copies : []);
}

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

/** Modes are what the patch announces: the same before and after, or exactly the change that it says. */
function modeFaults(files: readonly FilePatch[], changes: readonly TreeChange[]): readonly Refusal[] {
  const announced = new Map<string, ModeChange>();
  const renamed = new Map<string, string>();
  for (const file of files) {
    if (file.kind === "rename") renamed.set(file.path, file.from);
    if ("modes" in file && file.modes !== undefined) announced.set(file.path, file.modes);
  }
  const before = new Map(changes.map(({ path, oldMode }) => [path, oldMode]));
  return changes.flatMap((change) => {
    const from = renamed.get(change.path ?? "");
    // A rename is listed as a deletion and an addition: its old mode is that of the deletion.
    const oldMode = from === undefined ? change.oldMode : (before.get(from) ?? NONE);
    return modeFault({ ...change, oldMode }, announced.get(change.path ?? ""));
  });
}

function modeFault(
  { oldMode, newMode, path, raw }: TreeChange,
  announced: ModeChange | undefined,
): readonly Refusal[] {
  const where = path ?? raw;
  const modes = [oldMode, newMode].filter((mode) => mode !== NONE);
  if (modes.some((mode) => !REGULAR.includes(mode)))
    return [refusal("diff_link", `modes ${oldMode} and ${newMode} are not both regular files`, where)];
  if (announced !== undefined)
    return announced.old === oldMode && announced.new === newMode
      ? []
      : [refusal("tree_differs", `git changes the mode from ${oldMode} to ${newMode}`, where)];
  if (modes.length === 2 && oldMode !== newMode)
    return [refusal("diff_mode", `the mode changes from ${oldMode} to ${newMode}`, where)];
  return [];
}

/** A created file says its mode, and `paths` warns of it; a copy takes its mode from its source without saying so. */
function copiedExecutables(files: readonly FilePatch[], changes: readonly TreeChange[]): readonly Refusal[] {
  const copies = new Set<string>(files.flatMap((file) => (file.kind === "copy" ? [file.path] : [])));
  return changes
    .filter(({ path, newMode }) => newMode === "100755" && copies.has(path ?? ""))
    .map(({ path }) => treated("diff_mode", "the copy is executable", path ?? "", "executables"));
}

async function contentFaults(
  expected: readonly Expected[],
  changes: readonly TreeChange[],
  blobs: BlobReader,
): Promise<readonly Refusal[]> {
  const after = new Map(changes.map((change) => [change.path, change]));
  const faults = await Promise.all(expected.map((one) => contentFault(one, after.get(one.file.path), blobs)));
  return faults.filter((fault) => fault !== undefined);
}

/** What git wrote must be, byte for byte, what the hunks say. */
async function contentFault(
  { file, text }: Expected,
  change: TreeChange | undefined,
  blobs: BlobReader,
): Promise<Refusal | undefined> {
  if (!text.ok) return text.refusal;
  if (change === undefined) return refusal("tree_differs", "git does not list the file", file.path);
  if (file.kind === "delete" && change.oldMode !== file.mode)
    return refusal("tree_differs", `the deleted file has mode ${change.oldMode}`, file.path);
  if (file.kind === "delete")
    return text.value === ""
      ? undefined
      : refusal("diff_context", "the deletion leaves lines of the file", file.path);
  if (file.kind === "create" && change.newMode !== file.mode)
    return refusal("tree_differs", `git makes it with mode ${change.newMode}`, file.path);
  const written = await blobs.blob(change.newOid);
  if (byteText(written) !== text.value)
    return refusal("tree_differs", "git writes other content than the patch says", file.path);
  if (written.includes(0) || fromUtf8(written) === undefined)
    return refusal("diff_binary", "the result is not UTF-8 text", file.path);
  return undefined;
}
