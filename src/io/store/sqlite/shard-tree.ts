// The tree over the running month's leaves, kept up between writes, so that a month can be closed within a transaction.
import type { ChainState } from "../../../core/audit/chain.ts";
import { Frontier } from "../../../core/audit/tree.ts";
import type { Digest } from "../../../core/base/digest.ts";
import { damaged } from "./entries.ts";
import type { Session } from "./session.ts";

/** Leaves taken in before each write: a process that comes to a large shard catches up in passing. */
const STEP = 64;
const PAGE = 4096;

/** Where the log stands: its shard, and the position behind its last entry. */
type Place = Pick<ChainState, "position" | "nextSeq">;

/** Position of the shard's first entry. */
function firstOf({ position, nextSeq }: Place): number {
  return position - nextSeq;
}

export class ShardTree {
  readonly #session: Session;
  #first = 0;
  #tree = new Frontier();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Takes in entries up to `place`, which must be committed: STEP of them, or all when the month ends. Outside of the write
   * lock, because a million leaves take a second.
   */
  follow(place: Place, isDue: boolean): void {
    const first = firstOf(place);
    if (first !== this.#first) this.#tree = new Frontier();
    this.#first = first;
    if (!isDue) this.#take(this.#tree, place, STEP);
    else while (this.#take(this.#tree, place, PAGE) === PAGE);
  }

  /**
   * Takes in what this process has just committed between `from` and `to`, when it stands there: nothing is read again.
   * Behind a change of the month it does not; `follow` reads.
   */
  took(from: Place, to: Place, leaves: readonly Digest[]): void {
    if (firstOf(to) !== this.#first || this.#first + this.#tree.size !== from.position) return;
    if (to.position - from.position !== leaves.length) return;
    for (const leaf of leaves) this.#tree.append(leaf);
  }

  /**
   * The shard's tree up to `place`, within the transaction that wrote the last of it; undefined when too much is missing to
   * read it under the lock: the next write, which prepares for it, closes the month instead.
   */
  upTo(place: Place): Frontier | undefined {
    if (firstOf(place) !== this.#first || this.#missing(place) > PAGE) return undefined;
    // A copy: the transaction may be rolled back.
    const tree = new Frontier(this.#tree.size, this.#tree.stack);
    this.#take(tree, place, PAGE);
    if (tree.size !== place.nextSeq) throw damaged("the audit log lacks entries of its month");
    return tree;
  }

  #missing(place: Place): number {
    return place.nextSeq - this.#tree.size;
  }

  #take(tree: Frontier, { position }: Place, most: number): number {
    const from = this.#first + tree.size;
    if (from >= position) return 0;
    const leaves = this.#session.sql<{ leaf: Digest }>(
      "SELECT lower(hex(leaf)) AS leaf FROM audit WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
    );
    const rows = leaves.all(from, position, most);
    for (const { leaf } of rows) tree.append(leaf);
    return rows.length;
  }
}
