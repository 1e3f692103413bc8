// What a request makes of a sealed tree: longer, as it was, or the trouble that it is. Pure; nothing is signed here.
import { type HeadRequest, leavesIn, type SealTrouble } from "../../core/audit/heads.ts";
import { TILE } from "../../core/audit/subtrees.ts";
import { Frontier } from "../../core/audit/tree.ts";
import type { Digest } from "../../core/base/digest.ts";

/** A shard as far as it is sealed; size 0 for one that is not begun. */
export interface Trunk {
  readonly size: number;
  readonly stack: readonly Digest[];
  readonly closed: boolean;
}

export const NO_TRUNK: Trunk = { size: 0, stack: [], closed: false };

export interface Tile {
  readonly index: number;
  readonly leaves: readonly Digest[];
}

export type Growth =
  /** Nothing that is not sealed; `closed` may be news. */
  | { readonly kind: "same"; readonly closed: boolean }
  | {
      readonly kind: "grown";
      readonly tree: Frontier;
      readonly closed: boolean;
      /** Tiles that are new or wider now. */
      readonly tiles: readonly Tile[];
    }
  | { readonly kind: "trouble"; readonly trouble: SealTrouble; readonly why: string };

/** The tiles of what is sealed: no authority, anybody may have changed them. */
export interface SealedTiles {
  /** Leaves `from` to `to`; undefined where a tile is missing. */
  leaves(from: number, to: number): Promise<readonly Digest[] | undefined>;
  /** Whether all of them together have the root that was sealed. Reads every tile: for when something is wrong. */
  areWhole(): Promise<boolean>;
}

/**
 * The tree is only ever extended: whatever a request says again must be what was sealed, and nothing may be missing
 * between. The leaves of the last, partial tile are checked against the stack, which is ours; those before it against the
 * tiles, which are believed only where they have the sealed root.
 */
export async function grow(trunk: Trunk, request: HeadRequest, tiles: SealedTiles): Promise<Growth> {
  const { size } = trunk;
  const leaves = leavesIn(request);
  const { from, closes } = request;
  const end = from + leaves.length;
  if (from > size)
    return trouble("LOG_GAP", `the request begins at ${from}, and only ${size} leaves are sealed`);
  const other = await firstOther(leaves.slice(0, size - from), from, tiles);
  if (other !== undefined)
    return trouble("LOG_REWRITTEN", `leaf ${other} was sealed, and is another one now`);
  const base = size - (size % TILE);
  const own = from <= base && end >= size ? leaves.slice(base - from, size - from) : undefined;
  if (own !== undefined && !isTail(trunk, own))
    return trouble("LOG_REWRITTEN", `a leaf of ${base} to ${size} was sealed, and is another one now`);
  if (end <= size) return unchanged(trunk, { closes, end });
  if (trunk.closed) return trouble("LOG_REWRITTEN", "the shard was closed, and goes on");
  const tail = own ?? (await tiles.leaves(base, size));
  if (tail === undefined || !isTail(trunk, tail))
    return trouble("LOG_GAP", `the request begins at ${from}; leaves from ${base} on are needed`);
  const fresh = leaves.slice(size - from);
  const tree = new Frontier(size, trunk.stack);
  for (const leaf of fresh) tree.append(leaf);
  return { kind: "grown", tree, closed: closes, tiles: tilesOf(base, [...tail, ...fresh]) };
}

function unchanged(
  { size, closed }: Trunk,
  { closes, end }: { readonly closes: boolean; readonly end: number },
): Growth {
  // An end that lies before the sealed one: the log was cut there.
  if (closes && end < size)
    return trouble("LOG_REWRITTEN", `the shard ends at ${end}, and ${size} leaves are sealed`);
  return { kind: "same", closed: closed || (closes && end === size) };
}

/** Number of the first leaf that is not the sealed one. */
async function firstOther(
  again: readonly Digest[],
  from: number,
  tiles: SealedTiles,
): Promise<number | undefined> {
  const sealed = again.length === 0 ? [] : await tiles.leaves(from, from + again.length);
  const at = sealed?.findIndex((leaf, index) => leaf !== again[index]) ?? -1;
  return at >= 0 && (await tiles.areWhole()) ? from + at : undefined;
}

/** Whether `leaves` are those of the last, partial tile: their subtrees are the end of the stack. */
function isTail({ stack }: Pick<Trunk, "stack">, leaves: readonly Digest[]): boolean {
  const tail = new Frontier();
  for (const leaf of leaves) tail.append(leaf);
  const roots = tail.stack;
  const last = stack.slice(stack.length - roots.length);
  return last.every((root, at) => root === roots[at]);
}

/** Of leaves from the tile boundary `base` on. */
export function tilesOf(base: number, leaves: readonly Digest[]): readonly Tile[] {
  const count = Math.ceil(leaves.length / TILE);
  return Array.from({ length: count }, (_, n) => ({
    index: base / TILE + n,
    leaves: leaves.slice(n * TILE, (n + 1) * TILE),
  }));
}

function trouble(trouble: SealTrouble, why: string): Growth {
  return { kind: "trouble", trouble, why };
}
