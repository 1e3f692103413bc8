// Limits of the door against real sockets: slow, large, many.
import { setTimeout as pause } from "node:timers/promises";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { openFailureMeter } from "../../../src/gateway/auth/meter.ts";
import type { Reply } from "../../../src/gateway/http/exchange.ts";
import { doors, echo } from "../../support/doors.ts";
import { answersIn, ask, dial, refusalOf, requestText, talk } from "../../support/http.ts";

const open = doors();
const done: Reply = { status: 200, headers: {}, body: "done" };

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !what(); tries++) await pause(20);
  expect(what()).toBe(true);
}

describe("slow clients", () => {
  const http = { header_timeout_seconds: 1, request_timeout_seconds: 2 };

  test("headers that never end: 408", async () => {
    const door = await open({ http: { ...http, request_timeout_seconds: 30 } });
    const head = requestText().replace(/\r\n\r\n$/, "\r\n");
    const { answers, closed } = await talk(door.where, head, { millis: 25_000 });
    expect(answers).toMatchObject([{ status: 408 }]);
    expect(closed).toBe(true);
    expect(door.recorded).toMatchObject([{ status: 408, said: { code: "request_malformed" } }]);
  });

  test("headers byte by byte: 408 all the same", async () => {
    const { where } = await open({ http });
    const socket = dial(where);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    const closed = once(socket, "close");
    const drip = setInterval(() => socket.write("x"), 50);
    socket.write("GET /echo HTTP/1.1\r\nX-Long: ");
    await closed;
    clearInterval(drip);
    expect(answersIn(text)).toMatchObject([{ status: 408 }]);
  });

  test("a body that never ends: 408, and the handler never hears of it", async () => {
    const door = await open({ http });
    const { answers, closed } = await talk(door.where, requestText({ body: "{}" }).slice(0, -1));
    expect(answers).toMatchObject([{ status: 408 }]);
    expect(closed).toBe(true);
    expect(door.reached).toEqual([]);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
  });

  test("a connection without a byte is closed, and is nothing to record", async () => {
    const door = await open({ http });
    const { text, closed } = await talk(door.where, "");
    expect([text, closed]).toEqual(["", true]);
    expect(door.recorded).toEqual([]);
  });

  test("a client that does not take its answer is cut", async () => {
    const body = "x".repeat(64 * 1024 * 1024);
    const { where } = await open({
      http: { header_timeout_seconds: 1, request_timeout_seconds: 1 },
      parts: { routes: echo(() => Promise.resolve({ ...done, body })) },
    });
    const socket = dial(where);
    socket.on("error", () => undefined);
    socket.pause();
    socket.write(requestText());
    await pause(3000);
    let taken = 0;
    socket.on("data", (chunk) => (taken += chunk.length));
    socket.resume();
    await once(socket, "close");
    expect(taken).toBeLessThan(body.length);
  }, 15_000);
});

describe("large requests", () => {
  test("16 KiB of headers: 431", async () => {
    const door = await open();
    const answer = await ask(door.where, { headers: { "x-large": "x".repeat(17_000) } });
    expect([answer.status, refusalOf(answer).code]).toEqual([431, "request_malformed"]);
    expect(door.recorded).toMatchObject([{ status: 431 }]);
  });

  test("101 headers: 431; none is dropped in silence", async () => {
    const { where } = await open();
    const many = Object.fromEntries(Array.from({ length: 2100 }, (_, at) => [`a${at}`, ""]));
    expect(await ask(where, { headers: many })).toMatchObject({ status: 431 });
    expect(
      await ask(where, { headers: Object.fromEntries(Object.entries(many).slice(0, 90)) }),
    ).toMatchObject({ status: 200 });
  });

  test("one byte over the limit: 413 by its length, before the body is sent", async () => {
    const door = await open();
    const head = requestText({
      method: "POST",
      headers: { "content-type": "application/json", "content-length": "4097" },
    });
    const { answers, closed } = await talk(door.where, head);
    expect(answers).toMatchObject([{ status: 413, headers: { connection: "close" } }]);
    expect(closed).toBe(true);
    expect(await ask(door.where, { body: `"${"x".repeat(4094)}"` })).toMatchObject({ status: 200 });
    expect(await ask(door.where, { body: `"${"x".repeat(4095)}"` })).toMatchObject({ status: 413 });
  });

  test("1 MiB and one byte: 413 and readable, although the client goes on sending", async () => {
    const { where } = await open({ http: { max_body_bytes: 1_048_576 } });
    expect(await ask(where, { body: "x".repeat(1_048_577) })).toMatchObject({ status: 413 });
  });

  test("413 reaches a client that reads only when it has sent", async () => {
    const { where } = await open();
    const socket = dial(where);
    const failed: Error[] = [];
    socket.on("error", (error) => failed.push(error));
    socket.write(requestText({ body: "x".repeat(655_360) }).slice(0, 65_536));
    for (let piece = 1; piece < 10; piece++) {
      await pause(20);
      socket.write("x".repeat(65_536));
    }
    await pause(20);
    const [chunk] = (await once(socket, "data")) as [Buffer];
    expect(answersIn(chunk.toString("latin1"))).toMatchObject([{ status: 413 }]);
    expect(failed).toEqual([]);
    socket.destroy();
  });

  test("413 by count when there is no length", async () => {
    const door = await open();
    const head = requestText({
      method: "POST",
      headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
    });
    const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
    const { answers, closed } = await talk(door.where, [head, chunk, chunk, chunk, chunk, chunk, chunk]);
    expect(answers).toMatchObject([{ status: 413 }]);
    expect(closed).toBe(true);
    expect(door.recorded).toMatchObject([{ status: 413 }]);
  });
});

