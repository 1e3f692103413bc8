// What git makes of one patch in a private folder, and the children that work there: each is started once, and all are ended.
import type { GitOid } from "../../core/base/ids.ts";
import { accept, type Result } from "../../core/base/refusal.ts";
import type { OpenManifest } from "../../core/manifest/manifest.ts";
import { type BlobReader, openBlobs } from "../../io/exec/blob-reader.ts";
import { applyToLoaded, fillIndex, loadTree, type PrivateGit } from "../../io/exec/private-git.ts";
import { beginDiff, type TreeChange, type TreeDiff } from "../../io/exec/tree-diff.ts";
import type { Bench } from "../bench.ts";
import { once } from "./once.ts";

export interface Built {
  /** Done when git is at work on the patch: what goes on beside it begins behind this, so that git waits for nothing. */
  readonly applying: () => Promise<unknown>;
  /** The tree that git makes of base and patch. */
  readonly result: () => Promise<Result<GitOid>>;
  /** What really differs between base and result, by git's own list. */
  readonly changes: () => Promise<Result<readonly TreeChange[]>>;
  /** Blobs of the base and of the result, through one child for the whole round. */
  readonly blobs: () => BlobReader;
  /** Ends the children; nothing may be asked any more. */
  readonly close: () => Promise<void>;
}

export function buildIn(
  bench: Bench,
  own: PrivateGit,
  patch: Uint8Array,
  base: () => Promise<Result<OpenManifest>>,
): Built {
  // A result holds at most its base and the whole patch.
  const children = childrenOf(own, bench.setup.config.publish.max_file_bytes + patch.length);
  const applying = once(async () => {
    const found = await base();
    if (!found.ok) return found;
    await load(bench, own, found.value.manifest.tree);
    const made = applyToLoaded(own, patch);
    children.working(made);
    // Both start while git applies.
    children.differ();
    children.blobs();
    return accept({ made });
  });
  const result = once(async () => {
    const begun = await applying();
    return begun.ok ? begun.value.made : begun;
  });
  const changes = once(async (): Promise<Result<readonly TreeChange[]>> => {
    const [from, to] = [await base(), await result()];
    if (!from.ok) return from;
    return to.ok ? accept(await children.differ().between(from.value.manifest.tree, to.value)) : to;
  });
  return { applying, result, changes, blobs: children.blobs, close: children.close };
}

interface Children {
  readonly blobs: () => BlobReader;
  readonly differ: () => TreeDiff;
  /** What is to be waited for at the end, whoever asked for it. */
  readonly working: (work: Promise<unknown>) => void;
  readonly close: () => Promise<void>;
}

/** Each is started when first asked for. */
function childrenOf(own: PrivateGit, maxBytes: number): Children {
  let reader: BlobReader | undefined;
  let diff: TreeDiff | undefined;
  let work: Promise<unknown> | undefined;
  return {
    blobs: () => (reader ??= openBlobs(own, maxBytes)),
    differ: () => (diff ??= beginDiff(own)),
    working: (begun) => {
      work = begun;
      work.catch(() => undefined); // whoever asks for the result hears of it
    },
    close: async () => void (await Promise.allSettled([reader?.close(), diff?.close(), work])),
  };
}

/** The private index with the base in it; git fills one for each base, and the others are copies of that. */
async function load({ shelf }: Bench, own: PrivateGit, tree: GitOid): Promise<void> {
  const kept = shelf.loaded(tree);
  if (kept === undefined) shelf.keepLoaded(tree, await loadTree(own, tree));
  else fillIndex(own, kept);
}
