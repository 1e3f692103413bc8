// Which orders are judged now: all that have no verdict and are not closed, each with its tries and its pause between them.
import type { PatchId } from "../core/base/ids.ts";
import type { Bench, Published } from "./bench.ts";
import { judge, type Judged } from "./round.ts";

/** After so many tries, what could not be established is ERROR, and a person decides. */
export const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

interface Waiting {
  readonly tries: number;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
}

/** A time farther off than any pause was written before the clock was set back; the order must not wait for it. */
function dueAt({ notBefore }: Waiting, now: number): number {
  return notBefore - now > LONGEST_PAUSE_MS ? now : notBefore;
}

/** One reading of the clock for both sides: with two, an order would be skipped whenever a millisecond passed between. */
function isDue(waiting: Waiting, now: number): boolean {
  return now >= dueAt(waiting, now);
}

/** Tries are counted in memory: a restart begins anew, which only postpones the person's decision. */
export class Queue {
  readonly #bench: Bench;
  readonly #judge: typeof judge;
  readonly #waiting = new Map<PatchId, Waiting>();
  readonly #closed = new Set<PatchId>();

  constructor(bench: Bench, judgeOne: typeof judge = judge) {
    this.#bench = bench;
    this.#judge = judgeOne;
  }

  /**
   * Judge everything that is due, one after the other, as long as `mayGoOn`. An abort ends it behind the round that runs.
   * False when something that is due was left.
   */
  async pass(published: Published, stop: AbortSignal, mayGoOn: () => boolean = () => true): Promise<boolean> {
    const { exchange, clock } = this.#bench;
    const decided = new Set(await exchange.verdicts.list());
    const ids = new Set(await exchange.orders.list());
    this.#forgetAllBut(ids);
    for (const id of ids) {
      if (stop.aborted) return false;
      // A round may fail behind its verdict; the order must not stay due for ever.
      if (decided.has(id)) this.#waiting.delete(id);
      if (decided.has(id) || this.#closed.has(id)) continue;
      const waiting = this.#waiting.get(id);
      if (waiting !== undefined && !isDue(waiting, clock())) continue;
      if (!mayGoOn()) return false;
      await this.#one(published, id);
    }
    return true;
  }

  /** When the next postponed order is due, in milliseconds since 1970; undefined when none waits. */
  nextDue(): number | undefined {
    if (this.#waiting.size === 0) return undefined;
    const now = this.#bench.clock();
    return Math.min(...[...this.#waiting.values()].map((waiting) => dueAt(waiting, now)));
  }

  #forgetAllBut(ids: ReadonlySet<PatchId>): void {
    for (const id of [...this.#waiting.keys(), ...this.#closed]) {
      if (ids.has(id)) continue;
      this.#waiting.delete(id);
      this.#closed.delete(id);
    }
  }

  async #one(published: Published, id: PatchId): Promise<void> {
    const { clock, log } = this.#bench;
    const tries = (this.#waiting.get(id)?.tries ?? 0) + 1;
    const judged = await this.#attempt(published, id, tries >= MAX_TRIES);
    if (judged.kind === "again") {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
      this.#waiting.set(id, { tries, notBefore: clock() + pause });
      log.warn({ patch: id, tries, why: judged.why }, "order could not be judged, trying again");
      return;
    }
    this.#waiting.delete(id);
    if (judged.kind === "closed") this.#closed.add(id);
    if (judged.kind === "signed") log.info({ patch: id, outcome: judged.outcome }, "verdict signed");
  }

  async #attempt(published: Published, id: PatchId, lastTry: boolean): Promise<Judged> {
    try {
      return await this.#judge(this.#bench, published, id, lastTry);
    } catch (cause) {
      // One order that cannot be judged must not keep the others from it; a full disk fails here, too.
      this.#bench.log.error({ error: cause, patch: id }, "round failed");
      return { kind: "again", why: cause instanceof Error ? cause.message : "unknown" };
    }
  }
}
