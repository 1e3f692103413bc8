// Spans as a collector gets them: with OpenTelemetry's own packages, under the caller's trace, and with nothing of anybody in them.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openObserver, type Observer } from "../../../src/gateway/alerts/observer.ts";
import { openTraces, type Traces } from "../../../src/gateway/metrics/traces.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { NOON } from "../../support/proposals.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

let server: ReturnType<typeof createServer>;
let url: URL;
let bodies: string[];
let status: number;
let said: string[];
let observer: Observer;
let traces: Traces | undefined;
beforeEach(async () => {
  [bodies, said, status] = [[], [], 200];
  observer = openObserver((error) => {
    throw error;
  });
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`);
});
afterEach(async () => {
  await traces?.stop().catch(() => undefined);
  traces = undefined;
  server.closeAllConnections();
  server.close();
});

const open = async (allowedHosts: readonly string[] = [url.host]): Promise<void> => {
  traces = await openTraces({
    url: url.href,
    allowedHosts,
    version: "1.2.3",
    observer,
    clock: () => NOON,
    log: openLog("info", { write: (line) => void said.push(line) }),
  });
};
const spans = (): readonly Span[] =>
  bodies.flatMap((body) =>
    (JSON.parse(body) as Export).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((one) => one.spans),
    ),
  );
const seen = { tool: "read-file", outcome: "allowed", reason: "none", millis: 40, trace: undefined } as const;
const [traceId, spanId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];

test("a call is a span of its tool, outcome and reason, as long as it took", async () => {
  await open();
  observer.call(seen);
  observer.call({
    ...seen,
    outcome: "refused",
    reason: "rate_calls",
    trace: { traceId, spanId, sampled: true },
  });
  await traces?.stop();
  const [plain, child, ...more] = spans();
  expect(more).toEqual([]);
  expect(plain).toMatchObject({
    name: "call read-file",
    startTimeUnixNano: `${NOON - 40}000000`,
    endTimeUnixNano: `${NOON}000000`,
  });
  expect(plain?.parentSpanId).toBeUndefined();
  expect(plain?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(child).toMatchObject({ traceId, parentSpanId: spanId });
  expect(
    Object.fromEntries(child?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? []),
  ).toEqual({
    "countersign.tool": "read-file",
    "countersign.outcome": "refused",
    "countersign.reason": "rate_calls",
  });
});

test("nothing is known of machine, process or user", async () => {
  await open();
  observer.call(seen);
  await traces?.stop();
  const [first] = (JSON.parse(bodies[0] ?? "") as Export).resourceSpans;
  expect(first?.resource.attributes.map(({ key }) => key).toSorted()).toEqual([
    "service.name",
    "service.version",
  ]);
});

test("a caller that does not want to be sampled is not", async () => {
  await open();
  observer.call({ ...seen, trace: { traceId, spanId, sampled: false } });
  await traces?.stop();
  expect(spans()).toEqual([]);
});

test.each([
  ["says no", async () => void (status = 500)],
  ["is not among outbound.allowed_hosts", async () => undefined],
])("a collector that %s is said once, and calls go on", async (how, prepare) => {
  await prepare();
  await open(how === "says no" ? [url.host] : ["collector.example"]);
  observer.call(seen);
  await traces?.stop();
  expect(said.filter((line) => line.includes("the collector does not take spans"))).toHaveLength(1);
  expect(() => observer.call(seen)).not.toThrow();
});

test("without the packages the start is refused, and the fix named", async () => {
  const parts = {
    url: url.href,
    allowedHosts: [],
    version: "1",
    observer,
    clock: () => NOON,
    log: openLog("error", { write: () => undefined }),
  };
  const missing = openTraces(parts, () =>
    Promise.reject(Object.assign(new Error("gone"), { code: "ERR_MODULE_NOT_FOUND" })),
  );
  await expect(missing).rejects.toMatchObject({ code: "config_invalid" });
  await expect(missing).rejects.toHaveProperty(
    "fix",
    expect.stringContaining("npm install @opentelemetry/api"),
  );
});
