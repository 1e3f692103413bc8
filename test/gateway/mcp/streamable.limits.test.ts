// What bounds a caller on /mcp: rates, the oldest revision that is served, and the tools that it may use.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { mcpHttp, type McpHttpLab, type McpHttpOptions } from "../../support/mcp-http.ts";
import { enveloped, LEGACY, mirrored, recorded, request } from "../../support/mcp-requests.ts";

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

// Threat: listings and handshakes are no calls, so no limit of calls counts what they cost.
describe("requests that are no call", () => {
  beforeEach(() => open({}, "[calls]\nper_minute = 2\n"));
  const initialize = request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  });

  test.each<[string, unknown, Record<string, string>]>([
    ["tools/list", request("tools/list"), LEGACY],
    ["tools/list of 2026", request("tools/list", enveloped()), mirrored("tools/list")],
    ["prompts/get", request("prompts/get", { name: "propose-change" }), LEGACY],
    ["resources/list", request("resources/list"), LEGACY],
    ["server/discover", request("server/discover", enveloped()), mirrored("server/discover")],
    ["initialize", initialize, {}],
    [
      "a call that wants no answer, and so is none",
      { jsonrpc: "2.0", method: "tools/call", params: call },
      LEGACY,
    ],
  ])(
    "%s passes twenty times a minute, then it is 429 with Retry-After and no entry",
    async (_, body, headers) => {
      for (let n = 0; n < 20; n++) expect((await http.post(body, headers)).status).toBeLessThan(300);
      const before = lab.entries().length;
      const answer = await http.post(body, headers);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(answer.json.error?.data).toMatchObject({ refusal: { code: "rate_calls" } });
      expect(lab.entries()).toHaveLength(before);
      // Calls have their own limit, and everybody else too.
      expect((await http.post(request("tools/call", call), LEGACY)).status).toBe(200);
      expect((await http.post(body, { ...headers, authorization: "Bearer other" })).status).toBeLessThan(300);
      expect(http.parts.uncharged.due(true)).toMatchObject([
        { actor: { principal: "anybody" }, data: { count: 1 } },
      ]);
    },
  );

  test("calls and reads of resources are counted as such, and not here", async () => {
    const read = request("resources/read", { uri: "countersign://file/a.ts" });
    for (const body of [read, request("tools/call", call)])
      for (let n = 0; n < 21; n++) await http.post(body, LEGACY);
    expect((await http.post(request("tools/list"), LEGACY)).status).toBe(200);
  });
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
    const entries = await recorded(lab, async () => {
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
