// One store, several processes: a chain without forks, nothing acknowledged is lost, every entry is on the disk.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { verifyLog } from "../../../../src/io/store/verify.ts";
import { needs } from "../../../support/needs.ts";
import { note, NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore, startWriter, writerCommand } from "../../../support/stores.ts";

const groupSource = fileURLToPath(new URL("../../../support/group-child.ts", import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("processes");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

test("three processes that create and fill one store at once append to one chain", async () => {
  const writers = ["a", "b", "c"].map((name) => startWriter(path, 300, name));
  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  const seqs = writers.flatMap((writer) => writer.seqs()).sort((a, b) => a - b);
  expect(seqs).toEqual(Array.from({ length: 900 }, (_, n) => n + 1));
  expect(readdirSync(folder).toSorted()).toEqual(["reserve", "store.db"]);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: 901 });
}, 60_000);

test("kill -9 loses nothing that was acknowledged and breaks no chain, also beside a second writer", async () => {
  filledStore(path, 0);
  const steady = startWriter(path, Infinity, "steady");
  const acknowledged: number[] = [];
  for (let round = 0; round < 10; round++) {
    const victim = startWriter(path);
    await victim.started;
    await setTimeout(round * 9);
    victim.kill();
    expect(await victim.ended).toBeNull();
    acknowledged.push(...victim.seqs());
  }
  steady.kill();
  await steady.ended;
  acknowledged.push(...steady.seqs());
  const store = openStore(path, { clock: () => NOON });
  const rows = new Set([...store.auditRows(0)].map(({ position }) => position));
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(acknowledged.filter((seq) => !rows.has(seq))).toEqual([]);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  expect(verifyLog(store.auditRows(0))).toMatchObject({ ok: true, entries: rows.size });
  store.close();
}, 60_000);

test("three processes write across the end of a month, one is killed there: one border, and the chain holds", async () => {
  const december = Date.UTC(2026, 11, 1);
  openStore(path, { clock: () => december - 3_600_000, create: true }).close();
  const clock = [december - 2000, Date.now()];
  const writers = ["a", "b", "c"].map((name) => startWriter(path, Infinity, name, clock));
  await Promise.all(writers.map(({ started }) => started));
  // The killing falls into the month's end, a little before or behind it.
  await setTimeout(Math.max(0, 2000 + (clock[1] ?? 0) - Date.now()));
  writers[0]?.kill();
  const before = writers.map((writer) => writer.seqs().length);
  while (writers.slice(1).some((writer, at) => writer.seqs().length < (before[at + 1] ?? 0) + 20))
    await setTimeout(20);
  for (const writer of writers) writer.kill();
  await Promise.all(writers.map(({ ended }) => ended));
  const store = openStore(path, { clock: () => december + 60_000 });
  const events = [...store.auditRows(0)].map(({ line }) => (JSON.parse(line) as { event: string }).event);
  const acknowledged = writers.flatMap((writer) => writer.seqs()).length;
  expect(events.filter((event) => event !== "call.allowed")).toEqual([
    "shard.open",
    "shard.close",
    "shard.open",
  ]);
  expect(events.length - 3).toBeGreaterThanOrEqual(acknowledged);
  expect(store.view.shards().map(({ shard, closed }) => [shard, closed])).toEqual([
    ["2026-11", true],
    ["2026-12", false],
  ]);
  expect(verifyLog(store.auditRows(0))).toMatchObject({ ok: true, entries: events.length });
  store.close();
}, 60_000);

test("one store follows what another writes, however much it is", () => {
  filledStore(path, 0);
  const [one, two] = [openStore(path, { clock: () => NOON }), openStore(path, { clock: () => NOON })];
  for (const [count, store] of [
    [3, one],
    [2500, two],
    [1, one],
    [1, two],
    [1, one],
  ] as const) {
    for (let n = 0; n < count; n++) store.record(note("call.allowed"));
  }
  expect(verifyLog(one.auditRows(0))).toMatchObject({ ok: true, entries: 2508 });
  one.close();
  expect(two.record(note("call.allowed")).seq).toBe(2508);
  two.close();
}, 30_000);

