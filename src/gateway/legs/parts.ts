// What both legs work with.
import type { Actor } from "../../core/audit/entry.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import type { Clock } from "../../core/base/time.ts";
import type { OrderWriter, VerdictReader } from "../../io/exchange/exchange.ts";
import type { Store } from "../../io/store/store.ts";
import type { News } from "./news.ts";

export interface LegParts {
  readonly store: Pick<
    Store,
    "outbox" | "dispatched" | "proposal" | "proposals" | "settle" | "land" | "carry" | "quarantine" | "forget"
  >;
  readonly orders: OrderWriter;
  readonly verdicts: VerdictReader;
  /** Attestation keys as they are now: a key that was rotated in counts without a restart. */
  readonly keys: () => readonly TrustedKey[];
  readonly clock: Clock;
  /** Seconds from the making of a proposal to its expiry, as configured now. */
  readonly ttlSeconds: () => number;
  readonly news: News;
  /** Entries that no agent caused carry the process as their actor. */
  readonly actor: Actor;
}
