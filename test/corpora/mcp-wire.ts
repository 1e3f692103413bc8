// Cases of the MCP corpus about the wire: Host and Origin, mirrored headers, JSON-RPC, streams and sessions.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { inTurns, toolCall } from "../support/http-ask.ts";
import {
  bytes,
  call,
  type Case,
  type Cases,
  codeOf,
  HELLO,
  type Lab,
  raw,
  request,
  type Row,
  rpcOf,
  tools,
} from "./mcp-lab.ts";

interface Hello {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The row's own request; `initialize` in words is the one of the other rows. */
async function hello({ up }: Lab, { request: asked }: Row): Promise<number> {
  const { method, headers } = asked as Hello;
  const filled = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      value.replaceAll("{VALID}", `127.0.0.1:${up.port}`).replaceAll("{PORT}", String(up.port)),
    ]),
  );
  const body = { jsonrpc: "2.0", id: 1, method: "initialize", params: HELLO };
  const answer = await up.ask("/mcp", { method, body, headers: filled });
  expect(answer.headers["mcp-session-id"]).toBeUndefined();
  expect(answer.status === 200).toBe(rpcOf(answer).result !== undefined);
  return answer.status;
}

const strange: Case = async (lab, row) => expect(await hello(lab, row)).toBe(403);
const ours: Case = async (lab, row) => expect(await hello(lab, row)).toBe(200);

const read = { name: "read-manifest", arguments: {} };

/** A modern call with other mirrored headers than its body has. */
async function mirroredAs(
  { up }: Lab,
  headers: Readonly<Record<string, string>>,
  without = "",
): Promise<readonly unknown[]> {
  const [path, ask] = toolCall("modern", read.name, read.arguments, 1, { headers });
  const kept = Object.fromEntries(Object.entries(ask.headers ?? {}).filter(([name]) => name !== without));
  const answer = await up.ask(path, { ...ask, headers: kept });
  return [answer.status, codeOf(answer), rpcOf(answer).result === undefined];
}

async function sseSession({
  up,
}: Lab): Promise<{ status: number; endpoint: string; end: () => Promise<void> }> {
  const stop = new AbortController();
  const response = await fetch(new URL("/sse", up.origin), { signal: stop.signal });
  const reader = response.body?.getReader();
  const first = response.status === 200 ? await reader?.read() : undefined;
  const endpoint = /data: (\S+)/.exec(Buffer.from(first?.value ?? []).toString())?.[1] ?? "";
  const end = async (): Promise<void> => {
    stop.abort();
    await reader?.closed.catch(() => undefined);
  };
  return { status: response.status, endpoint, end };
}

const ping = { jsonrpc: "2.0", id: 1, method: "tools/list" };

const idOf = (endpoint: string): string =>
  new URL(endpoint, "http://x").searchParams.values().next().value ?? "";

