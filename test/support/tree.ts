// The tree over some leaves.
import { Frontier } from "../../src/core/audit/tree.ts";
import type { Digest } from "../../src/core/base/digest.ts";

export function treeOf(leaves: readonly Digest[]): Frontier {
  const tree = new Frontier();
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}
