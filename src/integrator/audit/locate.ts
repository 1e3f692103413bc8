// The first entry that differs from what was sealed, by the sealer's level-0 tiles: exact where the chain alone cannot tell.
import type { Digest } from "../../core/base/digest.ts";
import { leafHash } from "../../core/audit/entry.ts";
import type { WalkRow } from "../../core/audit/log-walk.ts";
import { TILE } from "../../core/audit/subtrees.ts";
import { Frontier } from "../../core/audit/tree.ts";
import type { SealedReader } from "../../io/exchange/exchange.ts";
import type { Anchor } from "./anchors.ts";

export interface Difference {
  /** Number in its shard. */
  readonly seq: number;
  /** Leaf hash that was sealed. */
  readonly sealed: Digest;
  /** Leaf hash of what stands there now; undefined when nothing does. */
  readonly found: Digest | undefined;
  /** Bytes of the lines before it in its shard. */
  readonly bytes: number;
}

/** `same`: nothing differs in what is sealed. `unknown`: there are no tiles that a pinned key's checkpoint vouches for. */
export type Located =
  | ({ readonly kind: "differs" } & Difference)
  | { readonly kind: "same"; readonly size: number }
  | { readonly kind: "unknown" };

/**
 * Straight through tiles and rows side by side. Tiles are no authority: only when their own root is the one that a pinned key
 * signed does the comparison count. `rows`: those of the shard, in order; `first`: position of its entry 0.
 */
export async function locate(
  sealed: SealedReader,
  anchor: Anchor,
  rows: Iterable<WalkRow>,
  first: number,
): Promise<Located> {
  const { shard, checkpoint } = anchor;
  const { size, root } = checkpoint;
  const tree = new Frontier();
  const log = rows[Symbol.iterator]();
  let row = nextRow(log);
  let bytes = 0;
  let difference: Difference | undefined;
  for (let from = 0; from < size; from += TILE) {
    const width = Math.min(TILE, size - from);
    const tile = await sealed.tile(shard, from / TILE, width);
    if (tile.kind !== "found") return { kind: "unknown" };
    const hashes = Buffer.from(tile.bytes).toString("hex");
    for (let at = 0; at < width; at++) {
      const leaf = hashes.slice(at * 64, at * 64 + 64) as Digest;
      tree.append(leaf);
      if (difference !== undefined) continue;
      const found = row?.position === first + from + at ? leafOf(row) : undefined;
      if (found !== leaf) difference = { seq: from + at, sealed: leaf, found, bytes };
      else {
        bytes += Buffer.byteLength(row?.line ?? "") + 1;
        row = nextRow(log);
      }
    }
  }
  if (tree.root() !== root) return { kind: "unknown" };
  return difference === undefined ? { kind: "same", size } : { kind: "differs", ...difference };
}

/** A file that breaks off while it is read ends there. */
function nextRow(log: Iterator<WalkRow>): WalkRow | undefined {
  try {
    const next = log.next();
    return next.done === true ? undefined : next.value;
  } catch {
    return undefined;
  }
}

function leafOf({ line }: WalkRow): Digest | undefined {
  return line === null ? undefined : leafHash(line);
}
