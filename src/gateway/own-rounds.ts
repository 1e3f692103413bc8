// The rounds of this process: its legs over its store and exchange, under the configuration in force.
import type { CountersignError } from "../core/base/failure.ts";
import { type Rounds, startRounds } from "./legs/rounds.ts";
import { openSealing } from "./legs/sealing.ts";
import type { Setup } from "../io/file/config.ts";
import type { Shelf } from "./manifest/shelf.ts";
import { isStorage, type Shared } from "./process-parts.ts";

export interface OwnRounds {
  readonly rounds: Rounds;
  /** The storage failure that ended them. */
  readonly fatal: () => CountersignError | undefined;
}

/** What the rounds need of a configuration. */
export interface RoundService {
  readonly setup: Pick<Setup, "config">;
  readonly shelf: Pick<Shelf, "refresh">;
}

/** `deployment`: the name of the log, which no running gateway changes. */
export function openRounds(
  shared: Shared,
  live: { readonly service: () => RoundService },
  deployment: string,
  failed: (error: unknown) => void,
): OwnRounds {
  const { store, exchange, keys, sealers, clock, news, log, session, every } = shared;
  const service = (): RoundService => live.service();
  const actor = { principal: "gateway", session };
  let why: CountersignError | undefined;
  const rounds = startRounds({
    store,
    orders: exchange.orders,
    verdicts: exchange.verdicts,
    keys,
    clock,
    ttlSeconds: () => service().setup.config.proposal.ttl_seconds,
    news,
    actor,
    exchange,
    sealing: openSealing({ store, exchange, deployment, sealers, clock, log, actor }),
    shelf: { refresh: () => service().shelf.refresh() },
    log,
    every,
    failed: (error) => {
      if (isStorage(error)) why ??= error;
      failed(error);
    },
  });
  return { rounds, fatal: () => why };
}
