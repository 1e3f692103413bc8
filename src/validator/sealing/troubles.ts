// What keeps the sealer from sealing: for the heartbeat, and once for the log.
import type { SealTrouble } from "../../core/audit/heads.ts";
import type { Log } from "../../io/log/log.ts";

/** The gravest first. */
const GRAVITY: readonly SealTrouble[] = ["SEALER_ROLLED_BACK", "LOG_REWRITTEN", "LOG_GAP", "SHARD_ORDER"];

export class Troubles {
  readonly #log: Log;
  readonly #lasting = new Map<string, SealTrouble>();
  readonly #passing = new Map<string, SealTrouble>();
  readonly #said = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Of a shard, until it is found to be over, or for as long as this process lives. */
  raise(shard: string, trouble: SealTrouble, why: string, lasts = false): void {
    (lasts ? this.#lasting : this.#passing).set(shard, trouble);
    this.say(shard, `${trouble}: ${why}`);
  }

  over(shard: string): void {
    this.#passing.delete(shard);
    this.#said.delete(shard);
  }

  /** Passing troubles of shards that nobody asks about any more. */
  keepOnly(shards: ReadonlySet<string>): void {
    for (const shard of this.#passing.keys()) if (!shards.has(shard)) this.over(shard);
  }

  lasting(shard: string): boolean {
    return this.#lasting.has(shard);
  }

  first(): SealTrouble | null {
    const all = new Set([...this.#lasting.values(), ...this.#passing.values()]);
    return GRAVITY.find((trouble) => all.has(trouble)) ?? null;
  }

  /** Once, until something else is to be said of the shard. */
  say(shard: string, why: string): void {
    if (this.#said.get(shard) === why) return;
    this.#said.set(shard, why);
    this.#log.error({ shard, why }, "the log cannot be sealed");
  }
}
