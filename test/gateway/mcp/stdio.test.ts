// The wire holds back who floods or does not listen, and nothing that the SDK refuses by itself goes unrecorded.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { once } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openNews } from "../../../src/gateway/legs/news.ts";
import { mcpServer } from "../../../src/gateway/mcp/server.ts";
import { StdioWire } from "../../../src/gateway/mcp/stdio.ts";
import { openCorridor } from "../../../src/gateway/tools/call.ts";
import { openLog } from "../../../src/io/log/log.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

const ping = (id: number): string => `${JSON.stringify({ jsonrpc: "2.0", id, method: "ping" })}\n`;
const pings = (count: number): string => Array.from({ length: count }, (_, id) => ping(id)).join("");

interface Line {
  readonly input: PassThrough;
  readonly wire: StdioWire;
  readonly delivered: unknown[];
  readonly said: string[];
}

async function line(output: Writable = new PassThrough().resume()): Promise<Line> {
  const input = new PassThrough();
  const delivered: unknown[] = [];
  const said: string[] = [];
  const ending = (): void => void said.push("ending");
  const closed = (): void => void said.push("closed");
  const wire = new StdioWire({ input, output, rejected: () => said.push("rejected"), ending, closed });
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

  test("a client that sends and does not read is not read any more", async () => {
    const free: (() => void)[] = [];
    const stuck = new Writable({ write: (_chunk, _encoding, done) => void free.push(done) });
    const { input, wire, delivered } = await line(stuck);
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
    const caller = { principal: "p", session: "s" };
    const log = openLog("error", { write: () => undefined });
    const { tools, store } = lab;
    const limits = { perMinute: 1000, maxCallBytes: 100_000 };
    const corridor = openCorridor({ tools, store, ...limits, log, fatal: () => undefined });
    const parts = {
      version: "1",
      tools,
      corridor,
      news: openNews(),
      ...caller,
      stopping: new AbortController().signal,
      reached: (id: string | number) => transport.reached(id),
      presented: (tool: string) => tool,
      owns: () => false,
    };
    const transport: StdioWire = new StdioWire({
      input,
      output,
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
  const key = (name: string): string => `io.modelcontextprotocol/${name}`;
  const meta = {
    [key("protocolVersion")]: "2026-07-28",
    [key("clientInfo")]: { name: "x", version: "1" },
    [key("clientCapabilities")]: {},
  };

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
    ];
    const counts = await entriesFor({ method: "server/discover", params: { _meta: meta } }, requests);
    expect(counts).toEqual(requests.map(() => 1));
  });
});
