// Threat: a gate of patch-status holds, and a notification tells the moment at which the verdict came.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import type { GateName } from "../../../src/core/config/schema-gates.ts";
import type { ToolName } from "../../../src/core/identity/scope.ts";
import { openNews } from "../../../src/gateway/legs/news.ts";
import { openHearing } from "../../../src/gateway/mcp/hearing.ts";
import { openBus } from "../../../src/gateway/mcp/updates.ts";
import { configOf } from "../../support/served.ts";
import { gate, NEVER } from "../../support/gates.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { mcpHttp, type McpHttpLab } from "../../support/mcp-http.ts";
import { enveloped, mirrored, request } from "../../support/mcp-requests.ts";

const MANIFEST = "countersign://manifest";
const GATES = ["read-manifest", "patch-status"] as const;

let lab: GatewayLab;
let id: PatchId;
let uri: string;
let shut: Set<GateName>;
beforeEach(async () => {
  shut = new Set();
  lab = await gatewayLab({
    toml: `${NEVER}${GATES.map((name) => gate(name, '"never"')).join("")}`,
    gates: (real) => ({ ...real, of: (name) => (shut.has(name) ? real.of(name) : undefined) }),
  });
  const base = await lab.publish({ "a.ts": "x\n" });
  await lab.shelf.refresh();
  const edits = [{ op: "replace", path: "a.ts", old_text: "x", new_text: "y" }];
  id = (await lab.output("propose-patch", proposalArgs(base, { edits }), lab.as("alice")))[
    "patch_id"
  ] as PatchId;
  uri = `countersign://patch/${id}`;
});
afterEach(() => lab.stop());

/** What alice would be told, under these words of the configuration. */
function hearing(tools?: readonly ToolName[], toml = "", name = "alice") {
  const who = {
    credential: "local",
    ...lab.as(name, { roles: ["proposer"], ...(tools === undefined ? {} : { tools }) }),
  };
  const service = { setup: { config: configOf(toml) }, gates: lab.gates };
  return openHearing({ service: () => service, store: lab.store, who: () => who });
}

describe("what is not for the caller", () => {
  const patch = () => ({ kind: "patch" as const, id });
  const manifest = { kind: "manifest" as const };

  test.each<[string, () => ReturnType<typeof hearing>]>([
    ["by a gate", () => (GATES.forEach((name) => shut.add(name)), hearing())],
    ["by its rights", () => hearing(["propose-patch"])],
    [
      "by the tools that are denied",
      () => hearing(undefined, '[server.tools]\ndeny = ["read-manifest", "patch-status"]\n'),
    ],
    ["by those that are allowed", () => hearing(undefined, '[server.tools]\nallow = ["propose-patch"]\n')],
  ])("%s: neither heard of nor listened to", async (_, opened) => {
    const { hears, held } = opened();
    expect([await hears(patch()), await hears(manifest)]).toEqual([false, false]);
    for (const address of [uri, MANIFEST]) expect(await held(["x", address])).toBeDefined();
    expect((await held(["x", "countersign://file/a.ts"])) === undefined).toBe(
      _ === "by a gate" || _.includes("denied"),
    );
  });

  test("nor what is somebody else's", async () => {
    expect(await hearing(undefined, "", "bob").hears(patch())).toBe(false);
    expect(await hearing().hears(patch())).toBe(true);
    expect(await hearing().held([uri, MANIFEST, "x"])).toBeUndefined();
  });

  test("each gate is asked once, however many addresses a caller names", async () => {
    let asked = 0;
    const { gates } = lab;
    const counting = { ...gates, of: (name: GateName) => ((asked += 1), gates.of(name)) };
    const service = { setup: { config: configOf("") }, gates: counting };
    const who = { credential: "local", ...lab.as("alice") };
    const { held } = openHearing({ service: () => service, store: lab.store, who: () => who });
    await held(Array.from({ length: 1000 }, () => uri));
    expect(asked).toBe(1);
  });

  test("whoever cannot be judged hears nothing, and nothing breaks", async () => {
    const news = openNews();
    const heard: string[] = [];
    const stop = openBus(news, { hears: () => Promise.reject(new Error("x")) }, () => undefined).subscribe(
      ({ kind }) => void heard.push(kind),
    );
    news.tell(manifest);
    await sleep(1);
    stop();
    expect(heard).toEqual([]);
  });
});

describe("over HTTP", () => {
  let http: McpHttpLab;
  beforeEach(async () => {
    http = await mcpHttp(lab, { sse: true });
  });
  afterEach(() => http.stop());

  test("listening to what a gate holds is refused as reading it would be, and recorded", async () => {
    shut.add("patch-status");
    const method = "subscriptions/listen";
    const listen = (resourceSubscriptions: readonly string[]) =>
      http.post(request(method, enveloped({ notifications: { resourceSubscriptions } })), {
        ...mirrored(method),
        authorization: "Bearer alice",
      });
    const { status, json } = await listen([MANIFEST, uri]);
    expect({ status, json }).toMatchObject({
      status: 409,
      json: {
        error: { data: { refusal: { code: "condition_false", message: "gate patch-status is false" } } },
      },
    });
    expect(lab.entries().at(-1)).toMatchObject({
      event: "call.refused",
      data: { tool: method, reason: "condition_false" },
    });
    expect(http.streams.size).toBe(0);
  });

  test("a subscription of before is silent while the gate holds, and none is made", async () => {
    const client = new Client({ name: "v1", version: "1" });
    const heard: string[] = [];
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void heard.push(params.uri),
    );
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void heard.push("list"));
    const headers = { authorization: "Bearer alice" };
    const transport = new SSEClientTransport(new URL("/sse", http.url), {
      requestInit: { headers },
      eventSourceInit: {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
      },
    });
    await client.connect(transport);
    await client.subscribeResource({ uri });
    await client.subscribeResource({ uri: MANIFEST });
    GATES.forEach((name) => shut.add(name));
    http.tell({ kind: "patch", id });
    http.tell({ kind: "manifest" });
    for (const address of [uri, MANIFEST])
      await expect(client.subscribeResource({ uri: address })).rejects.toMatchObject({
        code: -32_602,
        data: { refusal: { code: "condition_false" } },
      });
    expect(heard).toEqual([]);
    shut.clear();
    http.tell({ kind: "patch", id });
    http.tell({ kind: "manifest" });
    for (let n = 0; n < 50 && heard.length < 3; n++) await sleep(20);
    expect(heard.toSorted()).toEqual([MANIFEST, uri, "list"].toSorted());
    await client.close();
  });
});
