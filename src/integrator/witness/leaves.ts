// The sealed leaves of one shard, out of the sealer's tiles, believed only when they make the root that was signed.
import type { Checkpoint } from "../../core/audit/checkpoint.ts";
import { TILE } from "../../core/audit/subtrees.ts";
import { Frontier, type RangeHash, rangesOver } from "../../core/audit/tree.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { SealedReader } from "../../io/exchange/exchange.ts";

const HASH = 32;

/** Ranges over the leaves of the checkpoint's tree; undefined when tiles are missing, damaged, or of another tree. */
export async function sealedRanges(
  sealed: SealedReader,
  shard: string,
  { size, root }: Checkpoint,
): Promise<RangeHash | undefined> {
  const leaves: Digest[] = [];
  const tree = new Frontier();
  for (let index = 0; index * TILE < size; index++) {
    const width = Math.min(TILE, size - index * TILE);
    const tile = await sealed.tile(shard, index, width);
    if (tile.kind !== "found") return undefined;
    const bytes = Buffer.from(tile.bytes);
    for (let at = 0; at < width; at++) {
      const leaf = bytes.toString("hex", at * HASH, (at + 1) * HASH) as Digest;
      leaves.push(leaf);
      tree.append(leaf);
    }
  }
  return tree.root() === root ? splitting(leaves) : undefined;
}

/** A proof asks for each of its ranges once, so nothing is kept. */
function splitting(leaves: readonly Digest[]): RangeHash {
  return rangesOver((index) => {
    const leaf = leaves[index];
    if (leaf === undefined) throw new RangeError(`there is no leaf ${index}`);
    return leaf;
  });
}
