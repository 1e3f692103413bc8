// The matter of one order: the facts that checks ask for, each established once, from our own records and the repository.
import { utf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Manifest, OpenManifest } from "../../core/manifest/manifest.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import { parseDiff } from "../../core/proposal/diff.ts";
import type { Order } from "../../core/proposal/order.ts";
import { renderDiff } from "../../core/proposal/render.ts";
import { type PathIndex, pathIndex } from "../../core/proposal/targets.ts";
import { lsTree, type PrivateGit } from "../../io/exec/private-git.ts";
import type { TreeChange } from "../../io/exec/tree-diff.ts";
import type { CommandFacts } from "../../io/evidence/provider.ts";
import type { Setup } from "../../io/file/config.ts";
import type { Authority, Bench } from "../bench.ts";
import { look, openPublished } from "../publish/watch.ts";
import { type Built, buildIn } from "./built.ts";
import { type PatchedFile, patchedFiles } from "./contents.ts";
import { once } from "./once.ts";
import type { Target } from "../publish/publish.ts";

export interface Matter extends Built {
  /** The id under which the order was found. */
  readonly id: PatchId;
  readonly order: Order;
  readonly patch: Uint8Array;
  /** Milliseconds since 1970, the same for all checks. */
  readonly now: number;
  readonly setup: Setup;
  readonly own: PrivateGit;
  /** The manifest that the order names, if we published it. */
  readonly base: () => Promise<Result<OpenManifest>>;
  /** What the branch points to at this moment. */
  readonly tip: () => Promise<Target>;
  /** The patch, if every byte of it is accounted for and it is in the one spelling that it can have. */
  readonly files: () => Result<readonly FilePatch[]>;
  /** Every path of the base's tree, also those that agents cannot see. */
  readonly existing: () => Promise<PathIndex>;
  /** What the patched files hold, and which lines are new. */
  readonly contents: () => Promise<Result<readonly PatchedFile[]>>;
  /** How commands of the project ended, by id of their check, as far as they ran. */
  readonly commands: Map<string, CommandFacts>;
  /** What the authority of namespaces says now. */
  readonly authority: Authority;
}

/** Gather nothing yet: each fact is established when first asked for, and failures come back to every check that asks. */
export function openMatter(bench: Bench, id: PatchId, order: Order, own: PrivateGit): Matter {
  const patch = utf8(order.patch);
  const { setup } = bench;
  const base = once(() => baseOf(bench, order));
  const built = buildIn(bench, own, patch, base);
  const files = once(() => canonicalFiles(patch, setup.config));
  return {
    id,
    order,
    patch,
    now: bench.clock(),
    setup,
    own,
    base,
    tip: once(() => look(bench)),
    files,
    existing: once(() => existingIn(bench, own, base)),
    ...built,
    contents: once(async () => contentsOf(built.blobs, files(), await built.changes())),
    commands: new Map(),
    authority: bench.authority,
  };
}

async function contentsOf(
  blobs: Matter["blobs"],
  files: Result<readonly FilePatch[]>,
  changes: Result<readonly TreeChange[]>,
): Promise<Result<readonly PatchedFile[]>> {
  if (!files.ok) return files;
  if (!changes.ok) return changes;
  return accept(await patchedFiles(blobs(), files.value, changes.value));
}

async function existingIn(bench: Bench, own: PrivateGit, base: Matter["base"]): Promise<PathIndex> {
  const found = await base();
  if (!found.ok) return pathIndex([]);
  return bench.shelf.index(found.value.manifest.tree, () => pathsOf(own, found.value.manifest));
}

/** Threat: a listing that is cut off shows fewer files, and a new one over a hidden one would collide with nothing. */
async function pathsOf(own: PrivateGit, { tree, entries }: Manifest): Promise<PathIndex> {
  const index = pathIndex((await lsTree(own, tree)).map(({ path, raw }) => path ?? raw));
  if (entries.every(({ path }) => index.paths.has(path))) return index;
  throw new CountersignError("exec_failed", "git lists fewer files of the base than were published");
}

async function baseOf(bench: Bench, order: Order): Promise<Result<OpenManifest>> {
  const found = await bench.shelf.manifest(order.base, () => openPublished(bench, order.base));
  return found === undefined
    ? refuse("base_unknown", "the base is not a manifest that this validator published", order.base)
    : accept(found);
}

function canonicalFiles(patch: Uint8Array, { proposal, paths }: Config): Result<readonly FilePatch[]> {
  // Before anything reads it: an order that no gateway of ours wrote may hold as much as an order can.
  if (patch.length > proposal.max_call_bytes) {
    const why = `the patch has ${patch.length} bytes, ${proposal.max_call_bytes} are allowed`;
    return refuse("patch_too_large", why);
  }
  const files = parseDiff(patch, paths.max_depth);
  if (!files.ok) return files;
  // One spelling for each change: what a reviewer's tools make of other spellings need not be what was checked.
  if (Buffer.from(renderDiff(files.value)).equals(patch)) return files;
  return refuse("diff_canonical", "the patch is not spelt as the gateway spells patches");
}
