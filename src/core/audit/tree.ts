// The Merkle tree of RFC 6962 §2.1 over the leaf hashes of the log: roots, proofs, and their verification.
import { hash } from "node:crypto";
import { type Digest, sha256 } from "../base/digest.ts";

/** MTH({}) = SHA-256(): the root of a tree without leaves. */
export const EMPTY_ROOT = sha256("");

const pair = Buffer.alloc(65);
pair[0] = 0x01;

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Digest, right: Digest): Digest {
  pair.write(left, 1, "hex");
  pair.write(right, 33, "hex");
  return hash("sha256", pair, "hex") as Digest;
}

/**
 * A tree that only grows, held as the roots of its complete subtrees (at most 64), largest first. That is all a sealer
 * has to remember: neither leaves nor inner nodes.
 */
export class Frontier {
  #size: number;
  readonly #stack: Digest[];

  /** Throws RangeError when the stack does not have as many roots as `size` has bits set. */
  constructor(size = 0, stack: readonly Digest[] = []) {
    if (stack.length !== bitsOf(size)) throw new RangeError("stack and size of a tree disagree");
    this.#size = size;
    this.#stack = [...stack];
  }

  get size(): number {
    return this.#size;
  }

  get stack(): readonly Digest[] {
    return [...this.#stack];
  }

  append(leaf: Digest): void {
    let node = leaf;
    // Each bit that is set at the end of the size is a complete subtree as large as the one that is carried.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#stack.pop();
      if (left === undefined) throw new RangeError("stack and size of a tree disagree");
      node = nodeHash(left, node);
    }
    this.#stack.push(node);
    this.#size += 1;
  }

  root(): Digest {
    const last = this.#stack.at(-1);
    if (last === undefined) return EMPTY_ROOT;
    return this.#stack.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
  }
}

function bitsOf(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}

/** Hash of the tree over the leaves `from` (included) to `to` (excluded), `from` < `to`; see `rangesOver`. */
export type RangeHash = (from: number, to: number) => Digest;

/** Hashes of ranges out of single leaves: work grows with the range, so large logs bring a RangeHash that remembers. */
export function rangesOver(leafAt: (index: number) => Digest): RangeHash {
  const range: RangeHash = (from, to) => {
    if (to - from === 1) return leafAt(from);
    const middle = from + splitOf(to - from);
    return nodeHash(range(from, middle), range(middle, to));
  };
  return range;
}

/** The largest power of two that is smaller than `size` (> 1). */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** PATH(index, D[size]), RFC 6962 §2.1.1: from the leaf's sibling up. Throws RangeError outside of the tree. */
export function inclusionProof(range: RangeHash, index: number, size: number): readonly Digest[] {
  if (!isPlace(index) || !isPlace(size) || index >= size) throw new RangeError("no such leaf in this tree");
  return path(range, index, 0, size);
}

function path(range: RangeHash, index: number, from: number, to: number): readonly Digest[] {
  if (to - from === 1) return [];
  const middle = from + splitOf(to - from);
  return index < middle
    ? [...path(range, index, from, middle), range(middle, to)]
    : [...path(range, index, middle, to), range(from, middle)];
}

/** PROOF(from, D[to]), RFC 6962 §2.1.2. Empty for a tree with itself, and with the empty one. */
export function consistencyProof(range: RangeHash, from: number, to: number): readonly Digest[] {
  if (!isPlace(from) || !isPlace(to) || from > to) throw new RangeError("no such trees");
  return from === 0 || from === to ? [] : subproof(range, from, 0, to, true);
}

function subproof(
  range: RangeHash,
  end: number,
  from: number,
  to: number,
  isWhole: boolean,
): readonly Digest[] {
  if (end === to) return isWhole ? [] : [range(from, to)];
  const middle = from + splitOf(to - from);
  return end <= middle
    ? [...subproof(range, end, from, middle, isWhole), range(middle, to)]
    : [...subproof(range, end, middle, to, false), range(from, middle)];
}

export interface Inclusion {
  readonly leaf: Digest;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Digest[];
  readonly root: Digest;
}

/** RFC 9162 §2.1.3.2. */
export function isIncluded({ leaf, index, size, proof, root }: Inclusion): boolean {
  if (!isPlace(index) || !isPlace(size) || index >= size) return false;
  let node = leaf;
  const isEnd = climb(index, size - 1, proof, (sibling, isLeft) => {
    node = isLeft ? nodeHash(sibling, node) : nodeHash(node, sibling);
  });
  return isEnd && node === root;
}

export interface Consistency {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Digest;
  readonly toRoot: Digest;
  readonly proof: readonly Digest[];
}

/** RFC 9162 §2.1.4.2. The empty tree is consistent with every tree, by the empty proof. */
export function isConsistent({ from, to, fromRoot, toRoot, proof }: Consistency): boolean {
  if (!isPlace(from) || !isPlace(to) || from > to) return false;
  if (from === to) return proof.length === 0 && fromRoot === toRoot;
  if (from === 0) return proof.length === 0 && fromRoot === EMPTY_ROOT;
  const [first, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false;
  let [at, last] = [from - 1, to - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let [older, newer] = [first, first];
  const isEnd = climb(at, last, rest, (sibling, isLeft) => {
    if (isLeft) older = nodeHash(sibling, older);
    newer = isLeft ? nodeHash(sibling, newer) : nodeHash(newer, sibling);
  });
  return isEnd && older === fromRoot && newer === toRoot;
}

/** From node `from` up, with `to` the last node of its level: true when the proof ends exactly at the root. */
function climb(
  from: number,
  to: number,
  proof: readonly Digest[],
  step: (sibling: Digest, isLeft: boolean) => void,
): boolean {
  let [at, last] = [from, to];
  for (const sibling of proof) {
    if (last === 0) return false;
    const isLeft = at % 2 === 1 || at === last;
    step(sibling, isLeft);
    // At the right edge, levels on which the node has no sibling are passed over.
    if (isLeft) while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    [at, last] = [half(at), half(last)];
  }
  return last === 0;
}

function isPlace(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPowerOfTwo(value: number): boolean {
  return bitsOf(value) === 1;
}

const half = (value: number): number => Math.floor(value / 2);
