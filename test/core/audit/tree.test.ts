// The tree of RFC 6962: against a second implementation by its definition, and every valid proof bent in every field.
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  consistencyProof,
  EMPTY_ROOT,
  Frontier,
  inclusionProof,
  isConsistent,
  isIncluded,
  nodeHash,
  rangesOver,
} from "../../../src/core/audit/tree.ts";
import { type Digest, sha256 } from "../../../src/core/base/digest.ts";

const LEAVES = Array.from({ length: 40 }, (_, n) => sha256(`leaf ${n}`));
const range = rangesOver((at) => LEAVES[at]!);
const OTHER = sha256("other");

/** MTH of RFC 6962 §2.1, word for word, on bytes. */
function root(leaves: readonly Digest[]): Digest {
  if (leaves.length === 0) return createHash("sha256").digest("hex") as Digest;
  const [only] = leaves;
  if (only !== undefined && leaves.length === 1) return only;
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  const halves = [root(leaves.slice(0, split)), root(leaves.slice(split))];
  const bytes = [Buffer.of(1), ...halves.map((half) => Buffer.from(half, "hex"))];
  return createHash("sha256").update(Buffer.concat(bytes)).digest("hex") as Digest;
}

const rootAt = (size: number): Digest => root(LEAVES.slice(0, size));
const sizes = Array.from({ length: LEAVES.length + 1 }, (_, size) => size);

describe("what is no proof is refused", () => {
  const index = 5;
  const size = 13;
  const proof = inclusionProof(range, index, size);
  const valid = { leaf: LEAVES[index]!, index, size, proof, root: rootAt(size) };

  test.each<[string, Partial<typeof valid>]>([
    ["another leaf", { leaf: OTHER }],
    ["another root", { root: OTHER }],
    ["an index outside of the tree", { index: size }],
    ["an index below it", { index: -1 }],
    ["an index that is no integer", { index: 5.5 }],
    ["an unsafe index", { index: 2 ** 53 }],
    ["no tree", { size: 0 }],
    ["a size that is no number", { size: Number.NaN }],
    ["no path", { proof: [] }],
    ["one step too few", { proof: proof.slice(1) }],
    ["the last step missing", { proof: proof.slice(0, -1) }],
    ["one step too many", { proof: [...proof, OTHER] }],
    ["steps in another order", { proof: proof.toReversed() }],
  ])("inclusion: %s", (_, change) => {
    expect(isIncluded(valid)).toBe(true);
    expect(isIncluded({ ...valid, ...change })).toBe(false);
  });

  test("inclusion: every field of every proof, bent", () => {
    for (const size of sizes.slice(1))
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(range, index, size);
        const good = { leaf: LEAVES[index]!, index, size, proof, root: rootAt(size) };
        expect(isIncluded(good)).toBe(true);
        const bent = [
          { ...good, leaf: OTHER },
          { ...good, root: OTHER },
          ...sizes.filter((at) => at !== index).map((at) => ({ ...good, index: at })),
          ...proof.map((_, at) => ({ ...good, proof: proof.with(at, OTHER) })),
          ...proof.map((_, at) => ({ ...good, proof: proof.toSpliced(at, 1) })),
          ...[...proof, OTHER].map((_, at) => ({ ...good, proof: proof.toSpliced(at, 0, OTHER) })),
        ];
        expect(bent.filter(isIncluded)).toEqual([]);
      }
  });

  test("consistency: every field of every proof, bent", () => {
    for (const to of sizes)
      for (let from = 0; from <= to; from++) {
        const proof = consistencyProof(range, from, to);
        const good = { from, to, fromRoot: rootAt(from), toRoot: rootAt(to), proof };
        expect(isConsistent(good)).toBe(true);
        // The empty tree is a part of every other one, and nothing is proven of that one.
        if (from === 0 && to > 0) continue;
        const bent = [
          { ...good, fromRoot: OTHER },
          { ...good, toRoot: OTHER },
          ...proof.map((_, at) => ({ ...good, proof: proof.with(at, OTHER) })),
          ...proof.map((_, at) => ({ ...good, proof: proof.toSpliced(at, 1) })),
          ...[...proof, OTHER].map((_, at) => ({ ...good, proof: proof.toSpliced(at, 0, OTHER) })),
        ];
        expect(bent.filter(isConsistent)).toEqual([]);
      }
  });

  test.each([
    ["from behind to", { from: 3, to: 2 }],
    ["below nothing", { from: -1, to: 2 }],
    ["no integer", { from: 0.5, to: 2 }],
    ["the empty tree with a proof", { from: 0, to: 2, fromRoot: EMPTY_ROOT, proof: [OTHER] }],
    ["the empty tree with another root", { from: 0, to: 2, fromRoot: OTHER }],
    ["equal trees with a proof", { from: 2, to: 2, fromRoot: rootAt(2), toRoot: rootAt(2), proof: [OTHER] }],
    ["a prefix without any proof", { from: 3, to: 5 }],
  ])("consistency: %s", (_, change) => {
    const base = { fromRoot: rootAt(3), toRoot: rootAt(5), proof: [] as readonly Digest[] };
    expect(isConsistent({ ...base, ...change })).toBe(false);
  });

  test("places outside of the tree have no proof", () => {
    for (const [index, size] of [
      [3, 3],
      [-1, 3],
      [0, 0],
      [0.5, 3],
    ] as const)
      expect(() => inclusionProof(range, index, size)).toThrow(RangeError);
    expect(() => consistencyProof(range, 4, 3)).toThrow(RangeError);
    expect(() => consistencyProof(range, -1, 3)).toThrow(RangeError);
  });

  test("a stack that does not belong to its size", () => {
    expect(() => new Frontier(3, [OTHER])).toThrow(RangeError);
    expect(() => new Frontier(0, [OTHER])).toThrow(RangeError);
  });
});

test("the hash of two nodes, and the root of nothing", () => {
  const [left, right] = [LEAVES[0]!, LEAVES[1]!];
  expect(nodeHash(left, right)).toBe(root([left, right]));
  expect(new Frontier().root()).toBe(EMPTY_ROOT);
  // RFC 6962 §2.1: MTH({}) = SHA-256().
  expect(EMPTY_ROOT).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("a frontier has the root of the definition at every size, also when it was laid down in between", () => {
  let tree = new Frontier();
  for (const size of sizes) {
    expect([tree.size, tree.root()]).toEqual([size, rootAt(size)]);
    if (size > 0) expect(range(0, size)).toBe(rootAt(size));
    tree = new Frontier(tree.size, tree.stack);
    if (size < LEAVES.length) tree.append(LEAVES[size]!);
  }
});

test("any leaf of any tree is proven", () => {
  const tree = fc.integer({ min: 1, max: 300 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      index: fc.nat(size - 1),
      from: fc.integer({ min: 1, max: size }),
    }),
  );
  fc.assert(
    fc.property(tree, ({ size, index, from }) => {
      const leaves = Array.from({ length: size }, (_, n) => sha256(String(n)));
      const own = rangesOver((at) => leaves[at]!);
      const [whole, part] = [root(leaves), root(leaves.slice(0, from))];
      const proof = inclusionProof(own, index, size);
      expect(isIncluded({ leaf: leaves[index]!, index, size, proof, root: whole })).toBe(true);
      const step = consistencyProof(own, from, size);
      expect(isConsistent({ from, to: size, fromRoot: part, toRoot: whole, proof: step })).toBe(true);
    }),
    { numRuns: 60 },
  );
});
