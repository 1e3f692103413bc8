// X03: disks that are full, fail or hang, and files that are moved away under a running gateway: refused, 74, nothing unrecorded.
import Database from "better-sqlite3";
import { once } from "node:events";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/base/digest.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { permissionFlags, reachOf } from "../../src/io/file/isolation.ts";
import { verifyStoreFile } from "../../src/io/store/sqlite/inspect.ts";
import { bin, content, refusalCode } from "../support/agent.ts";
import { type FaultySyncs, faultySyncs } from "../support/faulty-syncs.ts";
import { auditEntries } from "../support/log.ts";
import { needs } from "../support/needs.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { type RpcAnswer, type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { mayMount, onSmallDisk } from "../support/small-disk.ts";

const TEXT = "what is read\n";

let state: PublishedState;
let other: string;
beforeEach(async () => {
  state = await publishedState("[calls]\nper_minute = 100000\n");
  await state.publish({ "src/a.ts": TEXT });
  other = scratch("elsewhere");
});
afterEach(() => {
  removeScratch(state.layout.root);
  removeScratch(other);
});

const argv = (): readonly string[] => [bin, "gateway", "--state", state.layout.root, "--stdio"];
const start = (): Promise<RpcClient> => rpcClient({ command: process.execPath, args: argv() });
const ends = async (client: RpcClient): Promise<unknown> =>
  client.child.exitCode ?? ((await once(client.child, "exit")) as unknown[])[0];
/** Each call with arguments of its own, by whose digest its entry is found. */
const args = (n: number): unknown => ({ path: "src/a.ts", max_lines: 1 + (n % 1000) });
const read = (client: RpcClient, n = 1): Promise<RpcAnswer> => client.call("read-file", args(n));
const sixteen = (client: RpcClient): Promise<readonly RpcAnswer[]> =>
  Promise.all(Array.from({ length: 16 }, (_, n) => read(client, n + 1)));

function expectNothing(answers: readonly RpcAnswer[]): void {
  for (const answer of answers) {
    // Which of them failed first, and which met a gateway that had stopped, is a matter of time.
    expect([refusalCode(answer), answer.error?.message]).toContainEqual(
      expect.stringMatching(/^(internal|limiter_unavailable|server ended)$/),
    );
    expect(JSON.stringify(answer)).not.toContain("what is read");
  }
}

async function expectWorking(): Promise<void> {
  const again = await start();
  expect(content(await read(again))["text"]).toBe(TEXT);
  expect(await again.close()).toBe(0);
  expect(verifyStoreFile(state.layout.database).ok).toBe(true);
}

/** The gateway without its own restart, which takes every variable out of the environment. */
function startWith({ env }: FaultySyncs): Promise<RpcClient> {
  const setup = loadSetup(state.layout, packageRoot());
  const reach = reachOf(state.layout, undefined, setup.config, "stdio");
  const flags = permissionFlags(state.layout, packageRoot(), reach);
  const main = join(packageRoot(), "src", "gateway", "main.ts");
  return rpcClient({ command: process.execPath, args: [...flags, main, ...argv().slice(1)], env });
}

describe.runIf(needs("cc"))("a disk", () => {
  test("that reports an error: all sixteen calls are refused, 74, and the next start works", async () => {
    const disk = faultySyncs(other);
    const client = await startWith(disk);
    expect(content(await read(client))["text"]).toBe(TEXT);
    disk.fail();
    expectNothing(await sixteen(client));
    expect(await ends(client)).toBe(74);
    await expectWorking();
  });

  test("that reports an error at the start: 74 at once, and nothing is said on standard output", async () => {
    const disk = faultySyncs(other);
    disk.fail();
    const client = startWith(disk);
    const { child } = await client;
    expect(await ends(await client)).toBe(74);
    expect(child.stdout?.read()).toBeNull();
    await expectWorking();
  });

  // Without a supervisor nobody ends a process inside a system call; when that returns, it does so itself.
  test("that answers behind the deadline: refused, and 74 also without a supervisor", async () => {
    const disk = faultySyncs(other);
    const client = await startWith(disk);
    expect(content(await read(client))["text"]).toBe(TEXT);
    disk.dawdle();
    const waiting = sixteen(client);
    await pause(2000);
    disk.heal();
    expectNothing(await waiting);
    expect(await ends(client)).toBe(74);
    await expectWorking();
  });

  test("that never answers: nothing leaves the gateway, also not what was asked before", async () => {
    const disk = faultySyncs(other);
    const client = await startWith(disk);
    expect(content(await read(client))["text"]).toBe(TEXT);
    disk.hang();
    const waiting = sixteen(client);
    expect(await Promise.race([waiting, pause(3000, "nothing")])).toBe("nothing");
    client.child.kill("SIGKILL");
    await ends(client);
    expectNothing(await waiting);
    await expectWorking();
  });
});

