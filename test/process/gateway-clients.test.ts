// Other people's clients against the real process: both SDK lines, every revision, and the Inspector.
import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PatchId } from "../../src/core/base/ids.ts";
import { bin, root } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { removeScratch } from "../support/scratch.ts";

const files = {
  "src/a.ts": "one\ntwo\nthree\n",
  "src/with space.ts": "spaced\n",
  "src/long.ts": "line\n".repeat(700),
};
let state: PublishedState;
let base: string;
let turn = 0;
beforeAll(async () => {
  state = await publishedState();
  base = await state.publish(files);
});
afterAll(() => removeScratch(state.layout.root));

const launch = () => ({
  command: process.execPath,
  args: [bin, "gateway", "--state", state.layout.root, "--stdio"],
  stderr: "ignore" as const,
});

/** What both client classes have in common, for one walk through everything. */
interface AnyClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }, ...rest: never[]): Promise<object>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  readResource(params: { uri: string }): Promise<{ contents: object[] }>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string }[] }>;
  getPrompt(params: { name: string; arguments?: Record<string, string> }): Promise<{ messages: object[] }>;
  getInstructions(): string | undefined;
}

async function walk(client: AnyClient): Promise<void> {
  const call = async (name: string, args: Record<string, unknown>) =>
    client.callTool({ name, arguments: args });
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
    "read-manifest",
    "read-file",
    "search-files",
    "propose-patch",
    "patch-status",
    "withdraw-patch",
  ]);
  expect(client.getInstructions()).toContain("propose-patch");
  // From here on the client checks structured content against the schemas that it has just read, refusals included.
  expect(await call("read-manifest", {})).toMatchObject({ structuredContent: { manifest: base } });
  expect(await call("read-file", { path: "src/a.ts" })).toMatchObject({
    structuredContent: { text: files["src/a.ts"] },
  });
  expect(await call("search-files", { query: "two" })).toMatchObject({
    structuredContent: { matches: [{ path: "src/a.ts", line: 2 }] },
  });
  expect(await call("read-file", { path: ".env" })).toMatchObject({
    isError: true,
    structuredContent: { refusal: { code: "not_listed" } },
  });
  expect(await call("read-file", { path: "src/a.ts", extra: 1 })).toMatchObject({
    isError: true,
    structuredContent: { refusal: { code: "input_invalid" } },
  });
  await expect(call("execute", {})).rejects.toMatchObject({ code: -32_602 });
  const edits = [{ op: "replace", path: "src/a.ts", old_text: "two", new_text: `two ${turn++}` }];
  expect(await call("propose-patch", proposalArgs(base, { edits, dry_run: true }))).toMatchObject({
    structuredContent: { stored: false },
  });
  const made = (await call("propose-patch", proposalArgs(base, { edits }))) as {
    structuredContent: { patch_id: PatchId };
  };
  const { patch_id } = made.structuredContent;
  expect(await client.readResource({ uri: `countersign://patch/${patch_id}` })).toMatchObject({
    contents: [{ mimeType: "application/json" }],
  });
  expect(await call("patch-status", { patch_id })).toMatchObject({ structuredContent: { patch_id } });
  expect(await call("withdraw-patch", { patch_id })).toMatchObject({
    structuredContent: { state: "withdrawn" },
  });
  expect((await client.listResources()).resources).toMatchObject([{ uri: "countersign://manifest" }]);
  expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(2);
  expect(await client.readResource({ uri: "countersign://file/src/with%20space.ts" })).toMatchObject({
    contents: [{ text: "spaced\n", mimeType: "text/plain" }],
  });
  expect((await client.readResource({ uri: "countersign://file/src/long.ts" })).contents).toMatchObject([
    {},
    { text: "The file goes on at line 501 of 700: use the tool read-file." },
  ]);
  for (const uri of [
    "countersign://file/.env",
    "countersign://file/..%2f..%2fetc/passwd",
    "countersign://patch/00000000-0000-4000-8000-000000000000",
    "file:///etc/passwd",
  ])
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32_602 });
  expect(await client.getPrompt({ name: "propose-change", arguments: { task: "rename it" } })).toMatchObject({
    messages: [{ content: { text: expect.stringContaining("rename it") as string } }],
  });
}

describe("X13: one server, both eras", () => {
  test.each([
    ["by default", undefined, "2025-11-25"],
    ["that negotiates", { mode: "auto" as const }, "2026-07-28"],
    ["pinned to 2026-07-28", { mode: { pin: "2026-07-28" } as const }, "2026-07-28"],
  ])("a client of SDK 2 %s", async (_, versionNegotiation, version) => {
    const client = new ClientV2(
      { name: "v2", version: "1" },
      versionNegotiation === undefined ? {} : { versionNegotiation },
    );
    await client.connect(new StdioV2(launch()));
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    await walk(client);
    await client.close();
  });

  test("a client of SDK 1", async () => {
    const client = new ClientV1({ name: "v1", version: "1" });
    await client.connect(new StdioV1(launch()));
    await walk(client);
    await client.close();
  });
});

