// The bases that were used last, opened and verified once: reading and verifying a manifest costs more than judging.
import type { Digest } from "../core/base/digest.ts";
import type { GitOid } from "../core/base/ids.ts";
import type { OpenManifest } from "../core/manifest/manifest.ts";
import type { PathIndex } from "../core/proposal/targets.ts";

/** The current base and the one before it; a manifest of the largest repository takes some hundred megabytes. */
const ROOM = 2;

/** Of some 300,000 files. git fills a larger one anew for each round. */
const MAX_LOADED = 33_554_432;

/** What lies here was verified when it was put here, and no other process can reach it. */
export class Shelf {
  readonly #manifests = new Map<Digest, OpenManifest>();
  readonly #indexes = new Map<GitOid, PathIndex>();
  readonly #loaded = new Map<GitOid, Uint8Array>();

  async manifest(
    digest: Digest,
    open: () => Promise<OpenManifest | undefined>,
  ): Promise<OpenManifest | undefined> {
    const found = this.#manifests.get(digest) ?? (await open());
    if (found !== undefined) put(this.#manifests, digest, found);
    return found;
  }

  /** Every path of a tree. A tree never changes, so neither does its index. */
  async index(tree: GitOid, make: () => Promise<PathIndex>): Promise<PathIndex> {
    const found = this.#indexes.get(tree) ?? (await make());
    put(this.#indexes, tree, found);
    return found;
  }

  /** git's own index that holds a tree. */
  loaded(tree: GitOid): Uint8Array | undefined {
    return this.#loaded.get(tree);
  }

  keepLoaded(tree: GitOid, index: Uint8Array): void {
    if (index.length <= MAX_LOADED) put(this.#loaded, tree, index);
  }
}

/** As the newest; what is over the room is forgotten, oldest first. */
function put<K, V>(shelf: Map<K, V>, key: K, value: V): void {
  shelf.delete(key);
  shelf.set(key, value);
  for (const oldest of shelf.keys()) {
    if (shelf.size <= ROOM) return;
    shelf.delete(oldest);
  }
}
