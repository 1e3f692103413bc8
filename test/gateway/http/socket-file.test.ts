// The Unix socket: nobody but its owner, no live server pushed aside, no dead one in the way.
import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { listenAt } from "../../../src/gateway/http/socket-file.ts";
import { testDoor } from "../../support/doors.ts";
import { ask } from "../../support/http.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const dir = scratch("socket");
afterAll(() => removeScratch(dir));
let count = 0;
const fresh = (): string => join(dir, `${(count += 1)}.sock`);

describe("a door on a Unix socket", () => {
  test("answers its owner, by the name localhost, and is gone afterwards", async () => {
    const path = fresh();
    const door = await testDoor({ http: { unix_socket: path } });
    expect(door.where).toEqual({ path });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await ask(door.where)).toMatchObject({ status: 200 });
    expect(await ask(door.where, { headers: { host: "evil.example.com" } })).toMatchObject({ status: 403 });
    expect(door.presented).toMatchObject([{ channel: "unix", address: "unix", proxied: false }]);
    expect(door.recorded).toMatchObject([{ who: { address: "unix" } }]);
    await door.close();
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(dir)).toEqual([]);
  });

  test("never asks the allow-list, which knows no Unix sockets", async () => {
    const allowed = (): never => {
      throw new Error("asked");
    };
    const door = await testDoor({ http: { unix_socket: fresh() }, parts: { allowed } });
    expect(await ask(door.where)).toMatchObject({ status: 200 });
    await door.close();
  });
});

describe("what lies there already", () => {
  test("a live server is not pushed aside", async () => {
    const path = fresh();
    const first = await testDoor({ http: { unix_socket: path } });
    await expect(testDoor({ http: { unix_socket: path } })).rejects.toMatchObject({ code: "state_unusable" });
    expect(await ask(first.where)).toMatchObject({ status: 200 });
    await first.close();
  });

  test("a dead one is replaced, and the dead server's end takes nothing away", async () => {
    const path = fresh();
    const dead = createServer();
    const file = await listenAt(dead, path);
    dead.close();
    expect(existsSync(path)).toBe(true);
    const door = await testDoor({ http: { unix_socket: path } });
    file.remove();
    expect(await ask(door.where)).toMatchObject({ status: 200 });
    await door.close();
  });

  test.each([
    { what: "a file", make: (path: string) => writeFileSync(path, "") },
    { what: "a link", make: (path: string) => symlinkSync("/dev/null", path) },
  ])("$what is not removed", async ({ make }) => {
    const path = fresh();
    make(path);
    await expect(testDoor({ http: { unix_socket: path } })).rejects.toThrow(/something else/);
    expect(existsSync(path)).toBe(true);
  });

  test.each([
    { what: "a folder that is not there", path: () => join(dir, "missing", "x.sock"), why: /folder/ },
    {
      what: "a path that the kernel would cut",
      path: () => join(dir, `${"x".repeat(30)}/../${"y".repeat(120)}`),
      why: /too long/,
    },
  ])("$what is said", async ({ path, why }) => {
    await expect(testDoor({ http: { unix_socket: path() } })).rejects.toThrow(why);
  });
});