test("progress while a verdict is awaited, and word of the patch to who subscribed", async () => {
  const client = new ClientV1({ name: "v1", version: "1" });
  const updated: string[] = [];
  client.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void updated.push(params.uri),
  );
  await client.connect(new StdioV1(launch()));
  const edits = [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "eins" }];
  const made = await client.callTool({
    name: "propose-patch",
    arguments: proposalArgs(base, { edits, idempotency_key: "awaited" }),
  });
  const { patch_id: id } = made["structuredContent"] as { patch_id: PatchId };
  await client.subscribeResource({ uri: `countersign://patch/${id}` });
  const messages: (string | undefined)[] = [];
  const waiting = client.callTool(
    {
      name: "propose-patch",
      arguments: proposalArgs(base, {
        edits: [{ op: "replace", path: "src/a.ts", old_text: "three", new_text: "drei" }],
        wait_seconds: 30,
      }),
    },
    undefined,
    {
      onprogress: ({ message }) => void messages.push(message),
    },
  );
  for (const other of await orders(2)) await state.judge(other);
  expect((await waiting)["structuredContent"]).toMatchObject({ state: "approved" });
  expect(messages[0]).toMatch(/^(pending|validating), waiting for the verdict$/);
  for (let n = 0; n < 60 && updated.length === 0; n++) await sleep(50);
  expect(new Set(updated)).toEqual(new Set([`countersign://patch/${id}`]));
  await client.close();
});

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
  await client.connect(new StdioV2(launch()));
  const propose = async (new_text: string): Promise<PatchId> => {
    const edits = [{ op: "replace", path: "src/long.ts", old_text: "line\n".repeat(700), new_text }];
    const made = await client.callTool({ name: "propose-patch", arguments: proposalArgs(base, { edits }) });
    return (made.structuredContent as { patch_id: PatchId }).patch_id;
  };
  const [heeded, other] = [await propose("a\n"), await propose("b\n")];
  const uri = `countersign://patch/${heeded}`;
  await client.listen({ resourceSubscriptions: [uri] });
  await client.callTool({ name: "withdraw-patch", arguments: { patch_id: other } });
  await client.callTool({ name: "withdraw-patch", arguments: { patch_id: heeded } });
  for (let n = 0; n < 60 && heard.length === 0; n++) await sleep(50);
  expect(new Set(heard)).toEqual(new Set([uri]));
  await client.listen({ resourcesListChanged: true });
  await state.publish({ ...files, "src/new.ts": "new\n" });
  for (let n = 0; n < 60 && !heard.includes("list"); n++) await sleep(50);
  expect(heard).toContain("list");
  base = await state.publish(files);
  await client.close();
});

async function orders(count: number) {
  for (let n = 0; n < 200; n++) {
    const read = await Promise.all(
      (await state.exchange.orders.list()).map((id) => state.exchange.orders.read(id)),
    );
    const open = await Promise.all(
      read
        .flatMap((order) => (order.kind === "found" ? [order.value] : []))
        .map(async (order) => ({ order, closed: await state.exchange.orders.closure(order.patch_id) })),
    );
    const waiting = open.filter(({ closed }) => closed.kind === "absent").map(({ order }) => order);
    if (waiting.length >= count) return waiting;
    await sleep(50);
  }
  throw new Error("the orders did not arrive");
}

describe("the Inspector", () => {
  const inspector = join(root, "node_modules/.bin/mcp-inspector");
  const inspect = (era: string, ...args: readonly string[]) => {
    const { command, args: own } = launch();
    const options = ["--protocol-era", era, "--format", "json", "-q", ...args];
    return spawnSync(process.execPath, [inspector, "--cli", command, ...own, ...options], {
      encoding: "utf8",
      timeout: 60_000,
    });
  };

  test.each(["legacy", "modern"])("in era %s: finds no fault in the tools, reads, and is refused", (era) => {
    const listed = inspect(era, "--method", "tools/list", "--strict");
    expect({ status: listed.status, said: listed.stderr }).toEqual({ status: 0, said: "" });
    const read = inspect(
      era,
      "--method",
      "tools/call",
      "--tool-name",
      "read-file",
      "--tool-args-json",
      '{"path":"src/a.ts"}',
    );
    expect(read.status).toBe(0);
    expect(JSON.parse(read.stdout)).toMatchObject({
      result: { structuredContent: { text: files["src/a.ts"] } },
    });
    const refused = inspect(
      era,
      "--method",
      "tools/call",
      "--tool-name",
      "read-file",
      "--tool-args-json",
      '{"path":"/etc/passwd"}',
    );
    expect(refused.status).toBe(5);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      result: { isError: true, structuredContent: { refusal: { code: "not_listed" } } },
    });
  });
});
