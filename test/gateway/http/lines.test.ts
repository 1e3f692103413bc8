// What becomes of open connections when the door closes.
import { setTimeout as pause } from "node:timers/promises";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { Door } from "../../../src/gateway/http/parts.ts";
import type { Reply } from "../../../src/gateway/http/exchange.ts";
import { echo, testDoor } from "../../support/doors.ts";
import { ask, dial, requestText } from "../../support/http.ts";

const done: Reply = { status: 200, headers: {}, body: "done" };
const events = { "content-type": "text/event-stream" };

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !what(); tries++) await pause(20);
  expect(what()).toBe(true);
}

describe("closing", () => {
  test("running requests finish, idle connections end, nothing new begins", async () => {
    const gate = Promise.withResolvers<Reply>();
    let running = 0;
    const routes = echo(() => {
      running += 1;
      return gate.promise;
    });
    const { door, where } = await testDoor({ parts: { routes } });
    const idle = dial(where);
    const idleClosed = once(idle, "close");
    const asked = ask(where);
    await until(() => running === 1);
    const closed = door.close(5000);
    await idleClosed;
    await expect(ask(where)).rejects.toThrow();
    gate.resolve(done);
    expect(await asked).toMatchObject({ status: 200, headers: { connection: "close" } });
    await closed;
  });

  const begin = {
    "the door closes": (door: Door) => void door.close(3_600_000),
    "rubbish follows": (_: Door, held: Socket) => void held.write("\0rubbish\r\n\r\n"),
  };
  test.each(["the door closes", "rubbish follows"] as const)(
    "%s: an answer that has begun is finished, and its connection closed",
    async (what) => {
      let finish = (): void => undefined;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(Buffer.from("begun"));
          finish = () => controller.close();
        },
      });
      const { door, where } = await testDoor({
        parts: { routes: echo(() => Promise.resolve({ ...done, body })) },
      });
      const held = dial(where);
      held.write(requestText());
      await once(held, "data");
      const ended = once(held, "close");
      begin[what](door, held);
      await pause(50);
      finish();
      await ended;
      await door.close(0);
    },
  );

  test("after the grace everything is cut; streams are told at once", async () => {
    let told = false;
    const routes = echo(({ signal }) => {
      signal.addEventListener("abort", () => (told = true));
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Buffer.from(": x\n\n")),
      });
      return Promise.resolve({ status: 200, headers: events, body });
    });
    const { door, where } = await testDoor({ parts: { routes } });
    const held = dial(where);
    held.on("error", () => undefined);
    held.write(requestText());
    await once(held, "data");
    // Timers end in the order of their times: before the grace is over, nothing is cut.
    const order: string[] = [];
    const before = pause(250).then(() => order.push("before the end"));
    const closed = door.close(300).then(() => order.push("closed"));
    expect(told).toBe(true);
    await Promise.all([before, closed]);
    expect(order).toEqual(["before the end", "closed"]);
  });
});
