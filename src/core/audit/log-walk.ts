// A walk over a whole log: chain, stored hashes and the tree of each shard, and the first entry that does not hold.
import { hash } from "node:crypto";
import type { Digest } from "../base/digest.ts";
import { printable } from "../base/refusal.ts";
import { passing, VOUCHER } from "./about.ts";
import {
  chainBehind,
  type ChainFault,
  type ChainRow,
  type ChainState,
  checkEntry,
  emptyChain,
  readLine,
} from "./chain.ts";
import { GENESIS } from "./entry.ts";
import { type AuditKeys, NO_KEYS } from "./sealed-line.ts";
import type { Frontier } from "./tree.ts";
import { readUsual, type UsualLine } from "./usual-line.ts";

/** A row as it is stored; a line that is longer than any that is written, or no text, is not read. */
export interface WalkRow extends Omit<ChainRow, "line" | "leaf"> {
  readonly line: string | null;
  /** Undefined where no hash stands beside the line. */
  readonly leaf: string | undefined;
}

export type WalkFault = ChainFault | "TORN_TAIL";

export interface Fault {
  readonly code: WalkFault;
  readonly shard: string | null;
  /** Number in its shard of the first entry that is not as it should be. */
  readonly seq: number;
  /** The entries between which the fault lies: a broken link at 8 means that 7 was changed, or 8 was. */
  readonly suspects: readonly number[];
  /** Place in the whole log of the row where the walk noticed. */
  readonly position: number;
  /** Where that row's line begins in an export of what was walked. */
  readonly byteOffset: number;
  readonly expected: string;
  readonly actual: string;
  /** A shard had to begin here, and which one, nothing says: `shard` and `seq` are those behind the end of the one before. */
  readonly opens: boolean;
}

/** One shard as it was walked. */
export interface WalkedShard {
  readonly shard: string;
  /** Position of its first entry. */
  readonly first: number;
  /** Where its first line begins in an export of what was walked, in bytes. */
  readonly offset: number;
  readonly entries: number;
  /** Of all its entries; undefined behind a fault. */
  readonly root: Digest | undefined;
  readonly head: Digest;
}

export interface WalkOptions {
  readonly keys?: AuditKeys | undefined;
  /** Sizes of each shard's tree at which somebody knows a root. */
  readonly sizes?: ReadonlyMap<string, Iterable<number>>;
  /** Begin behind this entry of an earlier shard, or with "any" first entry, as the export of one shard does. */
  readonly behind?: ChainState | "any" | undefined;
  /** Called with each line that holds, in order. */
  readonly seen?: ((line: string, position: number, leaf: Digest) => void) | undefined;
}

interface Current {
  readonly shard: string;
  readonly first: number;
  readonly offset: number;
  /** Sizes that are still ahead, largest first. */
  readonly ahead: number[];
  entries: number;
  head: Digest;
  /** Undefined behind a fault. */
  tree: Frontier | undefined;
}

const BUFFER = 196_609;

/**
 * Takes rows in order. Memory does not grow with the log. What it says about entries cut off at the end, or a log that was
 * rewritten as a whole, is nothing: `roots` are there to be compared with checkpoints.
 */
export class LogWalk {
  /** Roots at the sizes that were asked for, by shard. */
  readonly roots = new Map<string, Map<number, Digest>>();
  entries = 0;
  bytes = 0;
  /** Encrypted entries that were not read, because no key is at hand. */
  unread = 0;
  readonly #options: WalkOptions;
  readonly #keys: AuditKeys;
  readonly #shards: WalkedShard[] = [];
  readonly #buffer = Buffer.alloc(BUFFER);
  /** Bytes of the line that was hashed last. */
  #length = 0;
  #state: ChainState;
  #at: Current | undefined;
  /** Behind a fault: what the next entry links to is not known, and any link will do. */
  #anyLink = false;

  constructor(options: WalkOptions = {}) {
    this.#options = options;
    this.#keys = options.keys ?? NO_KEYS;
    const { behind = emptyChain } = options;
    this.#state = behind === "any" ? emptyChain : behind;
    this.#anyLink = behind === "any";
  }

