// What bounds a caller of HTTP+SSE: headers must say what the body says, and what is no call has a limit too.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";
import { mcpHttp, type McpHttpLab } from "../../support/mcp-http.ts";
import { request } from "../../support/mcp-requests.ts";
import { sseStream } from "../../support/sse-stream.ts";

let lab: GatewayLab;
let http: McpHttpLab;
beforeEach(async () => {
  lab = await gatewayLab({ toml: "[calls]\nper_minute = 1000\n" });
  await lab.publish({ "a.ts": "x\n" });
  await lab.shelf.refresh();
  http = await mcpHttp(lab, { sse: true, minProtocol: "2024-11-05" });
});
afterEach(async () => {
  await http.stop();
  await lab.stop();
});

const stream = (name: string) => sseStream(http, name);
const bearer = (name: string) => ({ authorization: `Bearer ${name}` });
const initialize = (): object =>
  request("initialize", {
    protocolVersion: "2024-11-05",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  });

const read = request("tools/call", { name: "read-file", arguments: { path: "a.ts" } });
// Threat: a proxy let the request through for what its headers say.
test.each<[string, Record<string, string>, number, string]>([
  ["another method", { "mcp-method": "tools/list" }, -32_020, "request_malformed"],
  ["another tool", { "mcp-method": "tools/call", "mcp-name": "read-manifest" }, -32_020, "request_malformed"],
  ["a revision that nobody knows", { "mcp-protocol-version": "2099-01-01" }, -32_022, "input_invalid"],
  ["no revision at all", { "mcp-protocol-version": "newest" }, -32_022, "input_invalid"],
  ["a revision below the floor", { "mcp-protocol-version": "2024-10-07" }, -32_022, "protocol_floor"],
])("a header that says %s", async (_, headers, code, reason) => {
  const alice = await stream("alice");
  await alice.post(initialize());
  await alice.next();
  const before = lab.entries().length;
  const answer = await http.post(read, { ...bearer("alice"), ...headers }, alice.endpoint);
  expect({ status: answer.status, code: answer.json.error?.code }).toEqual({ status: 400, code });
  expect(lab.entries().slice(before)).toMatchObject([{ event: "call.refused", data: { reason } }]);
  alice.leave();
});

test("headers that say what the body says are no hindrance", async () => {
  const alice = await stream("alice");
  await alice.post(initialize());
  await alice.next();
  const said = {
    "mcp-method": "tools/call",
    "mcp-name": "read-file",
    "mcp-protocol-version": "2024-11-05",
  };
  expect((await http.post(read, { ...bearer("alice"), ...said }, alice.endpoint)).status).toBe(202);
  alice.leave();
});

test("messages that are no call, and streams, are ten times as many a minute as calls", async () => {
  const limits = { perMinute: 1, perHour: 1, maxPending: 1 };
  http.admit("slow", { limits });
  const slow = await stream("slow");
  expect((await slow.post(initialize())).status).toBe(202);
  for (let n = 0; n < 8; n++) expect((await slow.post(request("ping", {}, n))).status).toBe(202);
  const answer = await slow.post(request("ping", {}, 9));
  expect({ status: answer.status, data: answer.json.error?.data }).toMatchObject({
    status: 429,
    data: { refusal: { code: "rate_calls" } },
  });
  expect((await stream("slow")).status).toBe(429);
  const call = request("tools/call", { name: "read-file", arguments: { path: "a.ts" } }, "call");
  expect((await slow.post(call)).status).toBe(202);
  slow.leave();
});
