// Whether the process lives and whether it can serve: for machines, without a name, version or path in the answer.
import type { OpenRoute, Reply } from "./exchange.ts";
import type { Readiness } from "./parts.ts";

export const HEALTH_PATHS: readonly string[] = ["/healthz", "/readyz"];

export function healthRoutes(ready: () => Readiness): readonly OpenRoute[] {
  const methods = ["GET", "HEAD"];
  return [
    { path: "/healthz", methods, handler: () => Promise.resolve(json(200, { status: "ok" })) },
    { path: "/readyz", methods, handler: () => Promise.resolve(readiness(ready())) },
  ];
}

function readiness({ ok, parts }: Readiness): Reply {
  return json(ok ? 200 : 503, { status: ok ? "ok" : "unavailable", parts });
}

function json(status: number, value: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
