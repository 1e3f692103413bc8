// Both eras on /mcp: calls are answered, and what is refused has its status and its entry.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";
import { talk } from "../../support/http.ts";
import { mcpHttp, type McpHttpLab, type McpHttpOptions } from "../../support/mcp-http.ts";
import { type Answer, enveloped, LEGACY, mirrored, recorded, request } from "../../support/mcp-requests.ts";

let lab: GatewayLab;
let http: McpHttpLab;
const open = async (options?: McpHttpOptions, toml?: string): Promise<void> => {
  lab = await gatewayLab(toml === undefined ? {} : { toml });
  await lab.publish({ "a.ts": "x\n", "b.ts": "y\n" });
  await lab.shelf.refresh();
  http = await mcpHttp(lab, options);
};
afterEach(async () => {
  await http.stop();
  await lab.stop();
});

const MODERN = "2026-07-28";
const call = { name: "read-file", arguments: { path: "a.ts" } };

describe("a call is answered", () => {
  beforeEach(() => open());

  test.each([
    ["2025", request("tools/call", call), LEGACY],
    ["2025, without a header", request("tools/call", call), {}],
    [MODERN, request("tools/call", enveloped(call)), mirrored("tools/call", "read-file")],
  ])("in era %s: 200, JSON, one entry with session and correlation", async (_, body, headers) => {
    const answer = await http.post(body, { ...headers, "x-correlation-id": "c-1" });
    expect({ status: answer.status, type: answer.headers.get("content-type") }).toEqual({
      status: 200,
      type: "application/json",
    });
    expect(answer.json.result).toMatchObject({ structuredContent: { text: "x\n" } });
    const entry = lab.entries().at(-1);
    expect(entry).toMatchObject({
      event: "call.allowed",
      actor: { principal: "anybody", correlation: "c-1" },
    });
    expect(entry?.actor["session"]).toBe(answer.headers.get("x-request-id"));
  });

  test.each([
    ["2025", request("tools/call", { ...call, _meta: { progressToken: "p" } }), LEGACY],
    [
      MODERN,
      request("tools/call", enveloped(call, { progressToken: "p" })),
      mirrored("tools/call", "read-file"),
    ],
  ])(
    "in era %s: a client that takes only events gets one, one that takes only JSON no event",
    async (_, body, headers) => {
      const events = await http.post(body, { ...headers, accept: "text/event-stream" });
      expect(events.headers.get("content-type")).toBe("text/event-stream");
      expect(events.json.result).toMatchObject({ structuredContent: { text: "x\n" } });
      const json = await http.post(body, { ...headers, accept: "application/json" });
      expect(json.headers.get("content-type")).toBe("application/json");
    },
  );

  test("a notification and a response are accepted and reach nothing", async () => {
    for (const body of [
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } },
      { jsonrpc: "2.0", id: 7, result: {} },
    ]) {
      const answer = await http.post(body, LEGACY);
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: "" });
    }
    const modern = { jsonrpc: "2.0", method: "notifications/cancelled", params: enveloped({ requestId: 1 }) };
    expect((await http.post(modern, mirrored("notifications/cancelled"))).status).toBe(202);
  });

  test.each(["GET", "DELETE", "PUT"])("%s has nothing to say here", async (method) => {
    const response = await fetch(http.url, { method, headers: { accept: "text/event-stream" } });
    expect({ status: response.status, allow: response.headers.get("allow") }).toEqual({
      status: 405,
      allow: "POST",
    });
    expect(http.refusedAtDoor).toMatchObject([{ code: "route_unknown", status: 405 }]);
  });

  test("what could never be pushed is not promised in the handshake", async () => {
    const clientInfo = { name: "t", version: "1" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    const { json } = await http.post(request("initialize", params));
    expect(json.result?.["capabilities"]).toEqual({ tools: {}, prompts: {}, resources: {} });
    const discovered = await http.post(request("server/discover", enveloped()), mirrored("server/discover"));
    expect(discovered.json.result?.["capabilities"]).toMatchObject({
      resources: { subscribe: true, listChanged: true },
    });
  });

  test("no listener stays behind an answer", async () => {
    for (let n = 0; n < 20; n++) {
      await http.post(request("tools/call", call), LEGACY);
      await http.post(request("tools/list", enveloped()), mirrored("tools/list"));
      await http.post(request("initialize", {}), LEGACY);
    }
    expect(http.listeners()).toBe(0);
  });
});

