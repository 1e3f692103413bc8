// What is seen of a gateway from outside, put together: alerts in every one; metrics, traces and the webhook in one over HTTP.
import { CountersignError } from "../core/base/failure.ts";
import { openCallWindow } from "../core/alert/window.ts";
import type { Config } from "../core/config/schema.ts";
import type { DoorName } from "../core/config/door.ts";
import { activeAlerts } from "../io/alerts/active.ts";
import { openLook } from "../io/alerts/look.ts";
import { alertOutbox, type AlertOutbox } from "../io/alerts/outbox.ts";
import { alertPlaces } from "../io/alerts/places.ts";
import { readSecretFile } from "../io/secrets/file.ts";
import { resolveSecret } from "../io/secrets/resolve.ts";
import { type Courier, startCourier } from "./alerts/courier.ts";
import { startWatch, type Watch } from "./alerts/watch.ts";
import { openMetricsDoor } from "./http/metrics-door.ts";
import type { Shared } from "./process-parts.ts";

export interface SightParts {
  readonly shared: Shared;
  /** In force at each look. */
  readonly config: () => Config;
  readonly door: DoorName;
  readonly uid: number | undefined;
  /** Resident memory in bytes. */
  readonly memory: () => number;
}

export interface Sight {
  /** The store failed and the process ends. Never throws. */
  halted(): Promise<void>;
  /** Ends everything but what is still to be told; before the store is closed. */
  stop(): Promise<void>;
}

const NEVER = new AbortController().signal;
/** What a gateway that had to stop gives its last message. */
const LAST_WORDS_MS = 2000;

/**
 * Throws CountersignError when something that the configuration asks for cannot be had. A gateway on stdio opens no
 * socket: its alerts go to log and standard error, and what a webhook is to get waits for a gateway over HTTP.
 */
export async function openSight(parts: SightParts): Promise<Sight> {
  const { shared, door } = parts;
  const config = parts.config();
  if (door === "stdio" && config.telemetry.otlp_url !== "") throw noSocket("telemetry.otlp_url");
  const outbox = alertOutbox(alertPlaces(shared.layout).outbox);
  const watch = watchOver(parts, outbox);
  await watch.look();
  const closing: (() => Promise<unknown>)[] = [];
  const courier = door === "http" ? courierFor(parts, config, outbox) : undefined;
  if (door === "http") {
    closing.push(
      ...(await openTelemetry(parts, config)),
      ...(await openNumbers(parts, config, watch, outbox)),
    );
  }
  return {
    async halted() {
      // A disk that hangs would hold the end of the process for ever.
      const told = watch.halted().then(() => courier?.hurry(LAST_WORDS_MS));
      await Promise.race([told.catch(() => undefined), shared.pause(LAST_WORDS_MS, NEVER)]);
    },
    async stop() {
      await watch.stop();
      await Promise.all(closing.map((close) => close()));
      await courier?.stop();
    },
  };
}

function watchOver({ shared, config }: SightParts, outbox: AlertOutbox): Watch {
  const { layout, exchange, store, clock, session, observer } = shared;
  const window = openCallWindow(clock);
  observer.listen({ call: ({ outcome }) => window.add(outcome !== "allowed") });
  const failed = saidOnce(shared);
  const { sealed, incidents } = exchange;
  const { active } = alertPlaces(layout);
  return startWatch({
    shared,
    config,
    look: openLook({ layout, sealed, incidents, store, since: clock(), clock, failed }),
    calls: (seconds) => window.counts(seconds),
    active: activeAlerts(active, session, clock),
    outbox,
    failed: (error) => failed("alerts", error),
  });
}

function courierFor({ shared, uid }: SightParts, config: Config, outbox: AlertOutbox): Courier | undefined {
  const { webhook_url: url, webhook_secret: ref } = config.alerts;
  if (url === "") return undefined;
  const secret = secretOf(shared, ref, "alerts.webhook_secret", uid);
  const failed = saidOnce(shared);
  return startCourier({
    shared,
    outbox,
    webhook: { url, secret, clock: shared.clock },
    allowedHosts: config.outbound.allowed_hosts,
    failed: (error) => failed("outbox", error),
  });
}

/** Its packages are loaded only here: whoever does not ask for them has none of their code in the process. */
async function openTelemetry(
  { shared }: SightParts,
  { telemetry: { otlp_url: url }, outbound }: Config,
): Promise<readonly (() => Promise<void>)[]> {
  if (url === "") return [];
  const { openTraces } = await import("./metrics/traces.ts");
  const { version, observer, clock, log } = shared;
  const allowedHosts = outbound.allowed_hosts;
  const traces = await openTraces({ url, allowedHosts, version, observer, clock, log });
  return [() => traces.stop()];
}

async function openNumbers(
  { shared, uid, memory }: SightParts,
  { metrics: { port, token: ref } }: Config,
  watch: Watch,
  outbox: AlertOutbox,
): Promise<readonly (() => Promise<void>)[]> {
  if (port === 0) return [];
  const token = secretOf(shared, ref, "metrics.token", uid);
  const { openMetrics } = await import("./metrics/registry.ts");
  const { observer, clock } = shared;
  const latest = (): ReturnType<Watch["latest"]> => watch.latest();
  const metrics = openMetrics({ observer, latest, waiting: () => outbox.waiting(), clock, memory });
  const failed = saidOnce(shared);
  const door = await openMetricsDoor({
    port,
    token,
    metrics,
    failed: (error) => failed("metrics", error),
  });
  return [() => door.close()];
}

function secretOf({ env }: Shared, ref: string, key: string, uid: number | undefined): string {
  return resolveSecret(ref, { env, read: (path) => readSecretFile(path, uid) }, key);
}

/** What fails every two seconds fails for one reason. */
function saidOnce({ log }: Shared): (what: string, error: unknown) => void {
  const last = new Map<string, string>();
  return (what, error) => {
    const why = String(error);
    if (last.get(what) !== why) log.error({ error, what }, "a look from outside failed");
    last.set(what, why);
  };
}

function noSocket(key: string): CountersignError {
  return new CountersignError("config_invalid", `${key} is set, and a gateway on stdio opens no socket`, {
    fix: `Take ${key} out, or serve over HTTP.`,
  });
}
