// Hashes of ranges that remember complete subtrees: a proof in a log of a million entries reads hundreds of leaves, not all.
import type { Digest } from "../base/digest.ts";
import { Frontier, nodeHash, type RangeHash } from "./tree.ts";

/** Hashes in a full tile (C2SP tlog-tiles), and leaves of the smallest subtree that is remembered. */
export const TILE = 256;

/** Leaf hashes `from` and on, `count` of them: fewer are a fault. */
export type LeavesAt = (from: number, count: number) => readonly Digest[];

/**
 * The leaves of a log never change, so neither do its complete subtrees: each is hashed once and kept, 64 characters for
 * 256 leaves and as much again for all levels above. Throws RangeError when `leaves` gives fewer than it was asked for.
 */
export function subtreesOver(leaves: LeavesAt): RangeHash {
  const known = new Map<number, Map<number, Digest>>();
  const read = (from: number, to: number): Digest => {
    const found = leaves(from, to - from);
    if (found.length !== to - from) throw new RangeError(`the log lacks leaves of ${from} to ${to}`);
    const tree = new Frontier();
    for (const leaf of found) tree.append(leaf);
    return tree.root();
  };
  const range: RangeHash = (from, to) => {
    const size = to - from;
    if (size <= TILE && !isSubtree(from, size)) return read(from, to);
    if (!isSubtree(from, size)) return split(from, to);
    const level = known.get(size) ?? new Map<number, Digest>();
    known.set(size, level);
    const hash = level.get(from) ?? (size === TILE ? read(from, to) : split(from, to));
    level.set(from, hash);
    return hash;
  };
  const split = (from: number, to: number): Digest => {
    let half = TILE;
    while (half * 2 < to - from) half *= 2;
    return nodeHash(range(from, from + half), range(from + half, to));
  };
  return range;
}

/** A complete subtree of 2^n ≥ 256 leaves at a place of its own size. */
function isSubtree(from: number, size: number): boolean {
  return size >= TILE && Number.isInteger(Math.log2(size)) && from % size === 0;
}
