// From what an agent sends (a diff, or edits) to the canonical patch, by way of the texts that were served.
import { byteText, fromUtf8, utf8 } from "../base/bytes.ts";
import { type Digest, sha256 } from "../base/digest.ts";
import { type RepoPath, repoPath } from "../base/path.ts";
import { accept, refuse, type Result } from "../base/refusal.ts";
import type { Config } from "../config/schema.ts";
import type { OpenManifest } from "../manifest/manifest.ts";
import { maskedLines } from "../secrets/mask.ts";
import { applyHunks } from "./apply.ts";
import { parseDiff } from "./diff.ts";
import type { FileMode, FilePatch, Hunk, ModeChange } from "./diff-model.ts";
import { type Edit, type Replacement, replaceAll } from "./edits.ts";
import { coveredFault, movedFault, touchedFault, writtenFault } from "./masked.ts";
import { hunksBetween } from "./rediff.ts";
import { renderDiff } from "./render.ts";

export type PatchInput = { readonly diff: string } | { readonly edits: readonly Edit[] };

export interface ServedBytes {
  readonly bytes: Uint8Array;
  /** Rules that masked parts of them. */
  readonly masks: readonly string[];
}

/** Reads the served bytes of a listed path; undefined when they are missing or damaged. */
export type ReadServed = (path: RepoPath) => Promise<ServedBytes | undefined>;

export interface ComposedPatch {
  readonly files: readonly FilePatch[];
  readonly patch: string;
  readonly sha256: Digest;
}

/** One file before and after, as byte texts; `from` and `path` differ for a rename. */
interface Draft {
  readonly from: RepoPath | undefined;
  readonly path: RepoPath | undefined;
  readonly mode: FileMode;
  readonly modes?: ModeChange | undefined;
  readonly before: string;
  readonly after: string;
  /** Lines of `before` of which the agent was not shown everything: the repository has others there. */
  readonly masked: ReadonlySet<number>;
}

type Base = Pick<OpenManifest, "byPath" | "masks">;

const NOTHING_MASKED: ReadonlySet<number> = new Set();

/**
 * Whatever the agent wrote is applied to the served bytes in memory, and the difference is written anew with three
 * lines of context. Only this text goes on: two readers of the agent's own spelling can no longer disagree about it.
 */
export async function composePatch(
  input: PatchInput,
  manifest: Base,
  read: ReadServed,
  config: Config,
): Promise<Result<ComposedPatch>> {
  const served = servedTexts(manifest, read);
  const depth = config.paths.max_depth;
  const drafts =
    "diff" in input
      ? await draftsOfDiff(input.diff, served, depth)
      : await draftsOfEdits(input.edits, served, depth);
  if (!drafts.ok) return drafts;
  const files: FilePatch[] = [];
  // One allowance for all files: the search for a difference costs the square of its size, and a call has many files.
  let allowance = config.proposal.max_changed_lines;
  const masks = masksOf(manifest, config);
  for (const draft of drafts.value) {
    const file = fileOf(draft, allowance, masks);
    if (!file.ok) return file;
    allowance -= changedLines(file.value);
    files.push(file.value);
  }
  if (files.length === 0) return refuse("diff_empty", "the proposal changes nothing");
  const bytes = renderDiff(files);
  const patch = fromUtf8(bytes);
  if (patch === undefined) return refuse("diff_binary", "the patch is not UTF-8 text");
  return accept({ files, patch, sha256: sha256(bytes) });
}

interface ServedText extends Pick<Draft, "masked" | "mode"> {
  readonly text: string;
}
type Served = (path: RepoPath) => Promise<Result<ServedText>>;

function servedTexts(manifest: Base, read: ReadServed): Served {
  return async (path) => {
    const entry = manifest.byPath.get(path);
    if (entry === undefined) return refuse("target_missing", "the file is not in the manifest", path);
    const found = await read(path);
    if (found === undefined) return refuse("blob_damaged", "the served content is missing or damaged", path);
    // A mask is ASCII, so byte text shows it as it is.
    const text = byteText(found.bytes);
    return accept({ text, mode: entry.mode, masked: maskedLines(text, found.masks) });
  };
}

async function draftsOfDiff(diff: string, served: Served, depth: number): Promise<Result<readonly Draft[]>> {
  if (!diff.isWellFormed()) return refuse("diff_malformed", "the diff holds a lone surrogate", "diff");
  const parsed = parseDiff(utf8(diff), depth);
  if (!parsed.ok) return parsed;
  const drafts: Draft[] = [];
  for (const file of parsed.value) {
    const draft = await draftOfFile(file, served);
    if (!draft.ok) return draft;
    drafts.push(draft.value);
  }
  return accept(drafts);
}

