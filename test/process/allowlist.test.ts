// G07: `countersign allowlist` as a person runs it: real processes, a real file, and a list that a failed sync leaves alone.
import { execFile } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/core/audit/entry.ts";
import { parseRange } from "../../src/core/identity/address.ts";
import { renderAllowList } from "../../src/core/identity/allowlist.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { bin, initState } from "../support/agent.ts";
import { startRestGateway } from "../support/rest-gateway.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

let repo: string;
let state: string;
let folder: string;
let list: string;
beforeAll(() => {
  repo = scratchRepository("allowlist", { "a.ts": "x\n" });
  state = initState(repo, '[network]\nallowlist_file = "lists/allow.json"\n');
  folder = scratch("lists");
  list = join(state, "lists", "allow.json");
});
afterAll(() => [repo, state, folder].forEach(removeScratch));
beforeEach(() => {
  removeScratch(join(state, "lists"));
  mkdirSync(join(state, "lists"));
});

interface Ran {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}
const run = (...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    execFile(process.execPath, [bin, "allowlist", ...args, "--state", state], { env }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    ).stdin?.end();
  });

function source(text: string, name = "source.txt"): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
interface List {
  fetched_at_epoch: number;
  cidrs: string[];
}
const read = (): List => JSON.parse(readFileSync(list, "utf8")) as List;
/** A list as a sync of `from` so many seconds ago would have left it. */
function place(ageSeconds: number, cidr = "192.0.2.0/24", from = join(folder, "source.txt")): string {
  const fetched = Math.floor(Date.now() / 1000) - ageSeconds;
  const ranges = [parseRange(cidr)!];
  const text = renderAllowList({ fetched, source: from, forced: false, ranges });
  writeFileSync(list, text);
  return text;
}

test("sync, show and verify: from nothing to a list that everybody may read", async () => {
  expect(await run("show")).toMatchObject({ code: 1, out: expect.stringContaining("is missing") as string });
  expect(await run("sync", "--verify")).toMatchObject({ code: 1 });
  const synced = await run("sync", "--from", source("192.0.2.0/24\n2001:db8::/48\n"));
  expect(synced).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringMatching(/^written .*2 ranges/) as string,
  });
  expect(synced.out).toContain("every 6 hours by a timer; after 12 hours it lets nobody in");
  expect(statSync(list).mode & 0o777).toBe(0o644);
  expect(read()).toMatchObject({ version: 1, cidrs: ["192.0.2.0/24", "2001:db8::/48"] });
  expect(readdirSync(join(state, "lists"))).toEqual(["allow.json"]);
  const shown = await run("show", "--json");
  expect([shown.code, JSON.parse(shown.out)]).toMatchObject([
    0,
    { ok: true, ranges: 2, cidrs: read().cidrs },
  ]);
  expect(await run("show")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/fresh[^]*192\.0\.2\.0\/24\n/) as string,
  });
  expect((await run("sync", "--verify")).code).toBe(0);
});

describe("what a failed sync leaves", () => {
  test.each<readonly [string, () => string[]]>([
    ["a missing file", () => ["--from", join(folder, "none")]],
    ["an empty file", () => ["--from", source("")]],
    ["an error page", () => ["--from", source("<!doctype html>")]],
    ["JSON of something else", () => ["--from", source('{"error":"later"}')]],
    ["our own list", () => ["--from", list]],
    ["a whole provider", () => ["--from", source("20.0.0.0/8")]],
    ["everybody", () => ["--from", source("0.0.0.0/0")]],
    ["plain http", () => ["--from", "http://127.0.0.1/list"]],
    ["nobody there", () => ["--from", "https://127.0.0.1:1/list"]],
    ["an address that is none", () => ["--add-cidr", "office"]],
  ])("%s: exit 1, and the list with its time as it was", async (_what, args) => {
    const before = place(50_000);
    const { code, err } = await run("sync", ...args());
    expect([code, err.split(" ")[0]]).toEqual([1, "refused"]);
    expect(readFileSync(list, "utf8")).toBe(before);
    expect(readdirSync(join(state, "lists"))).toEqual(["allow.json"]);
  });

  test("an old file does not become a fresh list, unless a person vouches for it", async () => {
    const old = source("198.51.100.0/24", "fallback.txt");
    utimesSync(old, 1_700_000_000, 1_700_000_000);
    const before = place(50_000);
    expect(await run("sync", "--from", old)).toMatchObject({ code: 1 });
    expect(readFileSync(list, "utf8")).toBe(before);
    expect(await run("sync", "--from", old, "--force")).toMatchObject({ code: 0 });
    expect(read().cidrs).toEqual(["198.51.100.0/24"]);
  });
});

describe("a young list", () => {
  test("is kept, and --force syncs it", async () => {
    const from = source("198.51.100.0/24");
    const before = place(3600);
    expect(await run("sync", "--from", from)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^kept .*60 minutes old/) as string,
    });
    expect(readFileSync(list, "utf8")).toBe(before);
    expect(await run("sync", "--from", from, "--force")).toMatchObject({ code: 0 });
    expect(read().cidrs).toEqual(["198.51.100.0/24"]);
  });

  test("takes an address, and keeps its time", async () => {
    place(3600);
    const before = read().fetched_at_epoch;
    expect((await run("sync", "--add-cidr", "203.0.113.7", "--add-cidr", "203.0.113.8")).code).toBe(0);
    expect(read()).toMatchObject({
      fetched_at_epoch: before,
      cidrs: ["192.0.2.0/24", "203.0.113.7/32", "203.0.113.8/32"],
    });
  });
});