describe("many at once", () => {
  test("beyond the cap: 503 with Retry-After, before any proof is looked at; places come back", async () => {
    const gate = Promise.withResolvers<Reply>();
    let running = 0;
    const routes = echo(() => {
      running += 1;
      return gate.promise;
    });
    const door = await open({ http: { max_inflight: 2 }, parts: { routes } });
    const first = [ask(door.where), ask(door.where)];
    await until(() => running === 2);
    const shown = door.presented.length;
    const third = await ask(door.where);
    expect([third.status, third.headers["retry-after"], refusalOf(third).code]).toEqual([
      503,
      "1",
      "server_busy",
    ]);
    expect(door.presented).toHaveLength(shown);
    expect(await ask(door.where, { path: "/healthz" })).toMatchObject({ status: 200 });
    gate.resolve(done);
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    await until(() => true);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
  });

  test("a place comes back when the client leaves, also one that waited behind another answer", async () => {
    let running = 0;
    const aborted: boolean[] = [];
    const routes = echo(
      async ({ signal }) =>
        new Promise((settle) => {
          running += 1;
          signal.addEventListener("abort", () => {
            aborted.push(true);
            settle(done);
          });
        }),
    );
    const door = await open({ http: { max_inflight: 2 }, parts: { routes } });
    const socket = dial(door.where);
    socket.write(requestText() + requestText());
    await until(() => running === 2);
    expect(await ask(door.where)).toMatchObject({ status: 503 });
    socket.destroy();
    await until(() => aborted.length === 2);
    const again = dial(door.where);
    again.write(requestText());
    await until(() => running === 3);
    again.destroy();
  });

  test("connections beyond the cap are dropped and recorded; the others go on", async () => {
    const door = await open({ http: { max_connections: 2 } });
    const held = [dial(door.where), dial(door.where)];
    await Promise.all(held.map((socket) => once(socket, "connect")));
    await pause(50);
    const { text, closed } = await talk(door.where, requestText(), { millis: 2000 });
    expect([text, closed]).toEqual(["", true]);
    expect(door.recorded).toMatchObject([
      { status: 503, said: { code: "server_busy" }, who: { address: "127.0.0.1" } },
    ]);
    for (const socket of held) socket.destroy();
    await pause(50);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
  });

  test("behind the entries that all addresses together may cause, a failed proof is still 401, without an entry", async () => {
    const meter = openFailureMeter({ perMinute: 30, clock: () => 0, entriesPerMinute: 1 });
    const door = await open({ parts: { meter } });
    const bad = { headers: { authorization: "Bearer bad" } };
    for (let tries = 0; tries < 3; tries++) expect(await ask(door.where, bad)).toMatchObject({ status: 401 });
    expect(door.recorded).toHaveLength(1);
  });

  test("failures of one address have so many entries a minute; failed proofs are then 429, a good one passes", async () => {
    let now = 0;
    const meter = openFailureMeter({ perMinute: 3, clock: () => now });
    const door = await open({ parts: { meter } });
    const bad = { headers: { authorization: "Bearer bad" } };
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries++) statuses.push((await ask(door.where, bad)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
    const limited = await ask(door.where, bad);
    expect(refusalOf(limited).code).toBe("rate_address");
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    expect(await ask(door.where, { path: "/nowhere" })).toMatchObject({ status: 404 });
    expect((await talk(door.where, "rubbish\r\n\r\n")).answers).toMatchObject([{ status: 400 }]);
    expect(door.recorded).toHaveLength(3);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
    now = 120_000;
    expect(await ask(door.where, bad)).toMatchObject({ status: 401 });
    expect(door.recorded).toHaveLength(4);
    expect(meter.due()).toBe(6);
  });
});
