// I25: a sink that is down, slow, forgetful or restarted, and a ship that is killed: each entry arrives at least once.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../support/processes.ts";
import { good, grow, type Manner, type Scene, shipScene } from "../support/shipping.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await shipScene();
});
afterEach(() => scene.end());

const failOnce = (manner: Manner): Manner => {
  let failed = false;
  return (delivery) => {
    if (failed) return good(delivery);
    failed = true;
    return manner(delivery);
  };
};

describe("a sink that fails", () => {
  test.each<[string, Manner]>([
    ["answers 500", ({ response }) => response.writeHead(500).end("no")],
    ["answers 401, until somebody mends the token", ({ response }) => response.writeHead(401).end()],
    [
      "answers with a redirect, which is not followed",
      ({ response }) => response.writeHead(302, { location: "/x" }).end(),
    ],
    ["hangs up before it answers", ({ request }) => request.socket.destroy()],
    [
      "keeps what came and hangs up: the same comes again",
      ({ request, keep }) => {
        keep();
        request.socket.destroy();
      },
    ],
    [
      "keeps what came and answers 503",
      ({ response, keep }) => {
        keep();
        response.writeHead(503).end();
      },
    ],
  ])("%s", async (_, manner) => {
    grow(scene.places.database, 700);
    scene.sink.manner = failOnce(manner);
    const run = scene.ship();
    expect(await scene.all()).toBe(true);
    grow(scene.places.database, 5);
    expect(await scene.all()).toBe(true);
    run.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ code: 0, err: expect.stringContaining("waiting") as string });
  });

  test("asks for time: nothing comes before it is over", async () => {
    scene.sink.manner = failOnce(({ response }) => response.writeHead(429, { "retry-after": "2" }).end());
    scene.ship();
    expect(await scene.all()).toBe(true);
    const [first, second] = scene.sink.deliveries;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1900);
  });

  test("takes less at once: 413 makes the deliveries smaller", async () => {
    grow(scene.places.database, 300);
    scene.sink.manner = (delivery) =>
      delivery.text.split("\n").length > 60 ? delivery.response.writeHead(413).end() : good(delivery);
    expect((await scene.ship(["--once"]).ended).code).toBe(0);
    expect(scene.arrived()).toEqual(scene.leaves());
  });

  test("is down when we start, comes up, goes down, comes up", async () => {
    await scene.sink.stop();
    grow(scene.places.database, 100);
    const run = scene.ship();
    await eventually(() => (run.said().includes("cannot be reached") ? true : undefined));
    await scene.sink.start();
    expect(await scene.all()).toBe(true);
    await scene.sink.stop();
    grow(scene.places.database, 100);
    await sleep(1500);
    await scene.sink.start();
    expect(await scene.all()).toBe(true);
  });

  test("is slow: it has all the same come to everything", async () => {
    scene.sink.manner = (delivery) => void setTimeout(() => good(delivery), 400);
    grow(scene.places.database, 1200);
    scene.ship();
    expect(await scene.all()).toBe(true);
    // One delivery at a time: the next one begins when the one before is answered.
    expect(scene.sink.deliveries.length).toBeGreaterThanOrEqual(3);
  });

  test("stays down: --once gives up with exit 1, and the next run loses nothing", async () => {
    await scene.sink.stop();
    expect(await scene.ship(["--once"]).ended).toMatchObject({ code: 1 });
    await scene.sink.start();
    expect((await scene.ship(["--once"]).ended).code).toBe(0);
    expect(scene.arrived()).toEqual(scene.leaves());
  });
});

test("kill -9 of ship at any moment, while the log grows and the sink fails now and then: no loss, no second one by leaf", async () => {
  let turn = 0;
  scene.sink.manner = (delivery) => {
    turn += 1;
    if (turn % 5 === 1) delivery.request.socket.destroy();
    else if (turn % 5 === 2) {
      delivery.keep();
      delivery.request.socket.destroy();
    } else if (turn % 5 === 3) void setTimeout(() => good(delivery), 30);
    else good(delivery);
  };
  for (let round = 0; round < 12; round++) {
    grow(scene.places.database, 150, `r${round}-`);
    const run = scene.ship();
    await eventually(() => (scene.sink.deliveries.length > round ? true : undefined), 5);
    await sleep((round * 37) % 250);
    run.kill("SIGKILL");
    await run.ended;
  }
  scene.sink.manner = good;
  expect((await scene.ship(["--once"]).ended).code).toBe(0);
  expect(scene.arrived()).toEqual(scene.leaves());
  expect(scene.sink.records().length).toBeGreaterThan(scene.leaves().length);
});

test("SIGTERM ends it with 0, in the middle of waiting as well as of a delivery", async () => {
  const idle = scene.ship();
  expect(await scene.all()).toBe(true);
  idle.kill("SIGTERM");
  expect((await idle.ended).code).toBe(0);
  scene.sink.manner = () => undefined;
  grow(scene.places.database, 1);
  const count = scene.sink.deliveries.length;
  const busy = scene.ship();
  await eventually(() => (scene.sink.deliveries.length > count ? true : undefined));
  busy.kill("SIGTERM");
  expect((await busy.ended).code).toBe(0);
  scene.sink.manner = good;
  expect((await scene.ship(["--once"]).ended).code).toBe(0);
  expect(scene.arrived()).toEqual(scene.leaves());
});

test("memory does not grow with what is waiting", async () => {
  grow(scene.places.database, 120_000, "x".repeat(900));
  scene.sink.manner = ({ response }) => response.writeHead(204).end();
  const run = scene.ship();
  const peakAfter = async (deliveries: number): Promise<number> => {
    await eventually(() => (scene.sink.deliveries.length >= deliveries ? true : undefined), 60);
    const status = readFileSync(`/proc/${run.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  };
  // A garbage collector has its own idea of how much room there is; after a hundred deliveries it has found it.
  const [early, late] = [await peakAfter(110), await peakAfter(239)];
  console.log(
    `peak memory: ${Math.round(early)} MiB after half of 150 MiB, ${Math.round(late)} MiB at the end`,
  );
  // Kept, they would come to 150 MiB more: each line, and each record made of it.
  expect(late - early).toBeLessThan(75);
}, 90_000);
