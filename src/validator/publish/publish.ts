// Publishing: from a commit to the signed manifest and the blobs it names, reading only what was not read before.
import { join } from "node:path";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid, RefName } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { instant } from "../../core/base/time.ts";
import { publicationStatement } from "../../core/attestation/statement.ts";
import {
  type Manifest,
  type ManifestEntry,
  MAX_ENTRIES,
  type Omission,
  openManifest,
} from "../../core/manifest/manifest.ts";
import type { PublishedWriter } from "../../io/exchange/exchange.ts";
import { type BlobReader, openBlobs } from "../../io/exec/blob-reader.ts";
import {
  commitTree,
  createPrivateGit,
  loadTree,
  lsTree,
  type PrivateGit,
  removePrivateGit,
  type TreeEntry,
  UnbuildableTree,
} from "../../io/exec/private-git.ts";
import { type Bench, PRIVATE_GIT, type Published } from "../bench.ts";
import { type Known, knownKey, type KnownKey, readCache, writeCache } from "./cache.ts";
import { content, listing } from "./classify.ts";
import { masking, type Masking } from "./masking.ts";

/** What is served: a branch and the commit it points to at the moment of looking. */
export interface Target {
  readonly ref: RefName;
  readonly commit: GitOid;
}

export interface Publication {
  readonly published: Published;
  /** Blobs that had to be read from the repository. */
  readonly read: number;
}

/** Told now and then how many of how many files are done. */
export type Progress = (done: number, total: number) => void;

/** Files in flight at once: enough to keep the disk busy, few enough to bound memory at this many of the largest. */
const WIDTH = 32;

/**
 * Publish one commit. Blobs first, made durable, then the manifest with its signature, then the pointer: a crash at any
 * point leaves the former publication in force and complete. Throws `repository_unusable`, `storage` and what git does.
 */
export async function publish(
  bench: Bench,
  target: Target,
  progress: Progress = () => undefined,
): Promise<Publication> {
  const { setup, scratch, exchange } = bench;
  const dir = join(scratch, `${PRIVATE_GIT}publish`);
  await removePrivateGit(dir);
  const own = await createPrivateGit(bench.git, bench.repository, dir);
  const blobs = openBlobs(own, setup.config.publish.max_file_bytes);
  try {
    const tree = await commitTree(own, target.commit);
    await foretell(bench, own, tree);
    const cache = await readCache(scratch, setup.policy);
    const contents = await gather(bench, await lsTree(own, tree), {
      blobs,
      cache,
      progress,
      mask: masking(setup),
      log: bench.log,
    });
    await exchange.published.settleBlobs();
    const published = await putManifest(bench, { ...target, tree }, contents);
    await writeCache(scratch, setup.policy, contents.known);
    return { published, read: blobs.asked };
  } finally {
    await blobs.close();
    await removePrivateGit(dir);
  }
}

/** Every proposal against such a tree will fail, and verdicts must not name the file: the operator hears of it here. */
async function foretell({ log, shelf }: Bench, own: PrivateGit, tree: GitOid): Promise<void> {
  try {
    shelf.keepLoaded(tree, await loadTree(own, tree));
  } catch (cause) {
    if (!(cause instanceof UnbuildableTree)) throw cause;
    log.warn({ error: cause }, "published, but no patch can be applied to this commit");
  }
}

interface Contents {
  readonly entries: readonly ManifestEntry[];
  readonly omitted: Manifest["omitted"];
  readonly known: ReadonlyMap<KnownKey, Known>;
}

interface Sources {
  readonly blobs: BlobReader;
  readonly cache: ReadonlyMap<KnownKey, Known>;
  readonly mask: Masking;
  readonly log: Bench["log"];
  readonly progress: Progress;
}

