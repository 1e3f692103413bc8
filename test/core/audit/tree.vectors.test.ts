// Trees of RFC 6962 over the leaves that logs have been tried with since Certificate Transparency, each proof with every change to it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  consistencyProof,
  Frontier,
  inclusionProof,
  isConsistent,
  isIncluded,
  rangesOver,
} from "../../../src/core/audit/tree.ts";
import { type Digest, sha256 } from "../../../src/core/base/digest.ts";

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/tree/rfc6962.json"), "utf8"),
) as { leaves: readonly string[]; roots: readonly Digest[] };

/** MTH of RFC 6962 §2.1 as it is written there, over the data itself; nothing of ours is in it. */
function mth(data: readonly Buffer[]): Buffer {
  const sha = (...parts: readonly Buffer[]): Buffer =>
    createHash("sha256").update(Buffer.concat(parts)).digest();
  const [first] = data;
  if (first === undefined) return sha();
  if (data.length === 1) return sha(Buffer.of(0), first);
  let k = 1;
  while (k * 2 < data.length) k *= 2;
  return sha(Buffer.of(1), mth(data.slice(0, k)), mth(data.slice(k)));
}

const data = vectors.leaves.map((hex) => Buffer.from(hex, "hex"));
const leaves = data.map((bytes) => sha256(Buffer.concat([Buffer.of(0), bytes])));
const ranges = rangesOver((at) => leaves[at] ?? sha256("none"));

test("roots of 0 to 8 leaves, leaf by leaf, and by the definition", () => {
  const tree = new Frontier();
  const roots = [tree.root()];
  for (const leaf of leaves) {
    tree.append(leaf);
    roots.push(tree.root());
  }
  expect(roots).toEqual(vectors.roots);
  expect(roots).toEqual(roots.map((_, size) => mth(data.slice(0, size)).toString("hex")));
});

const bends = (proof: readonly Digest[]): readonly (readonly Digest[])[] => [
  ...proof.map((_, at) => proof.map((hash, i) => (i === at ? sha256(hash) : hash))),
  [...proof, sha256("more")],
  [sha256("more"), ...proof],
  ...(proof.length === 0 ? [] : [proof.slice(1), proof.slice(0, -1)]),
  ...(proof.length < 2 ? [] : [proof.toReversed()]),
];

describe("every leaf in every tree", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("of %i", (size) => {
    const root = vectors.roots[size]!;
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(ranges, index, size);
      const good = { leaf: leaves[index]!, index, size, proof, root };
      expect(isIncluded(good)).toBe(true);
      for (const bent of bends(proof)) expect(isIncluded({ ...good, proof: bent })).toBe(false);
      for (let other = 0; other <= size; other++)
        if (other !== index)
          expect(isIncluded({ ...good, index: other }), `${index} as ${other}`).toBe(false);
      expect(isIncluded({ ...good, leaf: sha256("other") })).toBe(false);
      expect(isIncluded({ ...good, root: sha256("other") })).toBe(false);
    }
  });
});

describe("every tree as the beginning of every larger one", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("%i", (to) => {
    for (let from = 1; from < to; from++) {
      const proof = consistencyProof(ranges, from, to);
      const good = { from, to, fromRoot: vectors.roots[from]!, toRoot: vectors.roots[to]!, proof };
      expect(isConsistent(good)).toBe(true);
      for (const bent of bends(proof)) expect(isConsistent({ ...good, proof: bent })).toBe(false);
      expect(isConsistent({ ...good, fromRoot: sha256("other") })).toBe(false);
      expect(isConsistent({ ...good, toRoot: sha256("other") })).toBe(false);
      expect(isConsistent({ ...good, from: to, to: from })).toBe(false);
    }
  });
});
