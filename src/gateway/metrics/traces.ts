// Spans of calls for a collector, made by OpenTelemetry's own packages and sent through our own way out. Loaded only when asked for.
import type * as Api from "@opentelemetry/api";
import type * as Core from "@opentelemetry/core";
import type * as Otlp from "@opentelemetry/otlp-transformer";
import type * as Resources from "@opentelemetry/resources";
import type * as Sdk from "@opentelemetry/sdk-trace";
import { CountersignError } from "../../core/base/failure.ts";
import { openOutbound } from "../../io/http/outbound.ts";
import type { Log } from "../../io/log/log.ts";
import type { Observer, SeenCall } from "../alerts/observer.ts";

export interface TraceParts {
  /** telemetry.otlp_url */
  readonly url: string;
  /** outbound.allowed_hosts */
  readonly allowedHosts: readonly string[];
  readonly version: string;
  readonly observer: Pick<Observer, "listen">;
  readonly clock: () => number;
  readonly log: Pick<Log, "warn" | "info">;
}

export interface Traces {
  /** Sends what waits, for five seconds at most. */
  stop(): Promise<void>;
}

interface Packages {
  readonly api: typeof Api;
  readonly core: typeof Core;
  readonly sdk: typeof Sdk;
  readonly otlp: typeof Otlp;
  readonly resources: typeof Resources;
}

async function loadSdk(): Promise<Packages> {
  const [api, core, sdk, otlp, resources] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/core"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/otlp-transformer"),
    import("@opentelemetry/resources"),
  ]);
  return { api, core, sdk, otlp, resources };
}

const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 65_536;
/** What does not fit is dropped: a collector that is gone must not fill the memory of a gateway. */
const LIMITS = {
  maxQueueSize: 2048,
  maxExportBatchSize: 512,
  scheduledDelayMillis: 2000,
  exportTimeoutMillis: TIMEOUT_MS,
};

/**
 * A span holds tool, outcome, reason and time: no arguments, and nobody's name. Throws `config_invalid` when the packages
 * are not installed: a key that does nothing would let somebody wait for spans that never come.
 */
export async function openTraces(
  parts: TraceParts,
  load: () => Promise<Packages> = loadSdk,
): Promise<Traces> {
  const loaded = await load().catch((cause: unknown) => {
    throw new CountersignError(
      "config_invalid",
      "telemetry.otlp_url is set, but OpenTelemetry is not installed",
      {
        fix: "npm install @opentelemetry/api @opentelemetry/core @opentelemetry/resources @opentelemetry/sdk-trace @opentelemetry/otlp-transformer, or take the key out.",
        cause,
      },
    );
  });
  const { sdk, resources } = loaded;
  const exporter = exporterOf(parts, loaded);
  const provider = new sdk.TracerProvider({
    resource: resources.resourceFromAttributes({
      "service.name": "countersign-gateway",
      "service.version": parts.version,
    }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, ...LIMITS })],
  });
  const tracer = provider.getTracer("countersign", parts.version);
  parts.observer.listen({ call: (seen) => trace(loaded, tracer, seen, parts.clock()) });
  // What does not leave was said by the exporter; a gateway ends all the same.
  return { stop: () => provider.shutdown().catch(() => undefined) };
}

/** Made when the call is over: nothing of a span is in the way of one that runs. */
function trace(loaded: Packages, tracer: Api.Tracer, seen: SeenCall, now: number): void {
  const { tool, outcome, reason, millis } = seen;
  const attributes = {
    "countersign.tool": tool,
    "countersign.outcome": outcome,
    "countersign.reason": reason,
  };
  const { SERVER } = loaded.api.SpanKind;
  const options = { kind: SERVER, startTime: now - millis, attributes };
  tracer.startSpan(`call ${tool}`, options, parentOf(loaded, seen)).end(now);
}

/** The caller's span; its wish not to be sampled is heeded. */
function parentOf(
  { api }: Packages,
  { trace }: SeenCall,
): ReturnType<Packages["api"]["trace"]["setSpanContext"]> {
  if (trace === undefined) return api.ROOT_CONTEXT;
  const { traceId, spanId, sampled } = trace;
  const traceFlags = sampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Beside every call: a span that the collector does not take is lost, and said once. */
function exporterOf({ url, allowedHosts, log }: TraceParts, { otlp, core }: Packages): Sdk.SpanExporter {
  const door = openOutbound({
    allowedHosts,
    withPorts: true,
    loopbackHttp: true,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  let failing = false;
  const send = async (spans: Sdk.ReadableSpan[]): Promise<void> => {
    const body = otlp.JsonTraceSerializer.serializeRequest(spans);
    if (body === undefined) return;
    const { status } = await door.send(url, { body, type: "application/json" });
    if (status < 200 || status > 299) throw new Error(`it answered with ${status}`);
    if (failing) log.info("the collector takes spans again");
    failing = false;
  };
  const exported = async (...[spans, done]: Parameters<Sdk.SpanExporter["export"]>): Promise<void> => {
    try {
      await send(spans);
      done({ code: core.ExportResultCode.SUCCESS });
    } catch (error) {
      if (!failing) log.warn({ error }, "the collector does not take spans");
      failing = true;
      done({ code: core.ExportResultCode.FAILED });
    }
  };
  return {
    export: (...batch) => void exported(...batch),
    shutdown: () => door.close(),
  };
}