export const WIRE: Cases = {
  "mcp-dns-rebind-4": strange,
  "mcp-dns-rebind-6": strange,
  "mcp-dns-rebind-7": strange,
  // Decision: names are compared as text without a dot at the end, so this is not one of ours.
  "mcp-dns-rebind-10": strange,
  "mcp-host-ok-1": ours,
  "mcp-host-ok-3": ours,
  "mcp-hdr-method-mismatch": async (lab) =>
    expect(await mirroredAs(lab, { "mcp-method": "tools/list" })).toEqual([400, -32_020, true]),
  "mcp-hdr-name-mismatch": async (lab) =>
    expect(await mirroredAs(lab, { "mcp-name": "propose-patch" })).toEqual([400, -32_020, true]),
  "mcp-hdr-name-missing": async (lab) =>
    expect(await mirroredAs(lab, {}, "mcp-name")).toEqual([400, -32_020, true]),
  async "mcp-hdr-ows"(lab) {
    const [, ask] = toolCall("modern", read.name, read.arguments, 1);
    const body = JSON.stringify(ask.body);
    const head = `POST /mcp HTTP/1.1\r\nhost: {HOST}\r\naccept: application/json, text/event-stream\r\ncontent-type: application/json\r\n`;
    const mirror = `mcp-protocol-version: 2026-07-28\r\nmcp-method:\t tools/call \t\r\nmcp-name:  \t${read.name} \t \r\n`;
    const answer = await bytes(lab, `${head}${mirror}content-length: ${body.length}\r\n\r\n${body}`);
    expect([answer?.status, answer?.body.includes("entries")]).toEqual([200, true]);
  },
  async "mcp-rpc-bad-utf8"(lab) {
    const body = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    expect(codeOf(await raw(lab, body))).toBe(-32_700);
  },
  async "mcp-rpc-batch"(lab) {
    const answer = await raw(lab, JSON.stringify([ping, { ...ping, id: 2 }]));
    expect([answer.status, codeOf(answer)]).toEqual([400, -32_600]);
  },
  async "mcp-rpc-big-body"(lab) {
    const resident = (): number =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${lab.up.pid}/status`, "utf8"))?.[1]) / 1024;
    const before = resident();
    const status = await raw(lab, Buffer.alloc(50 * 1024 * 1024, 0x20)).then(
      (answer) => answer.status,
      () => "closed",
    );
    expect([413, "closed"]).toContain(status);
    // Less than the body: it was not collected.
    expect(resident() - before).toBeLessThan(40);
    expect((await request(lab, "tools/list")).status).toBe(200);
  },
  async "mcp-rpc-dup-keys"(lab) {
    const before = lab.room.entries().length;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"tools/list","params":{"name":"propose-patch","name":"read-file"}}`;
    const answer = await raw(lab, body);
    expect([answer.status, answer.code, rpcOf(answer).result]).toEqual([400, "request_malformed", undefined]);
    expect(
      lab.room
        .entries()
        .slice(before)
        .map(({ event }) => event),
    ).toEqual(["access.refused"]);
  },
  async "mcp-rpc-huge-id"(lab) {
    for (const id of [
      "1e400",
      "9223372036854775808",
      "-9223372036854775809",
      "1.5",
      JSON.stringify("x".repeat(10_240)),
    ]) {
      const { text, json } = await raw(lab, `{"jsonrpc":"2.0","id":${id},"method":"tools/list"}`);
      const echoed = rpcOf({ json } as never).result !== undefined;
      // Exactly, or not at all: never another number.
      expect([
        id.slice(0, 20),
        echoed ? text.includes(`"id":${id}`) : codeOf({ json } as never) === -32_600,
      ]).toEqual([id.slice(0, 20), true]);
    }
  },
  async "mcp-rpc-null-id"(lab) {
    expect(codeOf(await raw(lab, JSON.stringify({ ...ping, id: null })))).toBe(-32_600);
  },
  async "mcp-rpc-proto-name"(lab) {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"])
      expect([name, codeOf(await call(lab, name, {}))]).toEqual([name, -32_602]);
  },
  async "mcp-rpc-sse-flood"(lab) {
    const plain = await inTurns(Array.from({ length: 500 }), 50, () => lab.up.ask("/mcp"));
    expect(new Set(plain.map(({ status }) => status))).toEqual(new Set([405]));
    const sessions = await Promise.all(Array.from({ length: 100 }, () => sseSession(lab)));
    const told = sessions.map(({ status }) => status);
    expect(told.filter((status) => status === 200)).toHaveLength(16);
    expect(told.filter((status) => status === 200 || status === 429 || status === 503)).toHaveLength(100);
    expect((await tools(lab)).length).toBe(6);
    await Promise.all(sessions.map(({ end }) => end()));
  },
  async "mcp-rpc-unknown-method"(lab) {
    for (const method of ["tools/../admin", "rpc.discover", "admin/shutdown", ""])
      expect([method, codeOf(await request(lab, method))]).toEqual([method, -32_601]);
  },
  // Streamable HTTP has no sessions here: identity comes with each request. Those of HTTP+SSE are the ones there are.
  async "mcp-session-404"(lab) {
    const { endpoint, end } = await sseSession(lab);
    expect((await lab.up.ask(endpoint, { body: ping })).status).toBe(202);
    await end();
    let status = 202;
    for (let look = 0; look < 50 && status === 202; look++)
      status = (await lab.up.ask(endpoint, { body: ping })).status;
    expect(status).toBe(404);
    const gone = await lab.up.ask("/mcp", {
      method: "DELETE",
      headers: { "mcp-session-id": idOf(endpoint) },
    });
    expect(gone.status).toBe(405);
  },
  async "mcp-session-guess"(lab) {
    const { endpoint, end } = await sseSession(lab);
    const id = idOf(endpoint);
    const guesses = [
      `${id.slice(0, -1)}${id.endsWith("A") ? "B" : "A"}`,
      id.slice(1),
      `${id}x`,
      "0",
      "",
      `${id}%0d%0aX:%20y`,
    ];
    for (const guess of guesses) {
      const { status } = await lab.up.ask(endpoint.replace(id, guess), { body: ping });
      expect([guess, [400, 404].includes(status)]).toEqual([guess, true]);
    }
    // On /mcp a session id means nothing, whoever's it is.
    const { status, headers } = await raw(lab, JSON.stringify(ping), { headers: { "mcp-session-id": id } });
    expect([status, headers["mcp-session-id"]]).toEqual([200, undefined]);
    await end();
  },
  async "mcp-session-id-entropy"(lab) {
    const ids: string[] = [];
    while (ids.length < 200) {
      const some = await Promise.all(Array.from({ length: 8 }, () => sseSession(lab)));
      ids.push(...some.map(({ endpoint }) => idOf(endpoint)).filter((id) => id !== ""));
      await Promise.all(some.map(({ end }) => end()));
    }
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{22,}$/);
    // 22 letters of base64 hold 128 bits when each place takes any of its 64 values: none stands still.
    const places = Array.from({ length: 20 }, (_, at) => new Set(ids.map((id) => id[at])).size);
    expect(Math.min(...places)).toBeGreaterThan(30);
  },
};
