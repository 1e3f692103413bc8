// Streams: back-pressure, cancellation, and what is cut.
import { setTimeout as pause } from "node:timers/promises";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { Reply } from "../../../src/gateway/http/exchange.ts";
import { doors, echo } from "../../support/doors.ts";
import { ask, dial, requestText, talk } from "../../support/http.ts";

const open = doors();
const done: Reply = { status: 200, headers: {}, body: "done" };
const events = { "content-type": "text/event-stream" };

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !what(); tries++) await pause(20);
  expect(what()).toBe(true);
}

describe("streams", () => {
  const stream = (pull: (push: (text: string) => void, end: () => void) => void, cancelled?: () => void) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        pull(
          (text) => controller.enqueue(Buffer.from(text)),
          () => controller.close(),
        );
      },
      cancel: () => cancelled?.(),
    });

  test("go out whole, and the connection serves on", async () => {
    const body = () => stream((push, end) => ["data: 1\n\n", "data: 2\n\n"].forEach(push) ?? end());
    const { where } = await open({
      parts: { routes: echo(() => Promise.resolve({ status: 200, headers: events, body: body() })) },
    });
    const { answers } = await talk(where, [requestText(), requestText(), requestText()], { answers: 3 });
    expect(answers.map((answer) => answer.body)).toEqual(
      Array.from({ length: 3 }, () => "data: 1\n\ndata: 2\n\n"),
    );
  });

  test("are cancelled when the client goes, and the handler is told", async () => {
    const seen: string[] = [];
    const routes = echo(({ signal }) => {
      signal.addEventListener("abort", () => seen.push("aborted"));
      return Promise.resolve({
        status: 200,
        headers: events,
        body: stream(
          (push) => push(": hello\n\n"),
          () => seen.push("cancelled"),
        ),
      });
    });
    const { where } = await open({ parts: { routes } });
    const { text } = await talk(where, requestText(), { millis: 300 });
    expect(text).toContain(": hello");
    await until(() => seen.length === 2);
    expect(seen.toSorted()).toEqual(["aborted", "cancelled"]);
  });

  test("are pulled no faster than the client takes them", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(Buffer.alloc(1_048_576));
      },
    });
    const { where } = await open({
      parts: { routes: echo(() => Promise.resolve({ status: 200, headers: {}, body })) },
    });
    const socket = dial(where);
    socket.pause();
    socket.write(requestText());
    await pause(500);
    const before = pulled;
    await pause(500);
    expect(pulled).toBe(before);
    expect(pulled).toBeLessThan(32);
    socket.destroy();
  });

  test("take no place of calls; nothing is served behind a running one", async () => {
    const routes = [
      ...echo(() =>
        Promise.resolve({ status: 200, headers: events, body: stream((push) => push(": hello\n\n")) }),
      ),
      { path: "/call", methods: ["GET"], handler: () => Promise.resolve(done) },
    ];
    const { where } = await open({ http: { max_inflight: 1 }, parts: { routes } });
    const held = dial(where);
    held.write(requestText());
    await once(held, "data");
    expect(await ask(where, { path: "/call" })).toMatchObject({ status: 200 });
    const closed = once(held, "close");
    held.on("error", () => undefined);
    held.write(requestText({ path: "/call" }));
    await closed;
  });

  test("that break are cut, so that they do not look whole", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from("half"));
      },
      pull: (controller) => controller.error(new Error("broken")),
    });
    const { where } = await open({
      parts: { routes: echo(() => Promise.resolve({ status: 200, headers: {}, body })) },
    });
    const { text, answers, closed } = await talk(where, requestText());
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect([answers, closed]).toEqual([[], true]);
  });

  test("of a handler that answers by itself carry what every answer carries", async () => {
    const routes = echo(({ raw: { response } }) => {
      response.writeHead(200, events);
      response.write("data: raw\n\n");
      return Promise.resolve(undefined);
    });
    const origin = "https://app.example.com";
    const { where } = await open({ http: { max_inflight: 1, origins: [origin] }, parts: { routes } });
    expect((await talk(where, requestText(), { millis: 200 })).text).toContain("data: raw");
    const { text } = await talk(where, requestText({ headers: { origin } }), { millis: 200 });
    expect(text).toContain("data: raw");
    expect(text).toMatch(/x-content-type-options: nosniff\r\n/);
    expect(text).toContain(`access-control-allow-origin: ${origin}\r\n`);
  });
});