async function gather(bench: Bench, tree: readonly TreeEntry[], sources: Sources): Promise<Contents> {
  const decide = listing(bench.setup);
  const listed = tree
    .map((entry) => ({ entry, said: decide(entry) }))
    .filter(({ said }) => said.kind !== "unlisted");
  if (listed.length > MAX_ENTRIES) {
    throw new CountersignError(
      "repository_unusable",
      `${listed.length} files match publish.include, ${MAX_ENTRIES} can be listed`,
      { fix: "Narrow publish.include, or extend publish.exclude." },
    );
  }
  const tell = teller(bench, listed.length);
  await tell(0);
  const known = new Map<KnownKey, Known>();
  const entries: ManifestEntry[] = [];
  const omitted = new Map<string, Omission>();
  let done = 0;
  await eachOf(listed, async ({ entry, said }) => {
    const found =
      said.kind === "candidate"
        ? await look(bench.exchange.published, entry.oid, said.path, sources)
        : undefined;
    if (said.kind === "candidate" && found !== undefined) known.set(knownKey(entry.oid, said.path), found);
    if (said.kind === "candidate" && found !== undefined && "sha256" in found)
      entries.push({ path: said.path, mode: said.mode, blob: entry.oid, ...found });
    else if (said.kind === "omitted") omitted.set(nameOf(entry), said.reason);
    else if (found !== undefined && "reason" in found) omitted.set(nameOf(entry), found.reason);
    sources.progress(++done, listed.length);
    await tell(done);
  });
  return {
    entries: entries.toSorted(byPath),
    omitted: [...omitted].map(([path, reason]) => ({ path, reason })).toSorted(byPath),
    known,
  };
}

const TELL_MS = 500;

/** Lets those who wait for the manifest know how far it is, not oftener than they would notice. */
function teller({ exchange, clock }: Bench, total: number): (done: number) => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  return async (done) => {
    const now = clock();
    if (Math.abs(now - last) < TELL_MS) return;
    last = now;
    await exchange.published.setProgress({ done, total });
  };
}

/** What the cache knows is believed only while the blob is still there. */
async function look(
  published: PublishedWriter,
  oid: GitOid,
  path: string,
  { blobs, cache, mask, log }: Sources,
): Promise<Known> {
  const known = cache.get(knownKey(oid, path));
  if (known !== undefined && ("reason" in known || (await published.hasBlob(known.sha256)))) return known;
  const judged = content(await blobs.blob(oid));
  if ("reason" in judged) return judged;
  const served = attempted(() => mask(path, judged), oid, log);
  if (served === undefined) return { reason: "redaction" };
  const { bytes, redactions } = served;
  const digest = sha256(bytes);
  await published.putBlob(digest, bytes);
  const told = redactions.length === 0 ? {} : { redactions: [...redactions] };
  return { sha256: digest, size: bytes.length, lines: judged.lines, ...told };
}

/**
 * A file that masking cannot cope with is not served, and the others are: whoever may write one line of a repository would
 * stop the service else. The blob and not the path, which is somebody's words.
 */
function attempted<T>(work: () => T, blob: GitOid, log: Bench["log"]): T | undefined {
  try {
    return work();
  } catch (cause) {
    log.error({ error: cause, blob }, "a file could not be masked and is not served");
    return undefined;
  }
}

async function putManifest(
  bench: Bench,
  at: Target & { tree: GitOid },
  { entries, omitted }: Contents,
): Promise<Published> {
  const { setup, exchange, signer, clock } = bench;
  const origin = {
    repository: setup.config.repository.name,
    ...at,
    policy: setup.policy,
    created: instant(clock()),
  };
  const manifest: Manifest = { version: 2, ...origin, entries: [...entries], omitted };
  const bytes = utf8(canonical(manifest));
  const digest = sha256(bytes);
  await exchange.published.putManifest(digest, bytes, signer.sign(publicationStatement(digest, origin)));
  await exchange.published.setCurrent(digest);
  return openManifest(digest, manifest);
}

/**
 * Omitted names are shown to agents. What breaks the rules of paths may hold anything, so it is escaped, with a
 * backslash that no served path can hold: an escaped name is never mistaken for a served file.
 */
function nameOf({ path, raw }: TreeEntry): string {
  const escaped = raw.replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
  return printable(path ?? escaped);
}

/** Byte order, which is also git's. */
function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const workers = Array.from({ length: WIDTH }, async () => {
    for (const item of rest) await work(item);
  });
  await Promise.all(workers);
}
