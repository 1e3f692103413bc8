// Floods by strangers at the real process: it goes on serving who is known, and does not grow.
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { action } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";

let room: Room;
let up: Up;
let alice: string;
beforeAll(async () => {
  room = openRoom("default", "[calls]\nper_minute = 100000\n");
  alice = room.token("alice");
  up = await room.up();
});
afterAll(() => room.remove());

/** `count` connections of `from`, each kept up as long as the work lasts: whatever is cut comes again. */
async function under<T>(
  { count, bytes, from }: { count: number; bytes: string; from: string },
  work: () => Promise<T>,
): Promise<T> {
  const flood = { over: false };
  const sockets = new Set<Socket>();
  const open = (): void => {
    const socket = connect({ port: up.port, host: "127.0.0.1", localAddress: from });
    sockets.add(socket.on("error", () => undefined));
    // Never read.
    socket.pause();
    socket.write(bytes);
    socket.once("close", () => {
      sockets.delete(socket);
      if (!flood.over) setTimeout(open, 500);
    });
  };
  for (let n = 0; n < count; n++) open();
  try {
    await pause(500);
    return await work();
  } finally {
    flood.over = true;
    for (const socket of sockets) socket.destroy();
  }
}

interface Served {
  readonly statuses: readonly (number | string)[];
}

/** A known caller, so many times. */
async function serving(times: number): Promise<Served> {
  const statuses: (number | string)[] = [];
  while (statuses.length < times) {
    const answer = await up
      .ask(...action("read-file", { path: "src/a.ts" }, { token: alice, from: "127.0.0.1" }))
      .then(
        ({ status }) => status,
        (error: unknown) => String(error),
      );
    statuses.push(answer);
    await pause(100);
  }
  return { statuses };
}

function residentMiB(): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${up.pid}/status`, "utf8"))?.[1]) / 1024;
}

const KNOCKS = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(6000);
const SLOW =
  "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na";

describe("a known caller is served throughout, by the same process", () => {
  test("500 connections that send 6,000 requests each and read no answer: memory stays bounded", async () => {
    const pid = up.pid;
    const before = residentMiB();
    let most = 0;
    const look = setInterval(() => (most = Math.max(most, residentMiB())), 100);
    const { statuses } = await under({ count: 500, bytes: KNOCKS, from: "127.0.0.2" }, () => serving(120));
    clearInterval(look);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(most - before).toBeLessThan(300);
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain("gateway");
    const refused = room.entries().filter(({ event }) => event === "access.refused");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(120);
    expect(refused.map(({ data }) => data["reason"])).toContain("server_busy");
  });

  test.each([
    { what: "bodies that never end, at the token endpoint", count: 300, bytes: SLOW },
    { what: "connections that say nothing", count: 520, bytes: "" },
  ])("$count $what", async ({ count, bytes }) => {
    const { statuses } = await under({ count, bytes, from: "127.0.0.2" }, () => serving(60));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeGreaterThan(10);
  });
});
