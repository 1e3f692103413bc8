// What one scope sees of the manifest: the manifest itself, or the part of it that matches, kept small and made once.
import { setImmediate } from "node:timers/promises";
import { canonical } from "../../core/base/canonical.ts";
import type { Matcher } from "../../core/base/glob.ts";
import type { Scope } from "../../core/identity/scope.ts";
import { type Lookup, type ManifestEntry, masksAmong } from "../../core/manifest/manifest.ts";
import type { PathIndex } from "../../core/proposal/targets.ts";
import type { Listed, Sequence, Shelved, View } from "./shelf.ts";

/** Most positions that all views of one manifest keep together, four bytes each: 32 MiB, whatever scopes there are. */
const MAX_KEPT = 8_388_608;

/** Most views of one manifest, the empty ones among them. */
const MAX_VIEWS = 1024;

/** Paths that are looked at in one go, below a tenth of a second for a hundred dear globs; then it is others' turn. */
const SLICE = 1000;

/** Positions in the listing of the manifest. The files themselves are kept once, by the manifest. */
interface Part {
  readonly positions: Uint32Array;
  readonly total: number;
}

interface Kept {
  /** By the paths of the scope, the one used last at the end. */
  readonly parts: Map<string, Part>;
  /** Those that are being made: asked for twice, they are made once. */
  readonly making: Map<string, Promise<Part>>;
}

/** By manifest, so that views go with it. */
const views = new WeakMap<Shelved, Kept>();

/**
 * The manifest as `scope` sees it. What it does not see is not there: no entry, no name, no number that counts it.
 * A scope without paths gets the manifest itself.
 */
export async function viewOf(shelved: Shelved, scope: Pick<Scope, "paths" | "sees">): Promise<View> {
  if (scope.paths.length === 0) return shelved;
  const part = await partOf(shelved, scope);
  if (part.positions.length === shelved.listing.length) return shelved;
  const listing = sequence(shelved, part.positions);
  const { repository, ref, commit } = shelved.manifest;
  return {
    digest: shelved.digest,
    manifest: { repository, ref, commit },
    byPath: lookup(shelved.byPath, scope.sees),
    listing,
    total: part.total,
    masks: () => masksAmong(entriesOf(listing)),
    index: () => visible(shelved.index(), listing, scope.sees),
  };
}

async function partOf(shelved: Shelved, { paths, sees }: Pick<Scope, "paths" | "sees">): Promise<Part> {
  const kept = views.get(shelved) ?? {
    parts: new Map<string, Part>(),
    making: new Map<string, Promise<Part>>(),
  };
  views.set(shelved, kept);
  const { parts, making } = kept;
  // Not by the scope's id: callers with other limits and the same paths see the same.
  const key = canonical(paths);
  const known = parts.get(key);
  if (known !== undefined) {
    parts.delete(key);
    parts.set(key, known);
    return known;
  }
  const begun = making.get(key);
  if (begun !== undefined) return begun;
  const made = filtered(shelved.listing, sees);
  making.set(key, made);
  const part = await made;
  making.delete(key);
  parts.set(key, part);
  forgetOldest(parts);
  return part;
}

/** All but the latest may go: it was just asked for, and alone it is smaller than what it was made of. */
function forgetOldest(parts: Map<string, Part>): void {
  let positions = [...parts.values()].reduce((sum, part) => sum + part.positions.length, 0);
  for (const [key, part] of parts) {
    if (parts.size === 1 || (positions <= MAX_KEPT && parts.size <= MAX_VIEWS)) return;
    parts.delete(key);
    positions -= part.positions.length;
  }
}

/** Operators' globs may be dear, and there may be many paths: in between, the process turns to everybody else. */
async function filtered(listing: Shelved["listing"], sees: Matcher): Promise<Part> {
  const positions: number[] = [];
  let total = 0;
  for (const [position, listed] of listing.entries()) {
    if (position > 0 && position % SLICE === 0) await setImmediate();
    if (!sees(listed.path)) continue;
    positions.push(position);
    if ("entry" in listed) total += 1;
  }
  return { positions: Uint32Array.from(positions), total };
}

function sequence({ listing }: Shelved, positions: Uint32Array): Sequence<Listed> {
  return {
    length: positions.length,
    at(index) {
      const position = positions[index];
      return position === undefined ? undefined : listing[position];
    },
  };
}

function* entriesOf(listing: Sequence<Listed>): Generator<ManifestEntry> {
  for (let at = 0; at < listing.length; at++) {
    const listed = listing.at(at);
    if (listed !== undefined && "entry" in listed) yield listed.entry;
  }
}

function lookup(byPath: Lookup<ManifestEntry>, sees: Matcher): Lookup<ManifestEntry> {
  const has = (path: string): boolean => sees(path) && byPath.has(path);
  return { has, get: (path) => (has(path) ? byPath.get(path) : undefined) };
}

/**
 * The names that a new file could collide with, without those outside the view: a folder is a name only when something
 * that is seen lies below it. Who collides with a hidden name learns it from the validator, if at all.
 */
function visible(index: PathIndex, listing: Sequence<Listed>, sees: Matcher): PathIndex {
  const isFile = (name: string): boolean => sees(name) && index.paths.has(name);
  return {
    paths: { has: isFile },
    folded: {
      get(name) {
        const seen = index.folded.get(name)?.filter((other) => isFile(other) || isFolder(listing, other));
        return seen === undefined || seen.length === 0 ? undefined : seen;
      },
    },
  };
}

/** Whether something of the listing lies below `name`, by its order: no list of folders is needed. */
function isFolder(listing: Sequence<Listed>, name: string): boolean {
  const below = `${name}/`;
  let low = 0;
  let high = listing.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((listing.at(middle)?.path ?? "") < below) low = middle + 1;
    else high = middle;
  }
  return listing.at(low)?.path.startsWith(below) === true;
}
