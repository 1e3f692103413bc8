// The sealer: extends the tree over the log's leaf hashes and signs it, and never signs two histories.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { type Checkpoint, checkpointText, claimedCheckpoint, originOf } from "../../core/audit/checkpoint.ts";
import { type HeadRequest, leavesIn, type SealTrouble } from "../../core/audit/heads.ts";
import { EMPTY_ROOT, Frontier } from "../../core/audit/tree.ts";
import { fromUtf8, utf8 } from "../../core/base/bytes.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { Clock } from "../../core/base/time.ts";
import type { ValidatorExchange } from "../../io/exchange/exchange.ts";
import type { Log } from "../../io/log/log.ts";
import type { SealerHand } from "../signing/sealer.ts";
import { grow, type Growth, NO_TRUNK, type Tile, tilesOf } from "./grow.ts";
import type { Memory, SealedShard } from "./memory.ts";
import { orderFault } from "./order.ts";
import { Regrowth } from "./regrowth.ts";
import { areThere, isWithin, leavesFrom, putTiles, tilesBelow } from "./tiles.ts";
import { Troubles } from "./troubles.ts";
import { ownCheckpoint, unaccounted } from "./witness.ts";

export interface SealerParts {
  readonly memory: Memory;
  readonly hand: SealerHand;
  readonly exchange: Pick<ValidatorExchange, "sealed" | "headRequests" | "verdicts">;
  readonly deployment: string;
  /** Public keys that ever sealed, and that ever signed verdicts, here. */
  readonly sealers: readonly TrustedKey[];
  readonly attesters: readonly TrustedKey[];
  /** audit.seal_seconds and audit.seal_entries */
  readonly pace: { readonly seconds: number; readonly entries: number };
  /** --admit-month */
  readonly admitted?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where the sealer stands, for the heartbeat. */
export interface Standing {
  /** The newest shard; while one is grown anew, that one, as far as it is. */
  readonly sealed: { readonly shard: string; readonly size: number; readonly root: Digest } | null;
  readonly trouble: SealTrouble | null;
}

/**
 * Crash story: tiles, then the history of what was signed, then the state, then the published checkpoint. Whatever is
 * missing after a crash is behind what is there; what the history has and the state has not comes out of the tiles.
 */
export class Sealer {
  readonly #parts: SealerParts;
  readonly #regrowths = new Map<string, Regrowth>();
  readonly #troubles: Troubles;
  /** Since when something waits, by shard. */
  readonly #waiting = new Map<string, number>();
  /** Sizes at which the tiles of a shard were found not to be whole. */
  readonly #torn = new Map<string, number>();

  private constructor(parts: SealerParts) {
    this.#parts = parts;
    this.#troubles = new Troubles(parts.log);
  }