describe.runIf(needs("unshare") && mayMount())("a disk of four megabytes", () => {
  // Without the start behind it, nobody would know whether the log can be gone on with.
  const script = (gateway: string): string => `
    ${gateway} 2>"$KEPT/first"; a=$?
    ${gateway} </dev/null >/dev/null 2>"$KEPT/second"; b=$?
    grow 16
    ${gateway} </dev/null >/dev/null 2>"$KEPT/third"; c=$?
    echo "$a $b $c" >"$KEPT/codes"`;

  test("that gets full: refused, 74, audit.halt is the last entry, and the next start says what is wrong", async () => {
    const { gateway: folder, database } = state.layout;
    const [command, given] = onSmallDisk(folder, other, 4, script('"$0" "$@"'), [
      process.execPath,
      ...argv(),
    ]);
    const client = await rpcClient({ command, args: given });
    const told: RpcAnswer[] = [];
    let refused: RpcAnswer | undefined;
    for (let n = 1; refused === undefined && n < 5000; n++) {
      const answer = await read(client, n);
      if (refusalCode(answer) === undefined && answer.error === undefined) told.push(answer);
      else refused = answer;
    }
    expectNothing([refused ?? {}]);
    await ends(client);
    expect(readFileSync(join(other, "codes"), "utf8")).toBe("74 74 0\n");
    for (const name of ["store.db", "store.db-wal", "store.db-shm"])
      rmSync(join(folder, name), { force: true });
    copyFileSync(join(other, "store.db"), database);
    const entries = auditEntries(state.layout.root);
    const halt = entries.findIndex(({ event }) => event === "audit.halt");
    expect(entries[halt]).toMatchObject({ data: { reason: "SQLITE_FULL" } });
    // Behind it the second start may have come so far as to say the same, and the third one, with more room, starts.
    const behind = entries.slice(halt).map(({ event }) => event);
    expect(new Set(behind.slice(0, behind.indexOf("process.start")))).toEqual(new Set(["audit.halt"]));
    const reads = entries.slice(0, halt).filter(({ event }) => event === "call.allowed");
    expect(told.length).toBeGreaterThan(50);
    expect(reads).toHaveLength(told.length);
    expect(verifyStoreFile(database).ok).toBe(true);
    expect(readFileSync(join(other, "first"), "utf8")).toContain("audit.halt is its last entry");
    expect(readFileSync(join(other, "second"), "utf8")).toMatch(/ENOSPC|SQLITE_FULL/);
  });
});

describe("under a running gateway, the database", () => {
  const db = (): string => state.layout.database;
  const put = (name: string) => join(other, name);

  test.each<[string, () => void, () => void]>([
    ["is renamed", () => renameSync(db(), put("a")), () => renameSync(put("a"), db())],
    [
      "is replaced by a copy of itself",
      () => (copyFileSync(db(), put("a")), renameSync(put("a"), db())),
      () => undefined,
    ],
    [
      "loses its write-ahead log to a copy of it",
      () => (copyFileSync(`${db()}-wal`, put("w")), renameSync(put("w"), `${db()}-wal`)),
      () => undefined,
    ],
    [
      "gets a second name for its write-ahead log",
      () => linkSync(`${db()}-wal`, put("w")),
      () => rmSync(put("w")),
    ],
  ])(
    "%s: sixteen calls are refused, 74, and the next start works when that is undone",
    async (_, damage, undo) => {
      const client = await start();
      expect(content(await read(client, 99))["text"]).toBe(TEXT);
      damage();
      expectNothing(await sixteen(client));
      expect(await ends(client)).toBe(74);
      undo();
      await expectWorking();
      // What was answered before it is still there.
      const digest = sha256(canonical(args(99)));
      const found = auditEntries(state.layout.root).filter(({ data }) => data["arguments_sha256"] === digest);
      expect(found).not.toEqual([]);
    },
  );

  test.each<[string, () => void]>([
    ["is removed with its folder", () => rmSync(state.layout.gateway, { recursive: true })],
  ])("%s: refused, 74, and no start makes a new history by itself", async (_, damage) => {
    const client = await start();
    expect(content(await read(client))["text"]).toBe(TEXT);
    damage();
    expectNothing(await sixteen(client));
    expect(await ends(client)).toBe(74);
    const again = await rpcClient({ command: process.execPath, args: argv(), stderr: "pipe" }, false);
    let said = "";
    again.child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
    expect(await ends(again)).toBe(74);
    expect(said).toContain("there is no store at");
  });

  test("has a torn tail at the start: it is not opened, and says what is wrong", async () => {
    const client = await start();
    for (let n = 1; n < 60; n++) await read(client, n);
    expect(await client.close()).toBe(0);
    const file = new Database(db());
    file.pragma("wal_checkpoint(TRUNCATE)");
    file.close();
    truncateSync(db(), statSync(db()).size - 5000);
    const again = await rpcClient({ command: process.execPath, args: argv(), stderr: "pipe" }, false);
    let said = "";
    again.child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
    expect(await ends(again)).toBe(74);
    expect(said).toMatch(/is damaged|SQLITE_CORRUPT|malformed/);
  });

  test("has a torn write-ahead log: what was answered before the tear is there, and it goes on", async () => {
    const client = await start();
    for (let n = 1; n < 20; n++) await read(client, n);
    client.child.kill("SIGKILL");
    await ends(client);
    const wal = `${db()}-wal`;
    mkdirSync(other, { recursive: true });
    // The last bytes of the last frame: what a power loss leaves of a write that no fsync had confirmed.
    truncateSync(wal, statSync(wal).size - 100);
    await expectWorking();
    const reads = auditEntries(state.layout.root).filter(({ event }) => event === "call.allowed");
    expect(reads.length).toBeGreaterThanOrEqual(19);
  });
});
