// Other people's clients against the real process over HTTP: both SDK lines, every revision, HTTP+SSE, and the Inspector.
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PatchId } from "../../src/core/base/ids.ts";
import { root } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { type HttpGateway, httpGateway } from "../support/http-gateway.ts";
import { eventually } from "../support/processes.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { removeScratch } from "../support/scratch.ts";

const files = { "src/a.ts": "one\ntwo\nthree\n", "src/long.ts": "line\n".repeat(700) };
const toml = `[server.http]
enabled = true
port = 0
sse = true
[calls]
per_minute = 1000
[proposal]
per_hour = 1000
max_pending = 100
`;
let state: PublishedState;
let gateway: HttpGateway;
let base: string;
let turn = 0;
beforeAll(async () => {
  state = await publishedState(toml);
  base = await state.publish(files);
  gateway = await httpGateway(state.layout.root);
});
afterAll(async () => {
  expect(await gateway.stop()).toBe(0);
  removeScratch(state.layout.root);
});
const mcp = (): URL => new URL("/mcp", gateway.origin);

/** What both client classes have in common, for one walk through everything. */
interface AnyClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }, ...rest: never[]): Promise<object>;
  listTools(): Promise<{ tools: object[] }>;
  readResource(params: { uri: string }): Promise<{ contents: object[] }>;
  listResources(): Promise<{ resources: object[] }>;
  getPrompt(params: { name: string }): Promise<{ messages: object[] }>;
  getInstructions(): string | undefined;
}

async function walk(client: AnyClient): Promise<PatchId> {
  const call = async (name: string, args: Record<string, unknown>) =>
    client.callTool({ name, arguments: args });
  expect((await client.listTools()).tools).toHaveLength(6);
  expect(client.getInstructions()).toContain("propose-patch");
  // From here on the client checks structured content against the schemas that it has just read, refusals included.
  expect(await call("read-manifest", {})).toMatchObject({ structuredContent: { manifest: base } });
  expect(await call("read-file", { path: "src/a.ts" })).toMatchObject({
    structuredContent: { text: files["src/a.ts"] },
  });
  expect(await call("read-file", { path: ".env" })).toMatchObject({
    isError: true,
    structuredContent: { refusal: { code: "not_listed" } },
  });
  await expect(call("execute", {})).rejects.toMatchObject({ code: -32_602 });
  await expect(client.readResource({ uri: "file:///etc/passwd" })).rejects.toMatchObject({ code: -32_602 });
  expect((await client.listResources()).resources).toHaveLength(1);
  expect((await client.readResource({ uri: "countersign://manifest" })).contents).toHaveLength(1);
  expect((await client.getPrompt({ name: "propose-change" })).messages).toHaveLength(1);
  const edits = [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: `two ${turn++}` }];
  const made = await call("propose-patch", proposalArgs(base, { edits }));
  const { patch_id: id } = (made as { structuredContent: { patch_id: PatchId } }).structuredContent;
  expect(await call("patch-status", { patch_id: id })).toMatchObject({ structuredContent: { patch_id: id } });
  expect(await call("withdraw-patch", { patch_id: id })).toMatchObject({
    structuredContent: { state: "withdrawn" },
  });
  return id;
}

describe("X13: one server, both eras, over HTTP", () => {
  test.each([
    ["by default", undefined, "2025-11-25"],
    ["that negotiates", { mode: "auto" as const }, "2026-07-28"],
    ["pinned to 2026-07-28", { mode: { pin: "2026-07-28" } as const }, "2026-07-28"],
  ])("a client of SDK 2 %s", async (_, versionNegotiation, version) => {
    const options = versionNegotiation === undefined ? {} : { versionNegotiation };
    const client = new ClientV2({ name: "v2", version: "1" }, options);
    await client.connect(new HttpV2(mcp()));
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    await walk(client);
    await client.close();
  });

  test("a client of SDK 1", async () => {
    const client = new ClientV1({ name: "v1", version: "1" });
    await client.connect(new HttpV1(mcp()));
    await walk(client);
    await client.close();
  });

  test("a client of SDK 1 over HTTP+SSE, which also hears of its patch", async () => {
    const client = new ClientV1({ name: "v1", version: "1" });
    const heard: string[] = [];
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void heard.push(params.uri),
    );
    await client.connect(new SSEClientTransport(new URL("/sse", gateway.origin)));
    await walk(client);
    const edits = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
    const made = await client.callTool({ name: "propose-patch", arguments: proposalArgs(base, { edits }) });
    const { patch_id: id } = made["structuredContent"] as { patch_id: PatchId };
    const uri = `countersign://patch/${id}`;
    await client.subscribeResource({ uri });
    await client.callTool({ name: "withdraw-patch", arguments: { patch_id: id } });
    expect(await eventually(() => (heard.length > 0 ? new Set(heard) : undefined))).toEqual(new Set([uri]));
    await client.close();
  });
});