  /** Compares the state with every checkpoint of our keys that is left anywhere, and heals it where that can be done. */
  static async open(parts: SealerParts): Promise<Sealer> {
    const sealer = new Sealer(parts);
    await sealer.#recover();
    for (const state of parts.memory.shards)
      if (!sealer.#regrowths.has(state.shard)) await sealer.#publish(state);
    return sealer;
  }

  /** The newest sealed checkpoint; undefined before the first one. */
  latest(): Checkpoint | undefined {
    const newest = this.#parts.memory.shards.at(-1);
    return newest === undefined ? undefined : claimedCheckpoint(utf8(newest.note));
  }

  standing(): Standing {
    const trouble = this.#troubles.first();
    const [regrowing] = [...this.#regrowths].toSorted(([a], [b]) => (a < b ? -1 : 1));
    if (regrowing !== undefined) {
      const [shard, { tree }] = regrowing;
      return { sealed: { shard, size: tree.size, root: tree.root() }, trouble };
    }
    const newest = this.#parts.memory.shards.at(-1);
    if (newest === undefined) return { sealed: null, trouble };
    const { shard, size } = newest;
    return { sealed: { shard, size, root: rootOf(newest) }, trouble };
  }

  /** Looks at every request and seals what is due, or with `force` everything. Milliseconds until more is due, if that is known. */
  async look(force: boolean): Promise<number | undefined> {
    const { headRequests } = this.#parts.exchange;
    const shards = await headRequests.list();
    this.#troubles.keepOnly(new Set([...shards, ...this.#regrowths.keys()]));
    let next: number | undefined;
    for (const shard of shards) {
      const found = await headRequests.read(shard);
      if (found.kind === "damaged") this.#troubles.say(shard, `its request is damaged: ${found.why}`);
      if (found.kind !== "found") continue;
      const wait = await this.#consider(found.value, force);
      if (wait !== undefined) next = Math.min(next ?? wait, wait);
    }
    return next;
  }

  /** One request; milliseconds until it is due, when it has to wait. */
  async #consider(request: HeadRequest, force: boolean): Promise<number | undefined> {
    const { shard } = request;
    if (this.#troubles.lasting(shard)) return undefined;
    const regrowth = this.#regrowths.get(shard);
    if (regrowth !== undefined) return this.#regrow(request, regrowth);
    const known = this.#state(shard);
    const fault = known === undefined ? this.#orderFault(shard) : undefined;
    if (fault !== undefined) {
      this.#troubles.raise(shard, "SHARD_ORDER", fault);
      return undefined;
    }
    const growth = await grow(known ?? NO_TRUNK, request, this.#tiles(known));
    if (growth.kind === "trouble") {
      const lasts = growth.trouble === "LOG_REWRITTEN";
      this.#troubles.raise(shard, growth.trouble, growth.why, lasts);
      return undefined;
    }
    this.#troubles.over(shard);
    if (growth.kind === "grown") return this.#sealWhenDue(request, growth, force);
    this.#waiting.delete(shard);
    if (known === undefined) return undefined;
    // No new leaf: that it is closed is no matter of a signature.
    if (growth.closed !== known.closed) await this.#parts.memory.put({ ...known, closed: growth.closed });
    await this.#publish(known);
    return undefined;
  }

  async #sealWhenDue(
    { shard, urgent }: HeadRequest,
    { tree, tiles, closed }: Extract<Growth, { kind: "grown" }>,
    force: boolean,
  ): Promise<number | undefined> {
    const { pace, clock } = this.#parts;
    const now = clock();
    const since = this.#waiting.get(shard) ?? now;
    this.#waiting.set(shard, since);
    const fresh = tree.size - (this.#state(shard)?.size ?? 0);
    const left = pace.seconds * 1000 - (now - since);
    // A clock that was set back must not make anybody wait.
    const isDue = force || urgent || closed || fresh >= pace.entries || left <= 0 || now < since;
    if (!isDue) return left;
    await this.#seal(shard, tree, tiles, closed);
    return undefined;
  }

  async #seal(shard: string, tree: Frontier, tiles: readonly Tile[], closed: boolean): Promise<void> {
    const { memory, hand, exchange, deployment } = this.#parts;
    if (!memory.isOwn()) {
      const why =
        "the state on the disk is not the one that this validator wrote; it has to be started again";
      return this.#troubles.raise(shard, "SEALER_ROLLED_BACK", why, true);
    }
    await putTiles(exchange.sealed, shard, tiles);
    const { size, stack } = tree;
    const checkpoint = { origin: originOf(deployment, shard), size, root: tree.root() };
    const note = fromUtf8(hand.sign(checkpointText(checkpoint))) ?? "";
    await memory.remember(shard, note);
    const before = this.#state(shard)?.note;
    const state = { shard, size, stack: [...stack], closed, note };
    await memory.put(state);
    this.#waiting.delete(shard);
    await this.#publish(state, before);
  }

  /**
   * Puts the state's checkpoint where everybody reads, unless it is there, or what is there is by our key and no part of our
   * tree: that stays, as the evidence that two histories were signed. `before`: a note that is known to be a part.
   */
  async #publish(state: SealedShard, before?: string): Promise<void> {
    const { shard, size, note } = state;
    const { sealed } = this.#parts.exchange;
    const bytes = utf8(note);
    const found = await sealed.checkpoint(shard);
    const isThere = (one: Uint8Array): boolean =>
      found.kind === "found" && Buffer.from(found.bytes).equals(one);
    if (isThere(bytes)) return;
    const isKnown = found.kind !== "found" || (before !== undefined && isThere(utf8(before)));
    const other = isKnown ? undefined : ownCheckpoint(found.bytes, shard, this.#parts);
    const root = rootOf(state);
    if (other !== undefined && !(await isWithin(other, { size, root }, sealed, shard))) {
      const why = `heads/sealed holds a checkpoint of ${other.size} leaves by our key that is no part of the ${size} in the state`;
      return this.#troubles.raise(shard, "SEALER_ROLLED_BACK", why, true);
    }
    await sealed.putCheckpoint(shard, bytes);
  }

  async #recover(): Promise<void> {
    const { memory, deployment, exchange } = this.#parts;
    if (memory.damage !== undefined) this.#troubles.say("state", `the state ${memory.damage}`);
    for (const [shard, witnesses] of await unaccounted({ ...this.#parts, ...exchange })) {
      const state = this.#state(shard);
      const own = state === undefined ? undefined : claimedCheckpoint(utf8(state.note));
      const mine = own?.origin === originOf(deployment, shard) ? [own] : [];
      const regrowth = new Regrowth([...witnesses, ...mine], "SEALER_ROLLED_BACK");
      this.#regrowths.set(shard, regrowth);
      for await (const leaf of leavesFrom(exchange.sealed, shard, 0, regrowth.goal))
        if (!regrowth.take(leaf)) break;
      if (regrowth.isDone) await this.#settle(shard, regrowth);
      else this.#wanted(shard, regrowth);
    }
    await this.#missTiles();
    await this.#signAnew();
  }

  /** Tiles that were lost are nobody's to write any more but from the gateway's leaves, once their root is the sealed one. */
  async #missTiles(): Promise<void> {
    const { memory, deployment, exchange } = this.#parts;
    for (const state of memory.shards) {
      const { shard, size } = state;
      if (this.#regrowths.has(shard) || (await areThere(exchange.sealed, shard, size))) continue;
      const sealed = { origin: originOf(deployment, shard), size, root: rootOf(state) };
      const regrowth = new Regrowth([sealed], "LOG_GAP");
      this.#regrowths.set(shard, regrowth);
      this.#wanted(shard, regrowth);
    }
  }

  /** Under another origin or key: the same trees, said once more, for whoever knows only those. Also of closed months, of which a verdict may not have landed yet. */
  async #signAnew(): Promise<void> {
    const { memory, hand, deployment } = this.#parts;
    if (hand.unfit() !== undefined) return;
    for (const state of memory.shards) {
      if (this.#regrowths.has(state.shard)) continue;
      if (ownCheckpoint(utf8(state.note), state.shard, { deployment, sealers: [hand.key] })) continue;
      await this.#seal(state.shard, new Frontier(state.size, state.stack), [], state.closed);
    }
  }

  async #regrow({ shard, ...request }: HeadRequest, regrowth: Regrowth): Promise<undefined> {
    const known = regrowth.tree.size - request.from;
    for (const leaf of known < 0 ? [] : leavesIn(request).slice(known)) {
      if (!regrowth.take(leaf) || regrowth.isDone) break;
    }
    if (regrowth.isDone) await this.#settle(shard, regrowth);
    else this.#wanted(shard, regrowth);
    return undefined;
  }

  /** All old checkpoints came out: this is the log that was sealed. */
  async #settle(shard: string, { tree, leaves }: Regrowth): Promise<void> {
    const { log, exchange } = this.#parts;
    const state = this.#state(shard);
    // Nothing else says so: a later month that is begun says that this one was closed, and not at which size.
    const closed = state?.closed === true && state.size === tree.size;
    const tiles = tilesBelow(exchange.sealed, shard, { size: tree.size, root: tree.root() });
    await this.#seal(shard, tree, (await tiles.areWhole()) ? [] : tilesOf(0, leaves), closed);
    this.#regrowths.delete(shard);
    this.#torn.delete(shard);
    this.#troubles.over(shard);
    log.warn(
      { shard, size: tree.size },
      "the sealer's state or its tiles were behind what it had signed; they grew again from the leaves",
    );
  }

  #wanted(shard: string, { goal, trouble }: Regrowth): void {
    const what =
      trouble === "LOG_GAP"
        ? `tiles of the ${goal} leaves that are sealed are lost`
        : `the sealer's state lacks checkpoints of our key of up to ${goal} leaves`;
    this.#troubles.raise(shard, trouble, `${what}; all leaves are wanted again`);
  }

  #state(shard: string): SealedShard | undefined {
    return this.#parts.memory.shards.find((state) => state.shard === shard);
  }

  #orderFault(shard: string): string | undefined {
    const { memory, clock, admitted } = this.#parts;
    const regrowing = [...this.#regrowths.keys()];
    return orderFault(shard, { sealed: memory.shards, regrowing, admitted, now: clock() });
  }

  #tiles(state: SealedShard | undefined): ReturnType<typeof tilesBelow> {
    const { exchange } = this.#parts;
    if (state === undefined) return tilesBelow(exchange.sealed, "", { size: 0, root: EMPTY_ROOT });
    const { shard, size } = state;
    const tiles = tilesBelow(exchange.sealed, shard, { size, root: rootOf(state) });
    return {
      leaves: (from, to) => tiles.leaves(from, to),
      // Asked again and again by whoever sends wrong leaves: what was torn at this size is torn still.
      areWhole: async () => {
        if (this.#torn.get(shard) === size) return false;
        const whole = await tiles.areWhole();
        if (!whole) this.#torn.set(shard, size);
        return whole;
      },
    };
  }
}

function rootOf({ size, stack }: SealedShard): Digest {
  return new Frontier(size, stack).root();
}
