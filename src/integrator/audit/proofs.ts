// A proof for one entry: the path from its leaf to the root that the sealer signed.
import { leafHash } from "../../core/audit/entry.ts";
import { subtreesOver, TILE } from "../../core/audit/subtrees.ts";
import { renderProof } from "../../core/audit/tlog-proof.ts";
import { inclusionProof, type RangeHash } from "../../core/audit/tree.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { LogSource } from "./verify.ts";

/** Proofs of the shard that begins at `first`, under a checkpoint that its log fits. */
export function openProofs(
  log: LogSource,
  first: number,
  checkpoint: { readonly size: number; readonly note: Uint8Array },
): (seq: number, line: string) => Uint8Array {
  const range = openRanges(log, first);
  return (seq, line) =>
    renderProof({
      line,
      index: seq,
      path: inclusionProof(range, seq, checkpoint.size),
      checkpoint: checkpoint.note,
    });
}

/** Hashes over the leaves of the shard that begins at `first`. */
export function openRanges(log: LogSource, first: number): RangeHash {
  let held: { readonly from: number; readonly leaves: readonly Digest[] } | undefined;
  const leaves = (from: number, count: number): readonly Digest[] => {
    // Every range that is asked for lies within one tile, and the next entry asks for the same.
    const tile = from - (from % TILE);
    if (held?.from !== tile) held = { from: tile, leaves: leavesAt(log, first + tile, TILE) };
    return held.leaves.slice(from - tile, from - tile + count);
  };
  return subtreesOver(leaves);
}

function leavesAt(log: LogSource, position: number, count: number): readonly Digest[] {
  const found: Digest[] = [];
  for (const { line } of log.rows(position)) {
    if (found.length === count || line === null) break;
    found.push(leafHash(line));
  }
  return found;
}
