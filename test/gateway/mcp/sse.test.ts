// HTTP+SSE by a client that knows no other transport: it works, and nobody gets into somebody else's stream.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { sseRoutes } from "../../../src/gateway/mcp/sse.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { mcpHttp, type McpHttpLab, type McpHttpOptions } from "../../support/mcp-http.ts";
import { eventsOf, request } from "../../support/mcp-requests.ts";
import { scopeOf } from "../../support/scope.ts";
import { sseStream } from "../../support/sse-stream.ts";

let lab: GatewayLab;
let http: McpHttpLab;
const open = async (options: McpHttpOptions = {}): Promise<void> => {
  lab = await gatewayLab({ toml: "[calls]\nper_minute = 1000\n" });
  await lab.publish({ "a.ts": "x\n" });
  await lab.shelf.refresh();
  http = await mcpHttp(lab, { sse: true, ...options });
};
afterEach(async () => {
  await http.stop();
  await lab.stop();
});

const bearer = (name: string) => ({ authorization: `Bearer ${name}` });
const initialize = (protocolVersion = "2024-11-05") =>
  request("initialize", { protocolVersion, capabilities: {}, clientInfo: { name: "t", version: "1" } });

const stream = (name: string, headers?: Record<string, string>) => sseStream(http, name, headers);

const gone = async (): Promise<void> => {
  for (let n = 0; n < 100 && http.listeners() > 0; n++) await sleep(20);
  expect({ listeners: http.listeners(), streams: http.streams.size }).toEqual({ listeners: 0, streams: 0 });
};

test("the v1 client reads, is refused, proposes, and hears of its patch", async () => {
  await open();
  const client = new Client({ name: "v1", version: "1" });
  const heard: string[] = [];
  client.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void heard.push(params.uri),
  );
  const transport = new SSEClientTransport(new URL("/sse", http.url), {
    requestInit: { headers: bearer("alice") },
    eventSourceInit: {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer("alice") } }),
    },
  });
  await client.connect(transport);
  expect((await client.listTools()).tools).toHaveLength(6);
  const base = (await client.callTool({ name: "read-manifest", arguments: {} }))["structuredContent"] as {
    manifest: string;
  };
  expect(await client.callTool({ name: "read-file", arguments: { path: ".env" } })).toMatchObject({
    isError: true,
    structuredContent: { refusal: { code: "not_listed" } },
  });
  await expect(client.callTool({ name: "execute", arguments: {} })).rejects.toMatchObject({ code: -32_602 });
  const edits = [{ op: "replace", path: "a.ts", old_text: "x", new_text: "y" }];
  const made = await client.callTool({
    name: "propose-patch",
    arguments: proposalArgs(base.manifest, { edits }),
  });
  const { patch_id: id } = made["structuredContent"] as { patch_id: PatchId };
  const uri = `countersign://patch/${id}`;
  await client.subscribeResource({ uri });
  http.tell({ kind: "patch", id });
  for (let n = 0; n < 50 && heard.length === 0; n++) await sleep(20);
  expect(heard).toEqual([uri]);
  expect(lab.store.proposal(id)?.order.principal).toBe("alice");
  await client.close();
  await gone();
});

describe("a stream belongs to who opened it", () => {
  beforeEach(() => open());

  test("mcp-session-id-entropy: ids are long, unlike each other, and no origin may read them", async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, (_, n) => stream(`p${n}`)));
    const ids = streams.map(({ endpoint }) => new URL(endpoint, http.url).searchParams.get("stream") ?? "");
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22,}$/);
    expect(streams[0]?.headers.get("access-control-allow-origin")).toBeNull();
    expect(streams[0]?.headers.get("content-type")).toBe("text/event-stream");
    for (const one of streams) one.leave();
    await gone();
  });

  test.each([
    ["another principal", (_: string) => _, "bob"],
    ["nobody's id", () => `/messages?stream=${"A".repeat(32)}`, "alice"],
    ["no id", () => "/messages", "alice"],
    [
      "the id of the SDK alone",
      (_: string) => `/messages?sessionId=${new URL(_, http.url).searchParams.get("sessionId")}`,
      "alice",
    ],
    ["an id with a line feed", (_: string) => `${_.split("&")[0]}%0d%0aX-A: b`, "alice"],
    ["a name of the prototype", () => "/messages?stream=__proto__", "alice"],
  ])("mcp-session-guess: %s: 404, recorded, and nothing on the stream", async (_, address, name) => {
    const alice = await stream("alice");
    const before = lab.entries().length;
    const body = request("tools/call", { name: "read-file", arguments: { path: "a.ts" } });
    const answer = await http.post(body, bearer(name), address(alice.endpoint));
    expect({ status: answer.status, code: answer.json.error?.data }).toMatchObject({
      status: 404,
      code: { refusal: { code: "route_unknown" } },
    });
    expect(lab.entries().slice(before)).toMatchObject([
      { event: "call.refused", actor: { principal: name }, data: { reason: "route_unknown" } },
    ]);
    await alice.post(request("ping", {}, "after"));
    expect(JSON.parse(String(await alice.next()))).toMatchObject({ id: "after" });
    alice.leave();
  });

  test("another token of the same principal, with other rights, does not get into it", async () => {
    http.admit("wide", {}, { name: "p" });
    http.admit("other", {}, { name: "p" });
    http.admit("narrowed", { tools: ["read-manifest"] }, { name: "p", credential: "token:wide" });
    http.admit("foreign", {}, { name: "q", credential: "token:wide" });
    const wide = await stream("wide");
    expect((await wide.post(request("ping"))).status).toBe(202);
    for (const other of ["other", "narrowed", "foreign"])
      expect((await wide.post(request("ping", {}, 2), other)).status).toBe(404);
    wide.leave();
  });

  test("mcp-session-404: when its client is gone, so is it", async () => {
    const alice = await stream("alice");
    alice.leave();
    await gone();
    expect((await alice.post(request("ping"))).status).toBe(404);
  });

  test("it ends at once when the door closes in order", async () => {
    const alice = await stream("alice");
    const closed = http.close(20_000);
    expect(await alice.next()).toBeUndefined();
    await closed;
  });

  test("it ends when its credential is revoked; others are kept alive", async () => {
    const [alice, bob] = [await stream("alice"), await stream("bob")];
    http.revoked.add("token:alice");
    http.tick();
    expect(await alice.next()).toBeUndefined();
    expect(http.streams.size).toBe(1);
    expect((await alice.post(request("ping"))).status).toBe(401);
    await bob.post(request("ping", {}, "b"));
    expect(JSON.parse(String(await bob.next()))).toMatchObject({ id: "b" });
    bob.leave();
  });
});

