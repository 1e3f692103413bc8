// Keeps the last good manifest open, with the views of it that tools page through, and replaces it when a new one verifies.
import type { TrustedKey } from "../../core/attestation/key.ts";
import type { Digest } from "../../core/base/digest.ts";
import { accept, type Refusal, refusal, refuse, type Result, retryable } from "../../core/base/refusal.ts";
import type { Instant } from "../../core/base/time.ts";
import type { Manifest, ManifestEntry, Omission, OpenManifest } from "../../core/manifest/manifest.ts";
import { type PathIndex, pathIndex } from "../../core/proposal/targets.ts";
import type { Progress, PublishedReader } from "../../io/exchange/exchange.ts";
import { readPublication, wasPublished } from "./publication.ts";

/** One line of the listing: a file that is served, or one that is only named, with the reason. */
export type Listed =
  | { readonly path: string; readonly entry: ManifestEntry }
  | { readonly path: string; readonly omitted: Omission };

/** A list that is gone through by position. */
export type Sequence<T> = Pick<readonly T[], "length" | "at">;

/** The manifest as one caller sees it (view.ts). */
export interface View extends Omit<OpenManifest, "manifest"> {
  /** Without entries: those of the whole manifest are not for a caller who sees a part of it. */
  readonly manifest: Pick<Manifest, "repository" | "ref" | "commit">;
  /** Entries and omissions in the order of their paths. */
  readonly listing: Sequence<Listed>;
  /** How many of the listing are entries. */
  readonly total: number;
  /** Every path that is known here, for collisions of new files. */
  readonly index: () => PathIndex;
}

/** An open manifest. Listing and index are made once: a call must cost the same for any number of files. */
export interface Shelved extends OpenManifest, Omit<View, keyof OpenManifest> {
  readonly listing: readonly Listed[];
  readonly index: () => ReturnType<typeof pathIndex>;
}

export interface ShelfEvents {
  received(manifest: Shelved): void;
  /** Called once for each digest that is refused in a row. */
  refused(digest: Digest, refusal: Refusal): void;
}

export interface Shelf {
  current(): Shelved | undefined;
  /** The current manifest, or why there is none. */
  open(): Result<Shelved>;
  /** Look for a newer manifest. A bad one is refused and the last good one stays, unless the configuration changed. */
  refresh(): Promise<void>;
  wasPublished(digest: Digest): Promise<boolean>;
}

/** What a manifest must be: signed by one of the keys, of this repository, under the configuration of this process. */
export interface Expected {
  /** As they are now. */
  readonly keys: () => readonly TrustedKey[];
  readonly repository: string;
  readonly policy: Digest;
}

export function openShelf(published: PublishedReader, expected: Expected, events: ShelfEvents): Shelf {
  const { keys, repository } = expected;
  let held: Result<Shelved> = refuse("manifest_unavailable", NOTHING_YET);
  let newest: Instant | undefined;
  let refused: Digest | undefined;
  let running: Promise<void> | undefined;

  /** What is held stays, whatever becomes of the pointer; where nothing ever was, those who ask hear how far it is. */
  const awaited = async (): Promise<void> => {
    if (held.ok || held.refusal.code !== "manifest_unavailable") return;
    held = { ok: false, refusal: inTheMaking(await published.progress()) };
  };

  const look = async (): Promise<void> => {
    const digest = await published.current();
    if (digest === undefined) return awaited();
    // What is held, be it a manifest or the no to one, is about this digest: it need not be read every second.
    if (digest === (held.ok ? held.value.digest : held.refusal.where)) return;
    const read = await readPublication(published, digest, keys(), repository);
    const judged = read.ok ? judge(read.value, expected, newest) : read;
    // What another configuration shows may be what this one hides, and the other way round: nothing is served.
    if (!judged.ok && judged.refusal.code === "policy_changed") held = judged;
    if (read.ok && judged.ok) {
      const shelved = shelve(read.value);
      // Audited before it is served: nothing is disclosed from a manifest that the log does not know.
      events.received(shelved);
      held = accept(shelved);
    } else if (!judged.ok && refused !== digest) events.refused(digest, judged.refusal);
    refused = judged.ok ? undefined : digest;
    if (read.ok) newest = later(newest, read.value.manifest.created);
  };

  return {
    current: () => (held.ok ? held.value : undefined),
    open: () => held,
    refresh: () =>
      (running ??= look().finally(() => {
        running = undefined;
      })),
    wasPublished: (digest) => wasPublished(published, digest, keys()),
  };
}

const NOTHING_YET = "no signed manifest has arrived yet";
/** After so many seconds it is worth looking again. */
const PATIENCE_SECONDS = 2;

/** Nobody waits in silence for the first manifest of a large repository: the answer comes at once, and says how far it is. */
function inTheMaking(progress: Progress | undefined): Refusal {
  if (progress === undefined) return refusal("manifest_unavailable", NOTHING_YET);
  const { done, total } = progress;
  const how = `it is being made: ${done} of ${total} files are read`;
  return retryable(refusal("manifest_unavailable", `${NOTHING_YET}; ${how}`), PATIENCE_SECONDS);
}

/** A genuine manifest that must not be served all the same. */
function judge(
  { digest, manifest }: OpenManifest,
  { policy }: Expected,
  newest: Instant | undefined,
): Result<undefined> {
  // Whoever writes published/ could put back one that still lists what has been taken out since.
  if (newest !== undefined && manifest.created < newest)
    return refuse("manifest_rollback", `the manifest is older than one of ${newest}`, digest);
  if (manifest.policy === policy) return accept(undefined);
  return refuse(
    "policy_changed",
    "the manifest was published under another configuration than this server's",
    digest,
    "Wait a moment and call again. If it stays so, the operator must restart this server, and every other one of the repository.",
  );
}

function later(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a > b ? a : b;
}

function shelve(open: OpenManifest): Shelved {
  const { entries, omitted } = open.manifest;
  const listing: readonly Listed[] = [
    ...entries.map((entry): Listed => ({ path: entry.path, entry })),
    ...omitted.map(({ path, reason }): Listed => ({ path, omitted: reason })),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  let index: ReturnType<typeof pathIndex> | undefined;
  return {
    ...open,
    listing,
    total: entries.length,
    index: () => (index ??= pathIndex(listing.map(({ path }) => path))),
  };
}