async function draftOfFile(file: FilePatch, served: Served): Promise<Result<Draft>> {
  if (file.kind === "create") {
    const after = applyHunks("", file.hunks, file.path);
    return after.ok ? accept(created(file.path, file.mode, after.value)) : after;
  }
  const source = "from" in file ? file.from : file.path;
  const old = await served(source);
  if (!old.ok) return old;
  const { text: before, mode, masked } = old.value;
  // First: whether a line matches what is served there tells nothing, but nobody should have to think about that.
  const covered = coveredFault(file.hunks, masked, source);
  if (covered !== undefined) return { ok: false, refusal: covered };
  const after = applyHunks(before, file.hunks, source);
  if (!after.ok) return after;
  if (file.kind === "delete") {
    if (after.value !== "") return refuse("diff_context", "the deletion leaves lines of the file", file.path);
    return accept({ from: source, path: undefined, mode, before, after: "", masked });
  }
  // A copy becomes a plain new file: the reviewer sees all of its content, and no reader has to know where it came from.
  if (file.kind === "copy") return accept(created(file.path, "100644", after.value));
  const modes = "modes" in file ? file.modes : undefined;
  if (modes !== undefined && modes.old !== mode)
    return refuse("diff_context", `the file has mode ${mode}`, file.path);
  return accept({ from: source, path: file.path, mode, modes, before, after: after.value, masked });
}

function created(path: RepoPath, mode: FileMode, after: string): Draft {
  return { from: undefined, path, mode, before: "", after, masked: NOTHING_MASKED };
}

async function draftsOfEdits(
  edits: readonly Edit[],
  served: Served,
  depth: number,
): Promise<Result<readonly Draft[]>> {
  const byPath = Map.groupBy(edits, (edit) => edit.path);
  const drafts: Draft[] = [];
  const targets = new Set<string>();
  for (const [name, own] of byPath) {
    const path = repoPath(name, depth);
    if (!path.ok) return path;
    const draft = await draftOfEdits(path.value, own, served, depth);
    if (!draft.ok) return draft;
    for (const touched of new Set([draft.value.from, draft.value.path])) {
      if (touched === undefined) continue;
      if (targets.has(touched)) return refuse("edit_overlap", "two edits end in the same file", touched);
      targets.add(touched);
    }
    drafts.push(draft.value);
  }
  return accept(drafts);
}

async function draftOfEdits(
  path: RepoPath,
  edits: readonly Edit[],
  served: Served,
  depth: number,
): Promise<Result<Draft>> {
  const [create] = edits.filter((edit) => edit.op === "create");
  const removals = edits.filter((edit) => edit.op === "delete");
  const renames = edits.filter((edit) => edit.op === "rename");
  if ((create !== undefined || removals.length > 0) && edits.length > 1)
    return refuse("edit_overlap", "create and delete stand alone for a file", path);
  if (renames.length > 1) return refuse("edit_overlap", "the file is renamed twice", path);
  const texts = edits.flatMap((edit) =>
    edit.op === "replace" ? [edit.old_text, edit.new_text] : edit.op === "create" ? [edit.new_text] : [],
  );
  if (texts.some((text) => !text.isWellFormed()))
    return refuse("input_invalid", "the text holds a lone surrogate", path);
  if (create !== undefined) return accept(created(path, "100644", byteText(utf8(create.new_text))));
  const old = await served(path);
  if (!old.ok) return old;
  const { text: before, mode, masked } = old.value;
  if (removals.length > 0) return accept({ from: path, path: undefined, mode, before, after: "", masked });
  const after = replaceAll(
    before,
    edits.filter((edit): edit is Replacement => edit.op === "replace"),
    path,
  );
  if (!after.ok) return after;
  const target = renames[0] === undefined ? accept(path) : repoPath(renames[0].new_path, depth);
  return target.ok
    ? accept({ from: path, path: target.value, mode, before, after: after.value, masked })
    : target;
}

/** Every rule whose mask this caller may have been shown: in any file, since texts are copied from one to another. */
function masksOf({ masks }: Base, config: Config): () => readonly string[] {
  let known: readonly string[] | undefined;
  return () => (known ??= [...masks(), ...config.secrets.redact.map(({ id }) => id)]);
}

function fileOf(draft: Draft, maxEdits: number, masks: () => readonly string[]): Result<FilePatch> {
  const { from, path, before, after, masked } = draft;
  const where = path ?? from ?? "";
  if (after.includes("\0")) return refuse("diff_binary", "the new content holds a NUL byte", where);
  const moved = movedFault(from, path, masked);
  if (moved !== undefined) return { ok: false, refusal: moved };
  const hunks = hunksBetween(before, after, maxEdits, masked);
  if (hunks === undefined)
    return refuse("too_many_lines", "the proposal changes too many lines, this file included", where);
  const fault = touchedFault(hunks, masked, where) ?? writtenFault(hunks, where, masks);
  return fault === undefined ? kindOf(draft, hunks) : { ok: false, refusal: fault };
}

function kindOf({ from, path, mode, modes }: Draft, hunks: readonly Hunk[]): Result<FilePatch> {
  const also = modes === undefined ? {} : { modes };
  if (path === undefined)
    return from === undefined
      ? refuse("diff_empty", "no file", "")
      : accept({ kind: "delete", path: from, mode, hunks });
  if (from === undefined) return accept({ kind: "create", path, mode, hunks });
  if (from !== path) return accept({ kind: "rename", from, path, ...also, hunks });
  return hunks.length === 0 && modes === undefined
    ? refuse("diff_empty", "the new content equals the old", path)
    : accept({ kind: "modify", path, ...also, hunks });
}

function changedLines(file: FilePatch): number {
  return file.hunks.flatMap((hunk) => hunk.lines).filter((line) => line.kind !== " ").length;
}