describe("what is refused is answered and recorded", () => {
  beforeEach(() => open({ minProtocol: "2024-11-05" }));

  test.each<[string, unknown, number, number, string]>([
    ["no message", { hello: 1 }, 400, -32_600, "input_invalid"],
    ["a null id", request("ping", {}, null), 400, -32_600, "input_invalid"],
    ["a batch", [request("ping")], 400, -32_600, "input_invalid"],
    ["a revision below the floor", initialize("2024-10-07"), 400, -32_022, "protocol_floor"],
    ["no handshake where there is a floor", request("tools/list"), 400, -32_022, "protocol_floor"],
  ])("%s", async (_, body, status, code, reason) => {
    const alice = await stream("alice");
    const before = lab.entries().length;
    const answer = await alice.post(body);
    expect({ status: answer.status, code: answer.json.error?.code }).toEqual({ status, code });
    expect(lab.entries().slice(before)).toMatchObject([{ data: { reason } }]);
    alice.leave();
  });

  test.each<[string, object]>([
    ["an unknown method", request("tools/../admin", {}, 7)],
    ["a method of a later revision", request("server/discover", {}, 7)],
    ["a call without a name", request("tools/call", {}, 7)],
  ])("on the stream: %s", async (_, body) => {
    const alice = await stream("alice");
    await alice.post(initialize());
    await alice.next();
    const before = lab.entries().length;
    expect((await alice.post(body)).status).toBe(202);
    expect(JSON.parse(String(await alice.next()))).toMatchObject({ id: 7, error: {} });
    expect(lab.entries().slice(before)).toMatchObject([{ event: "call.refused" }]);
    alice.leave();
  });

  test("a client that accepts no events gets none", async () => {
    expect((await stream("alice", { accept: "application/json" })).status).toBe(406);
    expect(lab.entries().at(-1)?.data["reason"]).toBe("media_type");
  });

  test("an id is taken until it is answered; behind 64 requests without an answer the next one has to wait", async () => {
    const alice = await stream("alice");
    await alice.post(initialize());
    const edits = [{ op: "replace", path: "a.ts", old_text: "x", new_text: "y" }];
    const base = String((await lab.output("read-manifest", {}))["manifest"]);
    const waits = {
      name: "propose-patch",
      arguments: proposalArgs(base, { edits, wait_seconds: 30, idempotency_key: "k" }),
    };
    await alice.post(request("tools/call", waits, 0));
    const again = await alice.post(request("ping", {}, 0));
    expect({ status: again.status, code: again.json.error?.code }).toEqual({ status: 400, code: -32_600 });
    for (let id = 1; id < 64; id++)
      expect((await alice.post(request("tools/call", waits, id))).status).toBe(202);
    const answer = await alice.post(request("ping", {}, 64));
    expect({ status: answer.status, wait: answer.headers.get("retry-after") }).toEqual({
      status: 503,
      wait: "1",
    });
    alice.leave();
  });
});

test("mcp-rpc-sse-flood: no more streams than there are places", async () => {
  await open({ maxStreams: 1, total: 2 });
  const mine = await stream("alice");
  expect((await stream("alice")).status).toBe(503);
  expect(lab.entries().at(-1)?.data["reason"]).toBe("server_busy");
  const other = await stream("bob");
  expect((await stream("carol")).status).toBe(503);
  mine.leave();
  other.leave();
  await gone();
});

test.each(["before it is opened", "while it is open"])("its request ends %s", async (when) => {
  await open();
  const ending = new AbortController();
  if (when === "before it is opened") ending.abort();
  const [get] = await sseRoutes(http.parts);
  const server = createServer((from, response) => {
    void get?.handler({
      principal: { name: "alice", credential: "token:alice", scope: scopeOf() },
      id: "1",
      correlation: undefined,
      method: "GET",
      path: "/sse",
      query: new URLSearchParams(),
      headers: from.headers,
      body: undefined,
      signal: ending.signal,
      raw: { request: from, response },
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/sse`);
  const next = eventsOf(response.body);
  expect(await next()).toContain("/messages?stream=");
  ending.abort();
  expect(await next()).toBeUndefined();
  expect(http.streams.size).toBe(0);
  server.close();
});

test("switched off, there is nothing at its addresses", async () => {
  await open({ sse: false });
  expect((await stream("alice")).status).toBe(404);
  expect((await http.post(request("ping"), {}, "/messages")).status).toBe(404);
});

test("switched on without its package, the fix is said", async () => {
  await open();
  const missing = () => Promise.reject(new Error("Cannot find package"));
  await expect(sseRoutes({} as never, missing)).rejects.toMatchObject({
    code: "config_invalid",
    fix: expect.stringContaining("npm install @modelcontextprotocol/sdk") as string,
  });
});
