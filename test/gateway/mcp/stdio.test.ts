// The wire holds back who floods or does not listen, and nothing that the SDK refuses by itself goes unrecorded.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { once } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openNews } from "../../../src/gateway/legs/news.ts";
import type { Revision } from "../../../src/gateway/mcp/floor.ts";
import { type McpParts, mcpServer } from "../../../src/gateway/mcp/server.ts";
import { StdioWire } from "../../../src/gateway/mcp/stdio.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";
import { scopeOf } from "../../support/scope.ts";

const ping = (id: number): string => `${JSON.stringify({ jsonrpc: "2.0", id, method: "ping" })}\n`;
const pings = (count: number): string => Array.from({ length: count }, (_, id) => ping(id)).join("");

const key = (name: string): string => `io.modelcontextprotocol/${name}`;
const meta = {
  [key("protocolVersion")]: "2026-07-28",
  [key("clientInfo")]: { name: "x", version: "1" },
  [key("clientCapabilities")]: {},
};

interface Line {
  readonly input: PassThrough;
  readonly wire: StdioWire;
  readonly delivered: unknown[];
  readonly said: string[];
}

interface LineOptions {
  readonly output?: Writable;
  readonly minProtocol?: Revision;
  readonly delivering?: () => void;
}

async function line({
  output = new PassThrough().resume(),
  minProtocol = "2024-10-07",
  delivering = () => undefined,
}: LineOptions = {}): Promise<Line> {
  const input = new PassThrough();
  const delivered: unknown[] = [];
  const said: string[] = [];
  const ending = (): void => void said.push("ending");
  const closed = (): void => void said.push("closed");
  const rejected = ({ refusal }: { refusal: { code: string } }): void => void said.push(refusal.code);
  const wire = new StdioWire({ input, output, minProtocol, delivering, rejected, ending, closed });
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK's transports are no EventTargets
  wire.onmessage = (message) => void delivered.push(message);
  await wire.start();
  return { input, wire, delivered, said };
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await setImmediate();
}

describe("holding back", () => {
  test("after the line that caused a hold, nothing of the same chunk is delivered until it ends", async () => {
    const { input, wire, delivered } = await line();
    const held = Promise.withResolvers<void>();
    // As the corridor does: some microtasks after the delivery, not within it.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK's transports are no EventTargets
    wire.onmessage = (message) => {
      if (delivered.push(message) === 1) void Promise.resolve().then(() => wire.hold(held.promise));
    };
    input.write(pings(5));
    await turns(20);
    expect(delivered).toHaveLength(1);
    input.write(ping(5));
    expect(input.isPaused()).toBe(true);
    held.resolve();
    await turns(20);
    expect(delivered).toHaveLength(6);
    expect(input.isPaused()).toBe(false);
  });

  test("who hears of each message can hold the next one back", async () => {
    const held = Promise.withResolvers<void>();
    let heard = 0;
    const { input, wire, delivered } = await line({
      delivering: () => {
        heard += 1;
        if (heard === 2) wire.hold(held.promise);
      },
    });
    input.write(pings(5));
    await turns(20);
    expect([heard, delivered.length]).toEqual([2, 2]);
    held.resolve();
    await turns(20);
    expect([heard, delivered.length]).toEqual([5, 5]);
  });

  test("a client that sends and does not read is not read any more", async () => {
    const free: (() => void)[] = [];
    const stuck = new Writable({ write: (_chunk, _encoding, done) => void free.push(done) });
    const { input, wire, delivered } = await line({ output: stuck });
    void wire.send({ jsonrpc: "2.0", id: 0, result: { text: "x".repeat(9_000_000) } }).catch(() => undefined);
    input.write(pings(3));
    await turns(20);
    expect(delivered).toHaveLength(1);
    expect(input.isPaused()).toBe(true);
    for (const done of free) done();
    await turns(20);
    expect(delivered).toHaveLength(3);
    expect(input.isPaused()).toBe(false);
  });

  test("a request with the id of one that runs is refused without an id, and recorded", async () => {
    const output = new PassThrough();
    const { input, wire, delivered, said } = await line({ output });
    input.write(ping(1) + ping(1) + ping(2));
    await turns(20);
    expect({ delivered: delivered.length, said }).toEqual({ delivered: 2, said: ["input_invalid"] });
    expect(JSON.parse(String(output.read()))).toMatchObject({ id: null, error: { code: -32_600 } });
    await wire.send({ jsonrpc: "2.0", id: 1, result: {} });
    input.write(ping(1));
    await turns(20);
    expect(delivered).toHaveLength(3);
  });

  test("at the end of the input, what was read is still delivered, then the wire ends", async () => {
    const { input, wire, delivered, said } = await line();
    input.end(pings(4));
    await once(input, "end");
    await turns(20);
    expect(delivered).toHaveLength(4);
    expect(said).toEqual(["ending"]);
    for (let id = 0; id < 4; id++) await wire.send({ jsonrpc: "2.0", id, result: {} });
    expect(said).toEqual(["ending", "closed"]);
  });
});

