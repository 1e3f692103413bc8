// Floods by callers who prove nothing: requests ahead of their answers, bodies that never end, connections that say nothing.
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { OpenRoute, Reply } from "../../../src/gateway/http/exchange.ts";
import { doors, echo } from "../../support/doors.ts";
import { ask, dial, requestText, talk, type Where } from "../../support/http.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const open = doors();
const dir = scratch("floods");
afterAll(() => removeScratch(dir));
const done: Reply = { status: 200, headers: {}, body: "done" };
const KNOCK = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

async function dialled(where: Where, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => dial(where).on("error", () => undefined));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  await pause(50);
  return sockets;
}

const gone = (sockets: readonly Socket[]): number => sockets.filter(({ closed }) => closed).length;

describe("requests ahead of their answers", () => {
  test.each([
    { what: "health", bytes: KNOCK },
    { what: "nothing here", bytes: KNOCK.replace("/healthz", "/nowhere") },
    { what: "who proves nothing", bytes: KNOCK.replace("/healthz", "/echo") },
  ])("$what: the seventeenth ends the connection, and is recorded once", async ({ bytes }) => {
    const asked: string[] = [];
    const door = await open({
      http: { max_inflight: 64 },
      parts: { newId: () => String(asked.push("")) },
    });
    const { closed } = await talk(door.where, bytes.repeat(6000), { millis: 3000 });
    expect(closed).toBe(true);
    // Each request that is looked at gets an id; the last is that of the connection.
    expect(asked).toHaveLength(17);
    expect(door.recorded.filter(({ said }) => said.code === "server_busy")).toMatchObject([
      { status: 503, who: { address: "127.0.0.1" } },
    ]);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
  });

  test("calls that run: sixteen reach the handler, and are told to stop", async () => {
    let stopped = 0;
    const routes = echo(
      ({ signal }) =>
        new Promise((settle) => {
          signal.addEventListener("abort", () => {
            stopped += 1;
            settle(done);
          });
        }),
    );
    const door = await open({ http: { max_inflight: 64 }, parts: { routes } });
    expect((await talk(door.where, requestText().repeat(40), { millis: 3000 })).closed).toBe(true);
    await pause(50);
    expect([stopped, door.presented.length]).toEqual([16, 16]);
  });

  test("sixteen at once are answered in their order", async () => {
    const door = await open({ http: { max_inflight: 64 } });
    const all = Array.from({ length: 16 }, (_, at) => requestText({ path: `/echo?${at}` })).join("");
    const { answers } = await talk(door.where, all, { answers: 16 });
    expect(answers.map(({ body }) => (JSON.parse(body) as { query: string }).query)).toEqual(
      Array.from({ length: 16 }, (_, at) => `${at}=`),
    );
  });

  test("behind a request that was refused for its framing: not looked at, and cut", async () => {
    const asked: string[] = [];
    const gate = Promise.withResolvers<Reply>();
    const door = await open({
      parts: { routes: echo(() => gate.promise), newId: () => String(asked.push("")) },
    });
    const twice = requestText({ headers: { "x-correlation-id": ["a", "b"] } });
    // The first keeps the answer to the second waiting, and with it the connection.
    const { closed } = await talk(door.where, requestText() + twice + KNOCK.repeat(100), { millis: 2000 });
    expect([closed, asked.length]).toEqual([true, 2]);
    gate.resolve(done);
  });
});

describe("bodies of callers who prove nothing", () => {
  let seen: unknown[] = [];
  const token: OpenRoute = {
    path: "/token",
    methods: ["POST"],
    body: "form",
    handler({ body }) {
      seen.push(body);
      return Promise.resolve(done);
    },
  };
  const form = (body: string, length = Buffer.byteLength(body)): string =>
    `POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${length}\r\n\r\n${body}`;

  test("that never end take no place, and are cut after five seconds", async () => {
    seen = [];
    const door = await open({ http: { max_inflight: 2 }, parts: { open: [token] } });
    const slow = Array.from({ length: 8 }, () => talk(door.where, form("a", 100), { millis: 9000 }));
    await pause(200);
    expect(await ask(door.where, { body: "{}" })).toMatchObject({ status: 200 });
    expect((await talk(door.where, form("a=1"), { answers: 1 })).answers).toMatchObject([{ status: 200 }]);
    const cut = await Promise.all(slow);
    for (const { answers, closed } of cut) {
      expect(answers).toMatchObject([{ status: 408 }]);
      expect(closed).toBe(true);
    }
    expect(seen).toEqual([{ a: "1" }]);
    expect(door.recorded).toHaveLength(8);
  });

  test("a whole one still needs a place", async () => {
    const gate = Promise.withResolvers<Reply>();
    const door = await open({
      http: { max_inflight: 1 },
      parts: { open: [token], routes: echo(() => gate.promise) },
    });
    const running = ask(door.where);
    await pause(100);
    const { answers } = await talk(door.where, form("a=1"), { answers: 1 });
    expect(answers).toMatchObject([{ status: 503 }]);
    gate.resolve(done);
    await running;
  });

  test("that are refused hold no place while the rest is read away", async () => {
    const door = await open({ http: { max_inflight: 2 } });
    const bad = requestText({ body: "x".repeat(100), headers: { authorization: "Bearer bad" } }).slice(
      0,
      -50,
    );
    const held = (await dialled(door.where, 8)).map((socket) => socket.write(bad));
    expect(held).toHaveLength(8);
    await pause(100);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
  });

  test.each([
    { what: "16 KiB", body: `a=${"x".repeat(16_382)}`, status: 200 },
    { what: "one byte more", body: `a=${"x".repeat(16_383)}`, status: 413 },
    { what: "32 fields", body: Array.from({ length: 32 }, (_, at) => `f${at}=`).join("&"), status: 200 },
    { what: "33 fields", body: Array.from({ length: 33 }, (_, at) => `f${at}=`).join("&"), status: 400 },
  ])("a form of $what: $status", async ({ body, status }) => {
    const door = await open({ http: { max_body_bytes: 1_048_576 }, parts: { open: [token] } });
    expect((await talk(door.where, form(body), { answers: 1 })).answers).toMatchObject([{ status }]);
  });
});

describe("connections of one address", () => {
  test("32 may wait in silence; the next are dropped and recorded; they come back", async () => {
    const door = await open({ http: { max_connections: 256 } });
    const held = await dialled(door.where, 40);
    expect(gone(held)).toBe(8);
    expect(door.recorded).toHaveLength(8);
    expect(door.recorded[0]).toMatchObject({
      status: 503,
      said: { code: "server_busy" },
      who: { address: "127.0.0.1" },
    });
    for (const socket of held) socket.destroy();
    await pause(100);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
    const again = await dialled(door.where, 32);
    expect(gone(again)).toBe(0);
    for (const socket of again) socket.destroy();
  });

  test("an eighth of a larger door", async () => {
    const door = await open({ http: { max_connections: 400 } });
    const held = await dialled(door.where, 60);
    expect(gone(held)).toBe(10);
    for (const socket of held) socket.destroy();
  });

  test("our own proxy has no such limit", async () => {
    const http = { max_connections: 256, proxy: { addresses: ["127.0.0.1"], secret: "" } };
    const door = await open({ http });
    const held = await dialled(door.where, 40);
    expect(gone(held)).toBe(0);
    for (const socket of held) socket.destroy();
  });

  test("nor has a Unix socket", async () => {
    const door = await open({ http: { max_connections: 256, unix_socket: join(dir, "door.sock") } });
    const held = await dialled(door.where, 40);
    expect(gone(held)).toBe(0);
    for (const socket of held) socket.destroy();
  });
});