test("--verify writes nothing", async () => {
  const checked = await run("sync", "--from", source("192.0.2.0/24"), "--verify", "--json");
  expect([checked.code, JSON.parse(checked.out)]).toMatchObject([0, { ok: true, written: false, ranges: 1 }]);
  expect(readdirSync(join(state, "lists"))).toEqual([]);
  expect((await run("sync", "--from", source("nonsense"), "--verify")).code).toBe(1);
});

test.each([
  ["24", true],
  ["6.1", true],
  ["6", false],
  ["1", false],
])("a timer of every %s hours: warning %s", async (every, warned) => {
  const { code, err } = await run("sync", "--from", source("192.0.2.0/24"), "--every", every);
  expect([code, err.includes("too seldom")]).toEqual([0, warned]);
});

describe("usage", () => {
  test.each([
    ["no source", []],
    ["no source, forced", ["--force"]],
    ["verify and force, without a source", ["--verify", "--force"]],
    ["a timer of never", ["--verify", "--every", "0"]],
    ["a word too many", ["--verify", "now"]],
  ])("%s: exit 2", async (_what, args) => {
    expect((await run("sync", ...args)).code).toBe(2);
  });

  test("a configuration without a list: exit 2 for sync, and show says that everybody may connect", async () => {
    const config = join(state, "countersign.toml");
    const before = readFileSync(config, "utf8");
    try {
      writeFileSync(config, before.replace("lists/allow.json", ""));
      expect(await run("sync", "--verify")).toMatchObject({
        code: 2,
        err: expect.stringContaining("network.allowlist_file") as string,
      });
      expect(await run("show")).toMatchObject({
        code: 0,
        out: expect.stringContaining("from everywhere") as string,
      });
    } finally {
      writeFileSync(config, before);
    }
  });
});

test("a damaged list is named, and replaced by the next sync", async () => {
  const from = source("192.0.2.0/24");
  place(60);
  writeFileSync(list, readFileSync(list, "utf8").replace("192.0.2.0/24", "0.0.0.0/0"));
  expect(await run("show")).toMatchObject({ code: 1, out: expect.stringContaining("is damaged") as string });
  expect((await run("sync", "--from", from)).code).toBe(0);
  expect((await run("show")).code).toBe(0);
});

test("another file that stands there is not replaced", async () => {
  writeFileSync(list, "-----BEGIN CERTIFICATE-----\n");
  const synced = await run("sync", "--force", "--from", source("192.0.2.0/24"));
  expect(synced).toMatchObject({ code: 1, err: expect.stringContaining("is no allow-list") as string });
  expect(readFileSync(list, "utf8")).toBe("-----BEGIN CERTIFICATE-----\n");
});

test("where the list cannot be written: exit 74", async () => {
  unlinkSync(source("x"));
  removeScratch(join(state, "lists"));
  writeFileSync(join(state, "lists"), "");
  expect(await run("sync", "--from", source("192.0.2.0/24"))).toMatchObject({ code: 74 });
});

test("no server is asked over plain http", async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end("192.0.2.0/24");
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  expect((await run("sync", "--from", `http://127.0.0.1:${port}/list`)).code).toBe(1);
  server.close();
  expect(asked).toBe(0);
});

describe("G04 to G06: a running gateway", () => {
  test("follows the list: 403 for others, 503 without one that can be believed, and in again after a sync", async () => {
    place(60);
    const gateway = await startRestGateway(
      state,
      "--set",
      "server.http.enabled=true",
      "--set",
      "server.http.port=0",
    );
    const asked = async (): Promise<string> => {
      // The gateway looks at the file once a second.
      await pause(1100);
      const { status, code } = await gateway.post("/actions/read-manifest", {});
      return `${status} ${code}`;
    };
    const spoil = (): string => {
      const before = readFileSync(list, "utf8");
      writeFileSync(list, before.slice(0, 50));
      return before;
    };
    try {
      expect(await asked()).toBe("403 address_blocked");
      await run("sync", "--add-cidr", "127.0.0.1");
      expect(await asked()).toBe("503 manifest_unavailable");
      const good = spoil();
      expect(await asked()).toBe("503 allowlist_stale");
      writeFileSync(list, good);
      expect(await asked()).toBe("503 manifest_unavailable");
      unlinkSync(list);
      expect(await asked()).toBe("503 allowlist_stale");
      writeFileSync(list, "{}");
      expect(await asked()).toBe("503 allowlist_stale");
      writeFileSync(list, good);
      place(43_210, "127.0.0.1");
      expect(await asked()).toBe("503 allowlist_stale");
      place(-86_400, "127.0.0.1");
      expect(await asked()).toBe("503 allowlist_stale");
      expect((await run("sync", "--from", source("127.0.0.0/24"))).code).toBe(0);
      expect(await asked()).toBe("503 manifest_unavailable");
    } finally {
      await gateway.stop();
    }
    // An entry for each, written before the answer left.
    const store = openStore(join(state, "gateway", "store.db"), { clock: () => Date.now() });
    const reasons = [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);
    store.close();
    const refused = reasons
      .filter(({ event }) => event === "access.refused")
      .map(({ data }) => data["reason"]);
    expect(refused).toEqual(["address_blocked", ...Array<string>(5).fill("allowlist_stale")]);
  });
});