describe("what is refused is recorded, and has its status", () => {
  beforeEach(() => open());
  const own = "io.modelcontextprotocol/";
  const read = request("tools/call", enveloped(call));
  const old = request("tools/call", enveloped(call, { [`${own}protocolVersion`]: "2025-11-25" }));
  const unable = request("tools/call", enveloped(call, { [`${own}clientCapabilities`]: 5 }));
  const unnamed = request("tools/call", enveloped({}));
  const legacy = request("tools/call", call);
  const token = request("tools/call", { ...call, _meta: { progressToken: {} } });
  const listen = request("subscriptions/listen", enveloped({ notifications: {} }));
  const subscribe = request("resources/subscribe", { uri: "countersign://manifest" });
  const of = (name?: string): Record<string, string> => mirrored("tools/call", name);
  const { "mcp-method": _, ...noMethod } = of("read-file");
  const { "mcp-protocol-version": __, ...noVersion } = of("read-file");
  const html = { accept: "text/html, application/json;q=0" };
  const onlyJson = { ...mirrored("subscriptions/listen"), accept: "application/json" };
  const raw = (id: string): string => `{"jsonrpc":"2.0","id":${id},"method":"tools/list"}`;

  // Status, JSON-RPC code, and the reason in the one entry that the request leaves.
  test.each<[string, unknown, Record<string, string>, string]>([
    ["no Mcp-Method", read, noMethod, "400 -32020 input_invalid"],
    ["mcp-hdr-name-missing: no Mcp-Name", read, of(), "400 -32020 input_invalid"],
    ["no MCP-Protocol-Version", read, noVersion, "400 -32020 input_invalid"],
    [
      "mcp-hdr-method-mismatch: another Mcp-Method",
      read,
      mirrored("tools/list", "read-file"),
      "400 -32020 input_invalid",
    ],
    ["mcp-hdr-name-mismatch: another Mcp-Name", read, of("search-files"), "400 -32020 request_malformed"],
    ["Mcp-Name in other case", read, of("READ-FILE"), "400 -32020 request_malformed"],
    ["a broken wrapping", read, of("=?base64?cmVhZC1maWxl!?="), "400 -32020 request_malformed"],
    ["a wrapping of another name", read, of("=?base64?eA==?="), "400 -32020 request_malformed"],
    ["another version", read, { ...of("read-file"), ...LEGACY }, "400 -32020 input_invalid"],
    ["an old version in both", old, { ...of("read-file"), ...LEGACY }, "400 -32022 input_invalid"],
    ["no envelope", legacy, of("read-file"), "400 -32602 input_invalid"],
    ["capabilities of another form", unable, of("read-file"), "400 -32602 input_invalid"],
    [
      "mcp-rpc-unknown-method: none",
      request("a/../b", enveloped()),
      mirrored("a/../b"),
      "404 -32601 input_invalid",
    ],
    ["a method of 2025", request("ping", enveloped()), mirrored("ping"), "404 -32601 input_invalid"],
    ["no name", unnamed, of(), "200 -32602 input_invalid"],
    ["2025: another name", legacy, { ...LEGACY, "mcp-name": "x" }, "400 -32020 request_malformed"],
    ["2025: another method", legacy, { ...LEGACY, "mcp-method": "x" }, "400 -32020 request_malformed"],
    ["2025: no such revision", legacy, { "mcp-protocol-version": "2025-13-99" }, "400 -32022 input_invalid"],
    ["2025: one of the future", legacy, { "mcp-protocol-version": "2099-01-01" }, "400 -32602 input_invalid"],
    ["2025: an unknown method", request("a/../b"), LEGACY, "200 -32601 input_invalid"],
    ["2025: a method of 2026", request("server/discover"), LEGACY, "200 -32601 input_invalid"],
    ["2025: a subscription, never to be kept", subscribe, LEGACY, "200 -32601 input_invalid"],
    ["2025: a progress token of another form", token, LEGACY, "400 -32600 input_invalid"],
    ["neither JSON nor events accepted", read, { ...of("read-file"), ...html }, "406 -32000 media_type"],
    ["a stream, and no events accepted", listen, onlyJson, "406 -32000 media_type"],
    [
      "mcp-rpc-batch: two messages",
      [request("tools/list"), request("ping", {}, 2)],
      LEGACY,
      "400 -32600 input_invalid",
    ],
    ["an empty batch", [], LEGACY, "400 -32600 input_invalid"],
    ["mcp-rpc-null-id: null", raw("null"), LEGACY, "400 -32600 input_invalid"],
    ["mcp-rpc-huge-id: 1e400", raw("1e400"), LEGACY, "400 -32600 input_invalid"],
    ["mcp-rpc-huge-id: 2^63", raw("9223372036854775808"), LEGACY, "400 -32600 input_invalid"],
    ["an id with a fraction", raw("1.5"), LEGACY, "400 -32600 input_invalid"],
    ["an id that is an object", raw("{}"), LEGACY, "400 -32600 input_invalid"],
    ["no message", { hello: 1 }, LEGACY, "400 -32600 input_invalid"],
    ["text", '"tools/list"', LEGACY, "400 -32600 input_invalid"],
  ])("%s", async (_name, body, headers, expected) => {
    let answer: Answer | undefined;
    const entries = await recorded(lab, async () => {
      answer = await http.post(body, headers);
    });
    expect(`${answer?.status} ${answer?.json.error?.code} ${entries.join()}`).toBe(expected);
    expect(answer?.text).not.toContain('"text":"x');
  });

  test.each(["__proto__", "constructor", "toString", "x".repeat(256), "x".repeat(257)])(
    "I05, mcp-rpc-proto-name: no tool of the name %s, in both eras",
    async (name) => {
      for (const [body, headers] of [
        [request("tools/call", { name, arguments: {} }), LEGACY],
        [request("tools/call", enveloped({ name, arguments: {} })), mirrored("tools/call", name)],
      ] as const) {
        const entries = await recorded(lab, async () => {
          const { status, json } = await http.post(body, headers);
          expect({ status, code: json.error?.code }).toEqual({ status: 200, code: -32_602 });
          if (name.length > 256) expect(json.error?.message).toContain("longer than 256 characters");
        });
        expect(entries).toEqual(["tool_unknown"]);
      }
    },
  );

  test("mcp-rpc-huge-id: a long id and one that is text come back as they were", async () => {
    for (const id of ["i".repeat(10_240), "", 0, -1, Number.MAX_SAFE_INTEGER])
      expect((await http.post(request("ping", undefined, id), LEGACY)).json).toMatchObject({
        id,
        result: {},
      });
  });

  test("Mcp-Name may be wrapped", async () => {
    const name = `=?base64?${Buffer.from("read-file").toString("base64")}?=`;
    const modern = await http.post(read, of(name));
    expect(modern.json.result).toMatchObject({ structuredContent: { text: "x\n" } });
    const old = await http.post(legacy, { ...LEGACY, "mcp-name": name });
    expect(old.json.result).toMatchObject({ structuredContent: { text: "x\n" } });
  });

  test("mcp-hdr-ows: blanks around a header are none of its value", async () => {
    // A client library would take them away itself.
    for (const [body, headers] of [
      [read, of(" \tread-file \t")],
      [legacy, { "mcp-method": "\ttools/call ", "mcp-name": " read-file\t " }],
    ] as const) {
      const bytes = JSON.stringify(body);
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const head = `POST /mcp HTTP/1.1\r\nHost: ${http.url.host}\r\nContent-Type: application/json\r\n`;
      const { host, port } = { host: "127.0.0.1", port: Number(http.url.port) };
      const said = await talk(
        { host, port },
        `${head}${lines.join("")}Content-Length: ${Buffer.byteLength(bytes)}\r\n\r\n${bytes}`,
        { answers: 1 },
      );
      expect(said.answers[0]?.status).toBe(200);
      expect(said.answers[0]?.body).toContain('"text":"x');
    }
  });

  test("an address of a resource with other letters than Latin is wrapped and read", async () => {
    const uri = "countersign://file/ü.ts";
    const wrapped = `=?base64?${Buffer.from(uri).toString("base64")}?=`;
    const answer = await http.post(
      request("resources/read", enveloped({ uri })),
      mirrored("resources/read", wrapped),
    );
    expect(answer.json.error).toMatchObject({ code: -32_602 });
    expect(lab.entries().at(-1)?.data["reason"]).toBe("not_listed");
  });
});
