// W3C trace context: a call's entry names the trace that its caller names. Whatever is no traceparent is as if nothing was sent.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";
import { mcpHttp, type McpHttpLab } from "../../support/mcp-http.ts";
import { enveloped, LEGACY, mirrored, request } from "../../support/mcp-requests.ts";

let lab: GatewayLab;
let http: McpHttpLab;
beforeEach(async () => {
  lab = await gatewayLab();
  await lab.publish({ "a.ts": "x\n" });
  await lab.shelf.refresh();
  http = await mcpHttp(lab);
});
afterEach(async () => {
  await http.stop();
  await lab.stop();
});

const [TRACE, OTHER] = ["4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"] as const;
const SPAN = "00f067aa0ba902b7";
const parent = (trace: string, flags = "01"): string => `00-${trace}-${SPAN}-${flags}`;
const read = { name: "read-file", arguments: { path: "a.ts" } };
const missing = { name: "read-file", arguments: { path: "none.ts" } };
const data = () => lab.entries().at(-1)?.data ?? {};
const seen = () => ({ trace_id: data()["trace_id"], span_id: data()["span_id"] });
const none = { trace_id: undefined, span_id: undefined };

test.each([
  ["the header, of 2025", request("tools/call", read), LEGACY],
  ["the header, of 2026", request("tools/call", enveloped(read)), mirrored("tools/call", "read-file")],
  ["the header, of a refused call", request("tools/call", missing), LEGACY],
  ["the header, of what is no call", request("tools/call", { name: 7 }), LEGACY],
])("by %s", async (_, body, headers) => {
  await http.post(body, { ...headers, traceparent: parent(TRACE) });
  expect(seen()).toEqual({ trace_id: TRACE, span_id: SPAN });
});

test.each([
  ["2025", request("tools/call", { ...read, _meta: { traceparent: parent(TRACE) } }), LEGACY],
  [
    "2026",
    request("tools/call", enveloped(read, { traceparent: parent(TRACE) })),
    mirrored("tools/call", "read-file"),
  ],
])("by _meta in revision %s, which is closer to the call than the header", async (_, body, headers) => {
  await http.post(body, { ...headers, traceparent: parent(OTHER) });
  expect(seen()).toEqual({ trace_id: TRACE, span_id: SPAN });
});

test.each<[string, unknown]>([
  ["a number", 7],
  ["an object", { toString: "x" }],
  ["zeros", parent("0".repeat(32))],
  ["what only looks like one", `${parent(TRACE)} CANARY`],
])("%s in _meta is nothing, and its text is nowhere", async (_, traceparent) => {
  await http.post(request("tools/call", { ...read, _meta: { traceparent } }), LEGACY);
  expect(data()).toMatchObject({ tool: "read-file" });
  expect(seen()).toEqual(none);
  expect(JSON.stringify(lab.entries())).not.toContain("CANARY");
});

test("two headers are none, and tracestate and baggage are left alone", async () => {
  const extra = { tracestate: "vendor=CANARY", baggage: "user=CANARY" };
  await http.post(request("tools/call", read), {
    ...LEGACY,
    ...extra,
    traceparent: `${parent(TRACE)}, ${parent(OTHER)}`,
  });
  expect(seen()).toEqual(none);
  expect(JSON.stringify(lab.entries())).not.toContain("CANARY");
});

test("no decision goes by it: with and without it, the same entry but for the trace", async () => {
  const facts = async (headers: Readonly<Record<string, string>>): Promise<object> => {
    const answer = await http.post(request("tools/call", missing), { ...LEGACY, ...headers });
    const { trace_id: trace, span_id: span, ...rest } = data();
    return { status: answer.status, result: answer.json.result, rest, traced: [trace, span] };
  };
  const plain = await facts({});
  expect(await facts({ traceparent: parent(TRACE, "00") })).toEqual({ ...plain, traced: [TRACE, SPAN] });
});