test.each([
  ["1", undefined],
  ["2, pinned to 2026-07-28", "2026-07-28"],
] as const)("progress while a verdict is awaited, to a client of SDK %s", async (_, pin) => {
  const said: (string | undefined)[] = [];
  const edits = [{ op: "replace", path: "src/a.ts", old_text: "three", new_text: `drei ${turn++}` }];
  const params = {
    name: "propose-patch",
    arguments: proposalArgs(base, { edits, wait_seconds: 30, idempotency_key: `progress-${pin ?? "1"}` }),
  };
  const onprogress = ({ message }: { message?: string | undefined }): void => void said.push(message);
  let answer: Promise<object>;
  let close: () => Promise<void>;
  if (pin === undefined) {
    const client = new ClientV1({ name: "v1", version: "1" });
    await client.connect(new HttpV1(mcp()));
    answer = client.callTool(params, undefined, { onprogress });
    close = () => client.close();
  } else {
    const client = new ClientV2({ name: "v2", version: "1" }, { versionNegotiation: { mode: { pin } } });
    await client.connect(new HttpV2(mcp()));
    answer = client.callTool(params, { onprogress });
    close = () => client.close();
  }
  await judgeNext();
  expect(await answer).toMatchObject({ structuredContent: { state: "approved" } });
  expect(said[0]).toMatch(/^(pending|validating), waiting for the verdict$/);
  await close();
});

const judged = new Set<PatchId>();

/** Approves the one order that is open. */
async function judgeNext(): Promise<void> {
  for (let n = 0; n < 200; n++) {
    for (const id of await state.exchange.orders.list()) {
      const order = await state.exchange.orders.read(id);
      const closed = await state.exchange.orders.closure(id);
      if (order.kind !== "found" || closed.kind !== "absent" || judged.has(id)) continue;
      judged.add(id);
      await state.judge(order.value);
      return;
    }
    await sleep(50);
  }
  throw new Error("no order arrived");
}

test("under 2026-07-28, word of a patch and of a new manifest to who listens for them, and of nothing else", async () => {
  const client = new ClientV2(
    { name: "v2", version: "1" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  const heard: string[] = [];
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => void heard.push(params.uri),
  );
  client.setNotificationHandler("notifications/resources/list_changed", () => void heard.push("list"));
  await client.connect(new HttpV2(mcp()));
  const propose = async (): Promise<PatchId> => {
    const edits = [
      { op: "replace", path: "src/long.ts", old_text: "line\n".repeat(700), new_text: `${turn++}\n` },
    ];
    const made = await client.callTool({ name: "propose-patch", arguments: proposalArgs(base, { edits }) });
    return (made.structuredContent as { patch_id: PatchId }).patch_id;
  };
  const [heeded, other] = [await propose(), await propose()];
  const uri = `countersign://patch/${heeded}`;
  await client.listen({ resourceSubscriptions: [uri] });
  await client.callTool({ name: "withdraw-patch", arguments: { patch_id: other } });
  await client.callTool({ name: "withdraw-patch", arguments: { patch_id: heeded } });
  expect(await eventually(() => (heard.length > 0 ? new Set(heard) : undefined))).toEqual(new Set([uri]));
  await client.listen({ resourcesListChanged: true });
  await state.publish({ ...files, "src/new.ts": "new\n" });
  expect(await eventually(() => (heard.includes("list") ? true : undefined))).toBe(true);
  base = await state.publish(files);
  await client.close();
});

describe("the Inspector", () => {
  const inspector = join(root, "node_modules/.bin/mcp-inspector");

  async function inspect(address: URL, ...options: readonly string[]) {
    const args = [inspector, "--cli", address.href, "--format", "json", "-q", ...options];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (said.stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said.stderr += chunk));
    const [status] = (await once(child, "close")) as [number | null];
    return { status, ...said };
  }

  const read = (path: string): readonly string[] => {
    const args = JSON.stringify({ path });
    return ["--method", "tools/call", "--tool-name", "read-file", "--tool-args-json", args];
  };

  test.each([
    ["legacy", "/mcp", []],
    ["modern", "/mcp", []],
    ["legacy", "/sse", ["--transport", "sse"]],
  ] as const)(
    "in era %s on %s: finds no fault in the tools, reads, and is refused",
    async (era, path, more) => {
      const address = new URL(path, gateway.origin);
      const options = ["--protocol-era", era, ...more];
      const listed = await inspect(address, ...options, "--method", "tools/list", "--strict");
      expect({ status: listed.status, said: listed.stderr }).toEqual({ status: 0, said: "" });
      const answered = await inspect(address, ...options, ...read("src/a.ts"));
      expect({ status: answered.status, said: answered.stderr }).toEqual({ status: 0, said: "" });
      expect(JSON.parse(answered.stdout)).toMatchObject({
        result: { structuredContent: { text: files["src/a.ts"] } },
      });
      const refused = await inspect(address, ...options, ...read("/etc/passwd"));
      expect(refused.status).toBe(5);
      expect(JSON.parse(refused.stdout)).toMatchObject({
        result: { isError: true, structuredContent: { refusal: { code: "not_listed" } } },
      });
    },
  );
});
