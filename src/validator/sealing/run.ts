// Sealing beside judging: on a clock and a watch of its own, so that a long round does not keep the log unsealed.
import type { Checkpoint } from "../../core/audit/checkpoint.ts";
import type { ValidatorExchange } from "../../io/exchange/exchange.ts";
import { openBell } from "../bell.ts";
import { heartbeat } from "./heartbeat.ts";
import { Sealer, type SealerParts } from "./sealer.ts";

export interface Sealing {
  /** The newest sealed checkpoint, for verdicts; undefined before the first one. */
  latest(): Checkpoint | undefined;
  /** Seals all that is requested now, due or not. Throws what keeps it from that. */
  sealNow(): Promise<void>;
  /** Behind the look that runs. */
  stop(): Promise<void>;
}

export interface SealingParts extends SealerParts {
  readonly exchange: Pick<
    ValidatorExchange,
    "sealed" | "headRequests" | "verdicts" | "orders" | "watchRequests"
  >;
}

const BEAT_MS = 1000;

/**
 * Begins at once. Rounds await git and scanners most of the time, and between awaits this goes on. What holds it up is what
 * holds up the whole process: parsing and hashing a large manifest, masking a large file. That takes seconds at most.
 */
export async function startSealing(parts: SealingParts): Promise<Sealing> {
  const sealer = await Sealer.open(parts);
  const beat = heartbeat({ ...parts, standing: () => sealer.standing() });
  const ending = new AbortController();
  const bell = openBell(ending.signal);
  const watcher = parts.exchange.watchRequests(bell.ring);
  const timer = setInterval(() => void beat(), BEAT_MS);
  const look = inTurn(sealer, beat);
  const quietly = untilSaid(parts);
  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const next = await quietly(() => look(false));
      await bell.wait(Math.min(next ?? BEAT_MS, BEAT_MS));
    }
  };
  await beat();
  const running = loop();
  return {
    latest: () => sealer.latest(),
    sealNow: async () => void (await look(true)),
    async stop() {
      ending.abort();
      watcher.close();
      clearInterval(timer);
      await running;
    },
  };
}

/** One look after the other: two at once would both extend the same tree. Those who wait for a seal look at the next beat. */
function inTurn(sealer: Sealer, beat: () => Promise<void>): (force: boolean) => Promise<number | undefined> {
  let latest: Promise<unknown> = Promise.resolve();
  return (force) => {
    const look = latest.then(async () => {
      const before = sealer.standing();
      const next = await sealer.look(force);
      const { sealed, trouble } = sealer.standing();
      if (sealed?.root !== before.sealed?.root || trouble !== before.trouble) await beat();
      return next;
    });
    latest = look.catch(() => undefined);
    return look;
  };
}

/** A failure is tried again at the next look, and said once until it is another one. */
function untilSaid({
  log,
}: Pick<SealingParts, "log">): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  let said: string | undefined;
  return async (work) => {
    try {
      const done = await work();
      said = undefined;
      return done;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : "unknown";
      if (why !== said) log.error({ error: cause }, "the log could not be sealed");
      said = why;
      return undefined;
    }
  };
}