  /** The fault of this row, or undefined when it holds. */
  take(row: WalkRow): Fault | undefined {
    const { line } = row;
    if (line === null)
      return this.#fault("BAD_JSON", "an audit entry", "a line that is too long for one, or no text");
    const leaf = this.#leaf(line);
    const usual = readUsual(line);
    if (usual !== undefined && this.#follows(usual, row, line, leaf)) {
      this.#state = this.#next(usual, leaf);
    } else {
      if (this.#anyLink) this.#believe(line);
      const step = checkEntry(this.#state, { ...row, line, leaf: row.leaf ?? leaf }, this.#keys);
      if (!step.ok) return this.#fault(step.code, step.expected, step.actual, line);
      if (step.entry === undefined) this.unread += 1;
      this.#state = step.state;
    }
    this.#took(row.position, line, leaf);
    return undefined;
  }

  /**
   * Goes on behind a fault with what the row says of itself, so that only what is wrong by itself is told of the next. Returns
   * a second fault of the row: entries may be missing before it, and it may be changed.
   */
  resume(row: WalkRow): Fault | undefined {
    const isGap = row.position !== this.#state.position;
    this.#state = { ...this.#state, position: row.position, tree: undefined };
    if (this.#at !== undefined) this.#at.tree = undefined;
    this.#anyLink = true;
    const again = isGap ? this.take(row) : undefined;
    if (isGap && again === undefined) return undefined;
    const { line, leaf = "" } = row;
    const behind = line === null ? undefined : chainBehind({ ...row, line, leaf });
    const { position, nextSeq } = this.#state;
    this.#state = behind ?? { ...this.#state, position: position + 1, nextSeq: nextSeq + 1 };
    this.#anyLink = true;
    this.entries += 1;
    this.bytes += Buffer.byteLength(line ?? "") + 1;
    return again;
  }

  /** Behind the last row. */
  end(): readonly WalkedShard[] {
    this.#close();
    return this.#shards;
  }

  /** An entry like nearly all: in the middle of its shard, readable, about nothing that has to be found again. */
  #follows({ shard, seq, prev, event }: UsualLine, row: WalkRow, line: string, leaf: Digest): boolean {
    const state = this.#state;
    if (shard !== state.shard || state.closed || event.startsWith("shard.")) return false;
    if (seq !== state.nextSeq || row.position !== state.position || this.#anyLink) return false;
    if (prev !== state.head || (row.leaf !== undefined && row.leaf !== leaf)) return false;
    if (row.about === undefined) return true;
    return row.about === null && isAboutNothing(line, event);
  }

  #next({ shard, seq }: UsualLine, leaf: Digest): ChainState {
    const { position, ts, tree } = this.#state;
    tree?.append(leaf);
    return { position: position + 1, shard, nextSeq: seq + 1, head: leaf, ts, closed: false, tree };
  }

  #took(position: number, line: string, leaf: Digest): void {
    const { shard = "", nextSeq, tree } = this.#state;
    this.#anyLink = false;
    const at = this.#at?.shard === shard ? this.#at : this.#open(shard, position);
    at.entries += 1;
    at.head = leaf;
    at.tree = tree;
    if (nextSeq === at.ahead.at(-1)) {
      at.ahead.pop();
      if (tree !== undefined) this.roots.get(shard)?.set(nextSeq, tree.root());
    }
    this.entries += 1;
    this.bytes += this.#length + 1;
    this.#options.seen?.(line, position, leaf);
  }

  #open(shard: string, first: number): Current {
    this.#close();
    const sizes = new Set(this.#options.sizes?.get(shard));
    const ahead = [...sizes].filter((size) => size > 0).toSorted((a, b) => b - a);
    this.roots.set(shard, new Map());
    this.#at = { shard, first, offset: this.bytes, ahead, entries: 0, head: GENESIS, tree: undefined };
    return this.#at;
  }

  #close(): void {
    if (this.#at === undefined) return;
    const { shard, first, offset, entries, head, tree } = this.#at;
    this.#shards.push({ shard, first, offset, entries, head, root: tree?.root() });
    this.#at = undefined;
  }

  /** Takes shard, number and link of a line for what had to come, where that is not known. */
  #believe(line: string): void {
    const read = readLine(line);
    if (!read.ok) return;
    const { said } = read;
    const { shard, seq, prev } = said.kind === "plain" ? said.entry : said.sealed;
    const data = said.kind === "plain" && said.entry.event === "shard.open" ? said.entry.data : undefined;
    const { previous, previous_size } = data ?? {};
    if (typeof previous === "string")
      this.#state = {
        ...this.#state,
        shard: previous,
        nextSeq: Number(previous_size),
        head: prev,
        closed: true,
      };
    else if (seq > 0)
      this.#state = { ...this.#state, shard: this.#state.shard ?? shard, nextSeq: seq, head: prev };
  }

  #fault(code: WalkFault, expected: string, actual: string, line?: string): Fault {
    const { shard = null, nextSeq, position, closed } = this.#state;
    // What is wrong may be anything that somebody wrote over the log, and ends on a terminal.
    const found = {
      code,
      position,
      byteOffset: this.bytes,
      expected: printable(expected),
      actual: printable(actual),
    };
    if (code === "PREV_MISMATCH" && nextSeq > 0) {
      // The entry before looks well-formed, and is the likely one: its line is no longer what this one links to.
      const seq = nextSeq - 1;
      return { ...found, shard, seq, suspects: closed ? [seq] : [seq, nextSeq], opens: false };
    }
    const opens = closed || shard === null;
    // Between two shards only the line itself says of which one it is.
    const own = opens && line !== undefined ? placeOf(line) : undefined;
    const seq = own?.seq ?? nextSeq;
    return { ...found, shard: own?.shard ?? shard, seq, suspects: [seq], opens: opens && own === undefined };
  }

  /** SHA-256(0x00 || line): the leaf hash, without a new buffer for each. */
  #leaf(line: string): Digest {
    const most = line.length * 3 + 1;
    const buffer = most > BUFFER ? Buffer.alloc(most) : this.#buffer;
    this.#length = buffer.write(line, 1, "utf8");
    return hash("sha256", buffer.subarray(0, this.#length + 1), "hex") as Digest;
  }
}

function placeOf(line: string): { readonly shard: string; readonly seq: number } | undefined {
  const read = readLine(line);
  if (!read.ok) return undefined;
  return read.said.kind === "plain" ? read.said.entry : read.said.sealed;
}

const VOUCHES = `"${VOUCHER}":`;

/** Without the words that would make it about something; most entries are calls. */
function isAboutNothing(line: string, event: string): boolean {
  if (line.includes(VOUCHES)) return false;
  return (passing as readonly string[]).includes(event) || !line.includes('_id":');
}