test("it works under node's permission model, as the gateway runs", () => {
  filledStore(path);
  const house = fileURLToPath(new URL("../../../../", import.meta.url));
  const flags = ["--permission", "--allow-addons", `--allow-fs-read=${house}`, `--allow-fs-read=${folder}`];
  const [node = "", ...args] = writerCommand(path, 3);
  const allowed = [...flags, `--allow-fs-write=${folder}`, ...args];
  expect(execFileSync(node, allowed, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })).toBe(
    "12\n13\n14\n",
  );
});

test.runIf(needs("strace"))(
  "every entry costs one sync of the disk, also after the store was opened again",
  () => {
    filledStore(path);
    const trace = join(folder, "trace");
    execFileSync(
      "strace",
      ["-f", "-y", "-e", "trace=fsync,fdatasync", "-o", trace, ...writerCommand(path, 100)],
      { stdio: "ignore" },
    );
    const lines = readFileSync(trace, "utf8").split("\n");
    const synced = lines.filter((line) => line.includes("store.db-wal") && line.endsWith("= 0"));
    expect(synced.length).toBeGreaterThanOrEqual(100);
    // The folder too: otherwise a power loss could take the name of the write-ahead log, and with it the entries.
    expect(lines.some((line) => line.includes(`<${folder}>`))).toBe(true);
  },
);

// The answers of sixteen calls may share one sync, and none of them may leave before it.
test.runIf(needs("strace"))(
  "every transaction of calls side by side costs a sync of its own, which is over before the first answer",
  () => {
    filledStore(path);
    const trace = join(folder, "trace");
    const rounds = 20;
    const command = [process.execPath, groupSource, path, String(rounds)];
    const calls = "trace=fsync,fdatasync,pwrite64,write";
    execFileSync("strace", ["-f", "-y", "-s", "8", "-e", calls, "-o", trace, ...command], {
      stdio: "ignore",
    });
    let [unsynced, early, answers, syncs] = [false, 0, 0, 0];
    for (const line of readFileSync(trace, "utf8").split("\n")) {
      if (line.includes("store.db-wal")) {
        if (line.includes("pwrite64(")) unsynced = true;
        else if (line.includes("sync(") && line.endsWith("= 0")) [unsynced, syncs] = [false, syncs + 1];
      } else if (/ write\(1</.test(line)) {
        answers += 1;
        if (unsynced) early += 1;
      }
    }
    expect({ answers, early }).toEqual({ answers: rounds * 16, early: 0 });
    expect(syncs).toBeGreaterThanOrEqual(rounds);
    // They do share: otherwise nothing here was side by side.
    expect(syncs).toBeLessThan(rounds * 16);
  },
);

test("kill -9 among sixteen callers side by side: no acknowledged entry is lost", async () => {
  filledStore(path, 0);
  let acknowledged = 0;
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [groupSource, path], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => (text += String(chunk)));
    await once(child.stdout, "data");
    await setTimeout(round * 7);
    child.kill("SIGKILL");
    await once(child, "close");
    const told = text.split("\n").slice(0, -1).map(Number);
    acknowledged += told.length;
    const store = openStore(path, { clock: () => NOON });
    const lines = [...store.auditRows(0)].map(({ line }) => JSON.parse(line) as { data: { n?: number } });
    expect(verifyLog(store.auditRows(0))).toMatchObject({ ok: true });
    store.close();
    // Each process counts from 0: what is behind the last 0 is its own.
    const own = new Set(
      lines.slice(lines.findLastIndex(({ data }) => data.n === 0)).map(({ data }) => data.n),
    );
    expect(told.filter((n) => !own.has(n))).toEqual([]);
  }
  expect(acknowledged).toBeGreaterThan(100);
}, 60_000);
