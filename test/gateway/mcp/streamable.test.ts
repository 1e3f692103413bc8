// Both eras on /mcp: what is refused before a server sees it, with which status, and that it is recorded.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import {
  enveloped,
  mcpHttp,
  type McpHttpLab,
  type McpHttpOptions,
  mirrored,
} from "../../support/mcp-http.ts";

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
const LEGACY = { "mcp-protocol-version": "2025-11-25" };
const call = { name: "read-file", arguments: { path: "a.ts" } };
const request = (method: string, params?: object, id: unknown = 1): object => ({
  jsonrpc: "2.0",
  id,
  method,
  ...(params === undefined ? {} : { params }),
});

/** Reasons of the entries that a request left, `allowed` for a call that was let through. */
async function recorded(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = lab.entries().length;
  await work();
  return lab
    .entries()
    .slice(before)
    .map(({ event, data }) => (event === "call.allowed" ? "allowed" : String(data["reason"])));
}

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
  const read = request("tools/call", enveloped(call));
  const own = "io.modelcontextprotocol/";
  const old = enveloped(call, { [`${own}protocolVersion`]: "2025-11-25" });

  test.each<[string, unknown, Record<string, string>, number, number, string]>([
    [
      "no Mcp-Method",
      read,
      { "mcp-protocol-version": MODERN, "mcp-name": "read-file" },
      400,
      -32_020,
      "input_invalid",
    ],
    ["no Mcp-Name", read, mirrored("tools/call"), 400, -32_020, "input_invalid"],
    [
      "no MCP-Protocol-Version",
      read,
      { "mcp-method": "tools/call", "mcp-name": "read-file" },
      400,
      -32_020,
      "input_invalid",
    ],
    ["another Mcp-Method", read, mirrored("tools/list", "read-file"), 400, -32_020, "input_invalid"],
    ["another Mcp-Name", read, mirrored("tools/call", "search-files"), 400, -32_020, "request_malformed"],
    ["Mcp-Name in other case", read, mirrored("tools/call", "READ-FILE"), 400, -32_020, "request_malformed"],
    [
      "a broken sentinel",
      read,
      mirrored("tools/call", "=?base64?cmVhZC1maWxl!?="),
      400,
      -32_020,
      "request_malformed",
    ],
    [
      "a sentinel of another name",
      read,
      mirrored("tools/call", "=?base64?eA==?="),
      400,
      -32_020,
      "request_malformed",
    ],
    [
      "another version",
      read,
      { ...mirrored("tools/call", "read-file"), ...LEGACY },
      400,
      -32_020,
      "input_invalid",
    ],
    [
      "an old version in the envelope",
      request("tools/call", old),
      { ...mirrored("tools/call", "read-file"), ...LEGACY },
      400,
      -32_022,
      "input_invalid",
    ],
    [
      "no envelope",
      request("tools/call", call),
      mirrored("tools/call", "read-file"),
      400,
      -32_602,
      "input_invalid",
    ],
    [
      "no capabilities",
      request("tools/call", enveloped(call, { [`${own}clientCapabilities`]: 5 })),
      mirrored("tools/call", "read-file"),
      400,
      -32_602,
      "input_invalid",
    ],
    [
      "an unknown method",
      request("tools/../admin", enveloped()),
      mirrored("tools/../admin"),
      404,
      -32_601,
      "input_invalid",
    ],
    [
      "a method of the other era",
      request("ping", enveloped()),
      mirrored("ping"),
      404,
      -32_601,
      "input_invalid",
    ],
    ["no name", request("tools/call", enveloped({})), mirrored("tools/call"), 200, -32_602, "input_invalid"],
    [
      "a legacy header in disagreement",
      request("tools/call", call),
      { ...LEGACY, "mcp-name": "search-files" },
      400,
      -32_020,
      "request_malformed",
    ],
    [
      "a legacy method in disagreement",
      request("tools/call", call),
      { ...LEGACY, "mcp-method": "tools/list" },
      400,
      -32_020,
      "request_malformed",
    ],
    [
      "a revision that nobody knows",
      request("tools/call", call),
      { "mcp-protocol-version": "2025-13-99" },
      400,
      -32_022,
      "input_invalid",
    ],
    ["a legacy unknown method", request("tools/../admin"), LEGACY, 200, -32_601, "input_invalid"],
    ["a legacy method of the other era", request("server/discover"), LEGACY, 200, -32_601, "input_invalid"],
    [
      "a legacy subscription that could never be kept",
      request("resources/subscribe", { uri: "countersign://manifest" }),
      LEGACY,
      200,
      -32_601,
      "input_invalid",
    ],
    [
      "a legacy progress token of another form",
      request("tools/call", { ...call, _meta: { progressToken: {} } }),
      LEGACY,
      400,
      -32_600,
      "input_invalid",
    ],
    [
      "neither JSON nor events",
      read,
      { ...mirrored("tools/call", "read-file"), accept: "text/html, application/json;q=0" },
      406,
      -32_000,
      "media_type",
    ],
    [
      "a stream for a client that takes none",
      request("subscriptions/listen", enveloped({ notifications: {} })),
      { ...mirrored("subscriptions/listen"), accept: "application/json" },
      406,
      -32_000,
      "media_type",
    ],
    [
      "a subscription without a filter",
      request("subscriptions/listen", enveloped()),
      mirrored("subscriptions/listen"),
      200,
      -32_602,
      "input_invalid",
    ],
    ["a batch", [request("tools/list"), request("tools/list", {}, 2)], LEGACY, 400, -32_600, "input_invalid"],
    ["an empty batch", [], LEGACY, 400, -32_600, "input_invalid"],
    ["a null id", request("tools/list", {}, null), LEGACY, 400, -32_600, "input_invalid"],
    [
      "an id of 1e400",
      '{"jsonrpc":"2.0","id":1e400,"method":"tools/list"}',
      LEGACY,
      400,
      -32_600,
      "input_invalid",
    ],
    [
      "an id of 2^63",
      '{"jsonrpc":"2.0","id":9223372036854775808,"method":"tools/list"}',
      LEGACY,
      400,
      -32_600,
      "input_invalid",
    ],
    ["an id with a fraction", request("tools/list", {}, 1.5), LEGACY, 400, -32_600, "input_invalid"],
    ["no message", { hello: 1 }, LEGACY, 400, -32_600, "input_invalid"],
    ["text", '"tools/list"', LEGACY, 400, -32_600, "input_invalid"],
  ])("%s", async (_, body, headers, status, code, reason) => {
    let answer: Awaited<ReturnType<typeof http.post>> | undefined;
    const entries = await recorded(async () => {
      answer = await http.post(body, headers);
    });
    expect({ status: answer?.status, code: answer?.json.error?.code, entries }).toEqual({
      status,
      code,
      entries: [reason],
    });
    expect(answer?.text).not.toContain('"text":"x');
  });

  test.each(["__proto__", "constructor", "toString", "x".repeat(256), "x".repeat(257)])(
    "I05: no tool of the name %s, in both eras",
    async (name) => {
      for (const [body, headers] of [
        [request("tools/call", { name, arguments: {} }), LEGACY],
        [request("tools/call", enveloped({ name, arguments: {} })), mirrored("tools/call", name)],
      ] as const) {
        const entries = await recorded(async () => {
          const { status, json } = await http.post(body, headers);
          expect({ status, code: json.error?.code }).toEqual({ status: 200, code: -32_602 });
          if (name.length > 256) expect(json.error?.message).toContain("longer than 256 characters");
        });
        expect(entries).toEqual(["tool_unknown"]);
      }
    },
  );

  test("a long id and one that is text come back as they were", async () => {
    for (const id of ["i".repeat(10_240), "", 0, -1, Number.MAX_SAFE_INTEGER])
      expect((await http.post(request("ping", undefined, id), LEGACY)).json).toMatchObject({
        id,
        result: {},
      });
  });

  test.each([
    ["surrounded by blanks", " \tread-file \t"],
    ["wrapped", `=?base64?${Buffer.from("read-file").toString("base64")}?=`],
  ])("Mcp-Name %s is the name", async (_, name) => {
    const modern = await http.post(read, mirrored("tools/call", name));
    expect(modern.json.result).toMatchObject({ structuredContent: { text: "x\n" } });
    const legacy = await http.post(request("tools/call", call), { ...LEGACY, "mcp-name": name });
    expect(legacy.json.result).toMatchObject({ structuredContent: { text: "x\n" } });
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

describe("limits", () => {
  beforeEach(() => open({}, "[calls]\nper_minute = 2\n"));

  test.each([
    ["2025", request("tools/call", call), LEGACY],
    [MODERN, request("tools/call", enveloped(call)), mirrored("tools/call", "read-file")],
  ])(
    "in era %s a call over the limit is 429 with Retry-After, and so is what is no call",
    async (_, body, headers) => {
      for (let n = 0; n < 2; n++) expect((await http.post(body, headers)).status).toBe(200);
      for (const refused of [body, request("tools/call", {}), request("nothing")]) {
        const answer = await http.post(refused, headers === LEGACY || refused === body ? headers : LEGACY);
        expect(answer.status).toBe(429);
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(answer.text).toContain('"code":"rate_calls"');
      }
      expect((await http.post(body, { ...headers, authorization: "Bearer other" })).status).toBe(200);
    },
  );
});

test("a proposal over the limit of the hour is 429 with Retry-After", async () => {
  await open({}, "[proposal]\nper_hour = 1\n");
  const base = String((await lab.output("read-manifest", {}))["manifest"]);
  const propose = (n: number) =>
    http.post(
      request("tools/call", {
        name: "propose-patch",
        arguments: proposalArgs(base, {
          edits: [{ op: "replace", path: "a.ts", old_text: "x", new_text: `${n}` }],
        }),
      }),
      LEGACY,
    );
  expect((await propose(1)).json.result?.["isError"]).toBeUndefined();
  const second = await propose(2);
  expect({ status: second.status, wait: second.headers.has("retry-after") }).toEqual({
    status: 429,
    wait: true,
  });
  expect(second.json.result).toMatchObject({
    isError: true,
    structuredContent: { refusal: { code: "rate_proposals" } },
  });
});

describe("the version floor", () => {
  const initialize = (protocolVersion: string): object =>
    request("initialize", { protocolVersion, capabilities: {}, clientInfo: { name: "t", version: "1" } });
  const supported = (floor: string): readonly string[] =>
    ["2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", MODERN].filter(
      (one) => one >= floor,
    );

  test.each([
    ["2025-06-18", initialize("2025-03-26"), {}, "2025-03-26"],
    ["2025-06-18", initialize("2025-11-25"), { "mcp-protocol-version": "2025-03-26" }, "2025-03-26"],
    ["2025-06-18", request("tools/call", call), {}, "2025-03-26"],
    ["2025-06-18", request("tools/call", call), { "mcp-protocol-version": "2025-03-26" }, "2025-03-26"],
    ["2025-06-18", { jsonrpc: "2.0", method: "notifications/initialized" }, {}, "2025-03-26"],
    [MODERN, initialize("2025-11-25"), {}, "2025-11-25"],
    [MODERN, request("tools/call", call), LEGACY, "2025-11-25"],
  ] as const)("floor %s refuses %j with headers %j", async (floor, body, headers, requested) => {
    await open({ minProtocol: floor });
    const entries = await recorded(async () => {
      const { status, json } = await http.post(body, headers);
      expect(status).toBe(400);
      expect(json.error).toMatchObject({
        code: -32_022,
        data: { supported: supported(floor), requested, refusal: { code: "protocol_floor" } },
      });
    });
    expect(entries).toEqual(["protocol_floor"]);
  });

  test.each([
    ["2025-06-18", initialize("2025-06-18"), {}],
    ["2025-06-18", initialize("2099-01-01"), {}],
    ["2025-06-18", request("tools/call", call), { "mcp-protocol-version": "2025-06-18" }],
    ["2024-10-07", initialize("2024-10-07"), {}],
    [MODERN, request("tools/call", enveloped(call)), mirrored("tools/call", "read-file")],
  ] as const)("floor %s serves %j", async (floor, body, headers) => {
    await open({ minProtocol: floor });
    const { status, json } = await http.post(body, headers);
    expect({ status, error: json.error }).toEqual({ status: 200 });
    const agreed = json.result?.["protocolVersion"];
    if (agreed !== undefined) expect(supported(floor)).toContain(agreed);
  });
});

describe("what a principal may not use does not exist for it", () => {
  beforeEach(async () => {
    await open();
    http.admit("reader", { roles: ["reader"], tools: ["read-manifest", "read-file"] });
  });
  const reader = { authorization: "Bearer reader" };

  test.each([
    ["2025", (method: string) => http.post(request(method), { ...LEGACY, ...reader })],
    [MODERN, (method: string) => http.post(request(method, enveloped()), { ...mirrored(method), ...reader })],
  ])("in era %s", async (_, list) => {
    expect((await list("tools/list")).json.result).toMatchObject({
      tools: [{ name: "read-manifest" }, { name: "read-file" }],
    });
    expect((await list("prompts/list")).json.result).toMatchObject({ prompts: [] });
    expect((await list("resources/templates/list")).json.result).toMatchObject({
      resourceTemplates: [{ name: "file" }],
    });
    const told = (await list(_ === MODERN ? "server/discover" : "initialize")).text;
    expect(told).not.toMatch(/propose-patch|search-files|patch-status/);
  });

  test("nor is it called, and its prompt is none", async () => {
    const params = { name: "propose-patch", arguments: {} };
    const refused = await http.post(request("tools/call", params), { ...LEGACY, ...reader });
    expect(refused.json.result).toMatchObject({
      isError: true,
      structuredContent: { refusal: { code: "unauthorized" } },
    });
    const prompt = await http.post(request("prompts/get", { name: "propose-change" }), {
      ...LEGACY,
      ...reader,
    });
    expect(prompt.json.error?.code).toBe(-32_602);
    const patch = { uri: "countersign://patch/00000000-0000-4000-8000-000000000000" };
    const resource = await http.post(request("resources/read", patch), { ...LEGACY, ...reader });
    expect(resource.json.error).toMatchObject({
      code: -32_602,
      message: expect.stringContaining("not found") as string,
    });
  });
});

describe("streams", () => {
  interface Listening {
    readonly status: number;
    /** Waits up to 2 s for the next event; undefined at the end. */
    next(): Promise<{ method?: string; params?: { uri?: string }; result?: object } | undefined>;
    leave(): void;
  }

  async function listen(name: string, notifications: object): Promise<Listening> {
    const leaving = new AbortController();
    const method = "subscriptions/listen";
    const response = await fetch(http.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${name}`,
        ...mirrored(method),
      },
      body: JSON.stringify(request(method, enveloped({ notifications }))),
      signal: leaving.signal,
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    const next: Listening["next"] = async () => {
      for (;;) {
        const end = rest.indexOf("\n\n");
        const block = rest.slice(0, end);
        if (end !== -1) {
          rest = rest.slice(end + 2);
          const data = block.split("\n").find((line) => line.startsWith("data: "));
          if (data !== undefined) return JSON.parse(data.slice(6)) as object;
          continue;
        }
        const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
        if (done) return undefined;
        rest += value;
      }
    };
    return { status: response.status, next, leave: () => leaving.abort() };
  }

  const uriOf = (id: string): string => `countersign://patch/${id}`;
  async function proposal(name: string): Promise<PatchId> {
    const base = String((await lab.output("read-manifest", {}))["manifest"]);
    const edits = [{ op: "replace", path: "a.ts", old_text: "x", new_text: name }];
    const made = await lab.output("propose-patch", proposalArgs(base, { edits }), lab.as(name));
    return made["patch_id"] as PatchId;
  }
  const gone = async (): Promise<void> => {
    for (let n = 0; n < 100 && http.listeners() > 0; n++) await new Promise((done) => setTimeout(done, 20));
    expect({ listeners: http.listeners(), streams: http.streams.size }).toEqual({ listeners: 0, streams: 0 });
  };

  test("each principal hears of its own patches, a reviewer of all, everybody of the manifest", async () => {
    await open();
    for (const name of ["alice", "bob"]) http.admit(name, { roles: ["proposer"] });
    http.admit("reviewer", { roles: ["reviewer"] });
    const [alices, bobs] = [await proposal("alice"), await proposal("bob")];
    const filter = { resourceSubscriptions: [uriOf(alices), uriOf(bobs)], resourcesListChanged: true };
    const names = ["alice", "bob", "reviewer"] as const;
    const streams = await Promise.all(names.map((name) => listen(name, filter)));
    for (const stream of streams)
      expect((await stream.next())?.method).toBe("notifications/subscriptions/acknowledged");
    http.tell({ kind: "patch", id: bobs });
    http.tell({ kind: "patch", id: alices });
    http.tell({ kind: "manifest" });
    const heard = await Promise.all(
      streams.map(async (stream, index) => {
        const events: (string | undefined)[] = [];
        for (let n = 0; n < (index === 2 ? 3 : 2); n++) {
          const event = await stream.next();
          events.push(event?.params?.uri ?? event?.method);
        }
        return events;
      }),
    );
    const list = "notifications/resources/list_changed";
    expect(heard).toEqual([
      [uriOf(alices), list],
      [uriOf(bobs), list],
      [uriOf(bobs), uriOf(alices), list],
    ]);
    for (const stream of streams) stream.leave();
    await gone();
  });

  test("no more of one principal, and no more altogether, than there are places; a place is free again", async () => {
    await open({ maxStreams: 2, total: 3 });
    const filter = { resourcesListChanged: true };
    const mine = [await listen("alice", filter), await listen("alice", filter)];
    expect(await recorded(async () => expect((await listen("alice", filter)).status).toBe(503))).toEqual([
      "server_busy",
    ]);
    const other = await listen("bob", filter);
    expect(other.status).toBe(200);
    expect((await listen("carol", filter)).status).toBe(503);
    // Without anything to listen for, a stream ends at once and keeps no place.
    other.leave();
    mine[0]?.leave();
    for (let n = 0; n < 100 && http.streams.size > 1; n++) await new Promise((done) => setTimeout(done, 20));
    expect((await listen("alice", {})).status).toBe(200);
    const again = await listen("alice", filter);
    expect(again.status).toBe(200);
    for (const stream of [...mine, again]) stream.leave();
    await gone();
  });

  test("a stream ends in order when its credential is revoked, and only that one", async () => {
    await open();
    const filter = { resourcesListChanged: true };
    const [alice, bob] = [await listen("alice", filter), await listen("bob", filter)];
    await alice.next();
    await bob.next();
    http.tick();
    http.tell({ kind: "manifest" });
    expect((await alice.next())?.method).toBe("notifications/resources/list_changed");
    http.revoked.add("token:alice");
    http.tick();
    expect(await alice.next()).toMatchObject({ id: 1, result: { resultType: "complete" } });
    expect(await alice.next()).toBeUndefined();
    expect(http.streams.size).toBe(1);
    await bob.next();
    http.tell({ kind: "manifest" });
    expect((await bob.next())?.method).toBe("notifications/resources/list_changed");
    bob.leave();
    await gone();
  });

  test("all streams end when the process stops", async () => {
    await open();
    const stream = await listen("alice", { resourcesListChanged: true });
    await stream.next();
    await http.stop();
    for (let n = 0; n < 3 && (await stream.next()) !== undefined; n++);
    expect(await stream.next()).toBeUndefined();
    await gone();
  });
});

test("1,000 calls of two principals with the same JSON-RPC ids never cross", async () => {
  await open({}, "[calls]\nper_minute = 100000\n");
  const files = { alice: ["a.ts", "x\n"], bob: ["b.ts", "y\n"] } as const;
  const ask = async (n: number): Promise<void> => {
    const name = n % 2 === 0 ? "alice" : "bob";
    const [path, text] = files[name];
    const id = Math.floor(n / 2);
    const params = { name: "read-file", arguments: { path } };
    const modern = n % 4 < 2;
    const answer = await http.post(request("tools/call", modern ? enveloped(params) : params, id), {
      ...(modern ? mirrored("tools/call", "read-file") : LEGACY),
      authorization: `Bearer ${name}`,
    });
    expect({ id: answer.json.id, result: answer.json.result }).toMatchObject({
      id,
      result: { structuredContent: { path, text } },
    });
  };
  for (let from = 0; from < 1000; from += 250)
    await Promise.all(Array.from({ length: 250 }, (_, n) => ask(from + n)));
  const read = lab.entries().filter(({ event }) => event === "call.allowed");
  expect(read).toHaveLength(1000);
  for (const { actor, data } of read)
    expect(data["path"]).toBe(files[actor["principal"] as "alice" | "bob"][0]);
}, 60_000);
