// Keeps the last good manifest open, with the views of it that tools page through, and replaces it when a new one verifies.
import type { TrustedKey } from "../../core/attestation/key.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { ManifestEntry, Omission, OpenManifest } from "../../core/manifest/manifest.ts";
import { type PathIndex, pathIndex } from "../../core/proposal/targets.ts";
import type { PublishedReader } from "../../io/exchange/exchange.ts";
import { readPublication, wasPublished } from "./publication.ts";

/** One line of the listing: a file that is served, or one that is only named, with the reason. */
export type Listed =
  | { readonly path: string; readonly entry: ManifestEntry }
  | { readonly path: string; readonly omitted: Omission };

/** An open manifest. Entries, listing and index are made once: a call must cost the same for any number of files. */
export interface Shelved extends OpenManifest {
  /** Entries and omissions in the order of their paths. */
  readonly listing: readonly Listed[];
  /** Every path of the commit that is known here, for collisions of new files. */
  readonly index: () => PathIndex;
}

export interface ShelfEvents {
  received(manifest: Shelved): void;
  /** Called once for each digest that is refused in a row. */
  refused(digest: Digest, refusal: Refusal): void;
}

export interface Shelf {
  current(): Shelved | undefined;
  /** Look for a newer manifest. A bad one is refused and the last good one stays. */
  refresh(): Promise<void>;
  wasPublished(digest: Digest): Promise<boolean>;
}

export function openShelf(
  published: PublishedReader,
  keys: readonly TrustedKey[],
  repository: string,
  events: ShelfEvents,
): Shelf {
  let current: Shelved | undefined;
  let refused: Digest | undefined;
  let running: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const digest = await published.current();
    if (digest === undefined || digest === current?.digest) return;
    const read = await readPublication(published, digest, keys, repository);
    if (read.ok) {
      const shelved = shelve(read.value);
      // Audited before it is served: nothing is disclosed from a manifest that the log does not know.
      events.received(shelved);
      current = shelved;
      refused = undefined;
    } else if (refused !== digest) {
      events.refused(digest, read.refusal);
      refused = digest;
    }
  };

  return {
    current: () => current,
    refresh: () =>
      (running ??= look().finally(() => {
        running = undefined;
      })),
    wasPublished: (digest) => wasPublished(published, digest, keys),
  };
}

function shelve(open: OpenManifest): Shelved {
  const { entries, omitted } = open.manifest;
  const listing: readonly Listed[] = [
    ...entries.map((entry): Listed => ({ path: entry.path, entry })),
    ...omitted.map(({ path, reason }): Listed => ({ path, omitted: reason })),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  let index: PathIndex | undefined;
  return { ...open, listing, index: () => (index ??= pathIndex(listing.map(({ path }) => path))) };
}
