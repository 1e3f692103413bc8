// Growing a shard's tree anew, from its first leaf, until it reproduces every checkpoint that was ever signed of it.
import type { Checkpoint } from "../../core/audit/checkpoint.ts";
import type { SealTrouble } from "../../core/audit/heads.ts";
import { Frontier } from "../../core/audit/tree.ts";
import type { Digest } from "../../core/base/digest.ts";

/**
 * Threat: a state that was set back would sign a second history over the first. Whatever leaves it is given, it signs
 * nothing before all the old checkpoints came out of them; one that does not come out throws all of the leaves away.
 */
export class Regrowth {
  /** Why it is needed; what the gateway is told, which then gives all leaves again. */
  readonly trouble: SealTrouble;
  readonly #targets: readonly Checkpoint[];
  #tree = new Frontier();
  #leaves: Digest[] = [];
  /** The next of the targets. */
  #next = 0;

  /** `targets`: at least one. */
  constructor(targets: readonly Checkpoint[], trouble: SealTrouble) {
    this.trouble = trouble;
    this.#targets = targets.toSorted((a, b) => a.size - b.size);
  }

  get tree(): Frontier {
    return this.#tree;
  }

  get leaves(): readonly Digest[] {
    return this.#leaves;
  }

  /** Leaves until all checkpoints have come out. */
  get goal(): number {
    return this.#targets.at(-1)?.size ?? 0;
  }

  get isDone(): boolean {
    return this.#tree.size === this.goal;
  }

  /** Takes the next leaf. False when a checkpoint did not come out: then everything begins anew. */
  take(leaf: Digest): boolean {
    this.#tree.append(leaf);
    this.#leaves.push(leaf);
    for (let due = this.#due(); due !== undefined; due = this.#due()) {
      this.#next += 1;
      if (due.root !== this.#tree.root()) return this.#beginAnew();
    }
    return true;
  }

  #due(): Checkpoint | undefined {
    const next = this.#targets[this.#next];
    return next?.size === this.#tree.size ? next : undefined;
  }

  #beginAnew(): false {
    this.#tree = new Frontier();
    this.#leaves = [];
    this.#next = 0;
    return false;
  }
}
