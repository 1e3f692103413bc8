// Hashes that are remembered are those of the definition, and are asked for once.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { subtreesOver, TILE } from "../../../src/core/audit/subtrees.ts";
import { inclusionProof, isIncluded, rangesOver } from "../../../src/core/audit/tree.ts";
import { type Digest, sha256 } from "../../../src/core/base/digest.ts";
import { treeOf } from "../../support/tree.ts";

const LEAVES = Array.from({ length: 9 * TILE + 77 }, (_, n) => sha256(String(n)));

function counted(size: number): {
  readonly read: () => number;
  readonly leaves: (from: number, count: number) => readonly Digest[];
} {
  let read = 0;
  return {
    read: () => read,
    leaves(from, count) {
      read += count;
      return LEAVES.slice(0, size).slice(from, from + count);
    },
  };
}

test("leaves that the log lacks are a fault, not a shorter tree", () => {
  const { leaves } = counted(TILE + 3);
  const range = subtreesOver(leaves);
  expect(() => range(0, TILE + 4)).toThrow(RangeError);
  expect(() => range(TILE, TILE * 2)).toThrow(RangeError);
  expect(range(TILE, TILE + 3)).toMatch(/^[0-9a-f]{64}$/);
});

test("every range is that of the plain definition", () => {
  const plain = rangesOver((at) => LEAVES[at]!);
  const range = subtreesOver(counted(LEAVES.length).leaves);
  const ends = fc.tuple(fc.nat(8), fc.integer({ min: 1, max: LEAVES.length }));
  fc.assert(
    // Ranges that proofs ask for begin at a multiple of the largest power of two in them.
    fc.property(ends, ([level, size]) => {
      const from = Math.min(2 ** level * TILE, LEAVES.length - 1);
      expect(range(0, size)).toBe(plain(0, size));
      expect(range(from, LEAVES.length)).toBe(plain(from, LEAVES.length));
    }),
    { numRuns: 40 },
  );
});

test("a log that grows has each complete subtree hashed once", () => {
  const log = counted(LEAVES.length);
  const range = subtreesOver(log.leaves);
  expect(range(0, LEAVES.length)).toBe(treeOf(LEAVES).root());
  const first = log.read();
  expect(first).toBe(LEAVES.length);
  range(0, LEAVES.length);
  expect(log.read() - first).toBe(LEAVES.length % TILE);
});

test("a proof in a large log reads hundreds of leaves, not all", () => {
  const log = counted(LEAVES.length);
  const range = subtreesOver(log.leaves);
  range(0, LEAVES.length);
  const before = log.read();
  const index = 1234;
  const proof = inclusionProof(range, index, LEAVES.length);
  expect(log.read() - before).toBeLessThan(2 * TILE);
  const size = LEAVES.length;
  expect(isIncluded({ leaf: LEAVES[index]!, index, size, proof, root: range(0, size) })).toBe(true);
});