describe("the version floor", () => {
  const message = (method: string, params: object = {}): object => ({
    jsonrpc: "2.0",
    id: 0,
    method,
    params,
  });
  const hello = (protocolVersion: string): object => message("initialize", { protocolVersion });
  const modern = (method: string): object => message(method, { _meta: meta });
  const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };

  test.each<[Revision, readonly object[], number]>([
    ["2025-06-18", [hello("2025-03-26")], 0],
    ["2025-06-18", [message("tools/list")], 0],
    ["2025-06-18", [initialized, message("tools/list")], 0],
    ["2025-06-18", [hello("2025-06-18"), initialized, message("tools/list")], 3],
    ["2025-06-18", [hello("2025-03-26"), hello("2025-11-25"), message("tools/list")], 2],
    ["2025-06-18", [modern("tools/list"), initialized, message("tools/list")], 3],
    ["2026-07-28", [hello("2025-11-25"), initialized, message("tools/list")], 0],
    ["2026-07-28", [modern("server/discover"), message("tools/list")], 1],
    ["2026-07-28", [modern("server/discover"), hello("2025-11-25")], 1],
    ["2026-07-28", [modern("tools/list")], 1],
    ["2024-10-07", [message("tools/list"), hello("1.0")], 2],
  ])("floor %s, %j: so many are delivered: %i", async (minProtocol, messages, count) => {
    const output = new PassThrough();
    const { input, delivered, said } = await line({ minProtocol, output });
    for (const [id, one] of messages.entries())
      input.write(`${JSON.stringify({ ...one, ...("id" in one ? { id } : {}) })}\n`);
    await turns(20);
    expect(delivered).toHaveLength(count);
    expect(said).toEqual(Array.from({ length: messages.length - count }, () => "protocol_floor"));
    const requests = messages.filter((one) => "id" in one).length;
    const answers = String(output.read() ?? "")
      .split("\n")
      .filter((text) => text.includes('"code":-32022'));
    const passed = delivered.filter((one) => "id" in (one as object)).length;
    expect(answers).toHaveLength(requests - passed);
    for (const answer of answers) expect(answer).toContain('"supported":[');
  });
});

describe("what the SDK refuses by itself is recorded", () => {
  let lab: GatewayLab;
  beforeEach(async () => {
    lab = await gatewayLab();
    await lab.publish({ "a.ts": "x\n" });
    await lab.shelf.refresh();
  });
  afterEach(() => lab.stop());

  /** Sends one request after the other and counts the entries that each leaves. */
  async function entriesFor(first: object, requests: readonly object[]): Promise<readonly number[]> {
    const input = new PassThrough();
    const output = new PassThrough();
    const caller = { principal: "p", credential: "local", scope: scopeOf(), session: "s" };
    const { tools, corridor } = lab;
    const parts: McpParts = {
      version: "1",
      tools,
      corridor,
      news: openNews(),
      who: caller,
      minProtocol: "2024-10-07",
      stopping: new AbortController().signal,
      reached: (id) => transport.reached(id),
      presented: (tool) => tool,
      hearing: { hears: () => Promise.resolve(false), held: () => Promise.resolve(undefined) },
    };
    const transport: StdioWire = new StdioWire({
      input,
      output,
      minProtocol: parts.minProtocol,
      delivering: () => undefined,
      rejected: ({ tool, refusal }) => void corridor.reject(tool ?? "message", refusal, caller),
      ending: () => undefined,
      closed: () => undefined,
    });
    const served = serveStdio(({ era }) => mcpServer(parts, era), { transport });
    const counts: number[] = [];
    for (const [id, request] of [first, ...requests].entries()) {
      const before = lab.entries().length;
      input.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...request })}\n`);
      await once(output, "data");
      counts.push(lab.entries().length - before);
    }
    await served.close();
    return counts.slice(1);
  }

  const call = { name: "read-file", arguments: { path: "a.ts" } };

  test("in the revisions of 2025", async () => {
    const clientInfo = { name: "x", version: "1" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    const requests = [
      { method: "tools/call", params: call },
      { method: "tools/call", params: { ...call, _meta: "x" } },
      { method: "tools/call", params: { ...call, _meta: { progressToken: {} } } },
      { method: "tools/call", params: { name: 5 } },
      { method: "tools/call" },
      { method: "resources/read", params: { uri: 5 } },
      { method: "resources/read", params: { uri: "countersign://file/none" } },
      { method: "resources/subscribe", params: { uri: 5 } },
      { method: "resources/unsubscribe", params: {} },
      { method: "prompts/get", params: { name: "x" } },
      { method: "tools/../admin" },
      { method: "server/discover" },
      { method: "tools/list", params: { cursor: 5 } },
    ];
    const counts = await entriesFor({ method: "initialize", params }, requests);
    expect(counts).toEqual(requests.map(() => 1));
    const ok = [{ method: "resources/subscribe", params: { uri: "countersign://manifest" } }];
    expect(await entriesFor({ method: "initialize", params }, ok)).toEqual([0]);
  });

  test("in the revision of 2026-07-28", async () => {
    const requests = [
      { method: "tools/call", params: { ...call, _meta: meta } },
      { method: "tools/call", params: call },
      {
        method: "tools/call",
        params: { ...call, _meta: { ...meta, [key("protocolVersion")]: "2025-11-25" } },
      },
      { method: "tools/call", params: { ...call, _meta: { ...meta, [key("clientCapabilities")]: 5 } } },
      { method: "tools/call", params: { ...call, _meta: { ...meta, progressToken: {} } } },
      { method: "resources/read", params: { uri: "countersign://file/a.ts" } },
      { method: "resources/read", params: { uri: "countersign://file/none", _meta: meta } },
      { method: "resources/subscribe", params: { uri: "countersign://manifest", _meta: meta } },
      { method: "prompts/get", params: { name: "x", _meta: meta } },
      { method: "tools/../admin", params: { _meta: meta } },
      { method: "tools/list", params: {} },
    ];
    const counts = await entriesFor({ method: "server/discover", params: { _meta: meta } }, requests);
    expect(counts).toEqual(requests.map(() => 1));
  });
});
