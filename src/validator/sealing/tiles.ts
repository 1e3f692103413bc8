// Reading and writing the level-0 tiles of a sealed shard: leaf hashes, 256 to a tile, raw.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Checkpoint } from "../../core/audit/checkpoint.ts";
import { TILE } from "../../core/audit/subtrees.ts";
import { Frontier } from "../../core/audit/tree.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { SealedReader, SealedWriter } from "../../io/exchange/exchange.ts";
import type { SealedTiles, Tile } from "./grow.ts";

const HASH = 32;

/** The tiles below `size` leaves of a shard whose root is `root`. */
export function tilesBelow(
  sealed: Pick<SealedReader, "tile">,
  shard: string,
  { size, root }: { readonly size: number; readonly root: Digest },
): SealedTiles {
  return {
    async leaves(from, to) {
      const found: Digest[] = [];
      for await (const leaf of leavesFrom(sealed, shard, from, to)) found.push(leaf);
      return found.length === to - from ? found : undefined;
    },
    async areWhole() {
      const tree = new Frontier();
      for await (const leaf of leavesFrom(sealed, shard, 0, size)) tree.append(leaf);
      return tree.size === size && tree.root() === root;
    },
  };
}

/** Leaves `from` to `to`, as long as there are tiles. One tile at a time: other work goes on between them. */
export async function* leavesFrom(
  sealed: Pick<SealedReader, "tile">,
  shard: string,
  from: number,
  to: number,
): AsyncGenerator<Digest, void> {
  for (let start = from - (from % TILE); start < to; start += TILE) {
    await nextTurn();
    const width = Math.min(TILE, to - start);
    const tile = await sealed.tile(shard, start / TILE, width);
    if (tile.kind !== "found") return;
    for (let at = Math.max(from - start, 0); at < width; at++)
      yield Buffer.from(tile.bytes.subarray(at * HASH, (at + 1) * HASH)).toString("hex") as Digest;
  }
}

/** Whether there is a tile for each of the leaves; what is in them, nobody looks at. */
export async function areThere(
  sealed: Pick<SealedReader, "tile">,
  shard: string,
  size: number,
): Promise<boolean> {
  for (let start = 0; start < size; start += TILE) {
    await nextTurn();
    const { kind } = await sealed.tile(shard, start / TILE, Math.min(TILE, size - start));
    if (kind === "absent") return false;
  }
  return true;
}

type Tree = Pick<Checkpoint, "size" | "root">;

/** Whether `tree` grew over `part`. Where tiles do not have its root, they tell nothing, and the state is believed. */
export async function isWithin(
  part: Tree,
  tree: Tree,
  sealed: Pick<SealedReader, "tile">,
  shard: string,
): Promise<boolean> {
  if (part.size >= tree.size) return part.size === tree.size && part.root === tree.root;
  const grown = new Frontier();
  for await (const leaf of leavesFrom(sealed, shard, 0, part.size)) grown.append(leaf);
  return grown.root() === part.root || !(await tilesBelow(sealed, shard, tree).areWhole());
}

export async function putTiles(
  sealed: Pick<SealedWriter, "putTile">,
  shard: string,
  tiles: readonly Tile[],
): Promise<void> {
  for (const { index, leaves } of tiles)
    await sealed.putTile(shard, index, Buffer.from(leaves.join(""), "hex"));
}
