// What the whole gateway process shares, whatever configuration is in force: store, exchange, keys, log, news, clock.
import type { TrustedKey } from "../core/attestation/key.ts";
import type { AuditData, AuditEvent } from "../core/audit/entry.ts";
import { CountersignError } from "../core/base/failure.ts";
import type { Clock } from "../core/base/time.ts";
import type { GatewayExchange } from "../io/exchange/exchange.ts";
import type { Layout } from "../io/file/layout.ts";
import type { Log } from "../io/log/log.ts";
import type { Store } from "../io/store/store.ts";
import type { Observer } from "./alerts/observer.ts";
import type { News } from "./legs/news.ts";

export interface Shared {
  readonly layout: Layout;
  readonly version: string;
  readonly exchange: GatewayExchange;
  /** Attestation keys as they are now: a key that was rotated in counts without a restart. */
  readonly keys: () => readonly TrustedKey[];
  /** Public keys of the sealer, likewise. */
  readonly sealers: () => readonly TrustedKey[];
  readonly store: Store;
  readonly log: Log;
  readonly news: News;
  /** Hears how calls come out: metrics, alerts, traces. */
  readonly observer: Observer;
  readonly session: string;
  readonly stopping: AbortController;
  readonly clock: Clock;
  /** Milliseconds of a clock that nobody sets, for what takes how long. */
  readonly ticks: () => number;
  /** A fresh random UUID. */
  readonly newId: () => string;
  readonly random: (bytes: number) => Uint8Array;
  /** Variables of the environment; each part looks at those that the configuration names for it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Under which hashes of evidence values are made: fresh in each process, and never written anywhere. */
  readonly disclosureKey: Uint8Array;
  /** Resolves after `millis`, or at once when the signal aborts; never rejects. */
  readonly pause: (millis: number, signal: AbortSignal) => Promise<void>;
  /** Calls `tick` every `millis` until the returned function is called. */
  readonly every: (millis: number, tick: () => void) => () => void;
  /** An entry of the gateway itself. */
  readonly record: (event: AuditEvent, data: AuditData) => void;
  /** Ends the process with this exit code. */
  readonly end: (code: number) => void;
}

export function isStorage(error: unknown): error is CountersignError {
  return error instanceof CountersignError && error.code === "storage";
}

/** Audit or deny: without its log the gateway is of no use to anybody but an attacker. */
export function halt({ log, end }: Pick<Shared, "log" | "end">, error: CountersignError): void {
  log.error({ error }, "storage failed; the gateway stops");
  end(error.exitCode);
}
