// Two principals on /mcp at once: neither hears, or is answered, what is the other's.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";
import { mcpHttp, type McpHttpLab, type McpHttpOptions } from "../../support/mcp-http.ts";
import { enveloped, eventsOf, LEGACY, mirrored, recorded, request } from "../../support/mcp-requests.ts";

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

interface Listening {
  readonly status: number;
  /** The next event; undefined at the end. */
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
  const event = eventsOf(response.body);
  const next: Listening["next"] = async () => {
    const data = await event();
    return data === undefined ? undefined : (JSON.parse(data) as object);
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
  for (let n = 0; n < 100 && http.listeners() > 0; n++) await sleep(20);
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

test("a reviewer hears of the patches whose files it may see, and of no others", async () => {
  await open();
  http.admit("sees-a", { roles: ["reviewer"], paths: [["a.ts"]] });
  http.admit("sees-b", { roles: ["reviewer"], paths: [["b.ts"]] });
  const id = await proposal("alice");
  const filter = { resourceSubscriptions: [uriOf(id)], resourcesListChanged: true };
  const streams = [await listen("sees-a", filter), await listen("sees-b", filter)];
  for (const stream of streams) await stream.next();
  http.tell({ kind: "patch", id });
  http.tell({ kind: "manifest" });
  const first = await Promise.all(streams.map((stream) => stream.next()));
  expect(first.map((event) => event?.method)).toEqual([
    "notifications/resources/updated",
    "notifications/resources/list_changed",
  ]);
  for (const stream of streams) stream.leave();
  await gone();
});

test("no more of one principal, and no more altogether, than there are places; a place is free again", async () => {
  await open({ maxStreams: 2, total: 3 });
  const filter = { resourcesListChanged: true };
  const mine = [await listen("alice", filter), await listen("alice", filter)];
  expect(await recorded(lab, async () => expect((await listen("alice", filter)).status).toBe(503))).toEqual([
    "server_busy",
  ]);
  const other = await listen("bob", filter);
  expect(other.status).toBe(200);
  expect((await listen("carol", filter)).status).toBe(503);
  // Without anything to listen for, a stream ends at once and keeps no place.
  other.leave();
  mine[0]?.leave();
  for (let n = 0; n < 100 && http.streams.size > 1; n++) await sleep(20);
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

test("1,000 calls of two principals with the same JSON-RPC ids never cross", async () => {
  await open(
    {},
    "[calls]\nper_minute = 100000\n[server.http]\nmax_inflight = 2000\nmax_connections = 16000\n",
  );
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
  await Promise.all(Array.from({ length: 1000 }, (_, n) => ask(n)));
  const read = lab.entries().filter(({ event }) => event === "call.allowed");
  expect(read).toHaveLength(1000);
  for (const { actor, data } of read)
    expect(data["path"]).toBe(files[actor["principal"] as "alice" | "bob"][0]);
}, 60_000);
