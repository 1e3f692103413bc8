// Audited calls, sixteen side by side, against the disk's own limit: the same rows by bare SQLite, sixteen a transaction.
import Database from "better-sqlite3";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import type { Store } from "../../src/io/store/store.ts";
import { costing } from "../support/credentials.ts";
import { faultySyncs } from "../support/faulty-syncs.ts";
import { gatewayLab } from "../support/gateway.ts";
import { note } from "../support/proposals.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { median, quick } from "./compare.ts";

const SIDE_BY_SIDE = 16;
/** Transactions in one measurement, and measurements: in turns, so that all see the same disk. */
const BATCHES = quick ? 50 : 250;
const TURNS = quick ? 5 : 15;
const SLOW_TURNS = 5;

interface Row {
  readonly body: string;
  readonly leaf: string;
  readonly about: string | null;
}

interface Figure {
  /** Entries a second. */
  readonly rate: number;
  /** Processor time of one entry, in microseconds: on a busy machine it says more. */
  readonly micros: number;
}
type Measure = () => Promise<Figure> | Figure;

/** On this disk, and once more in a process whose every fsync takes two milliseconds longer. */
export async function benchAudited(): Promise<void> {
  await onThisDisk(TURNS, "on this disk");
  if (spawnSync("cc", ["--version"]).status !== 0)
    return console.log("with a slower fsync: not measured, because there is no cc");
  const folder = scratch("bench-slow");
  const syncs = faultySyncs(folder);
  syncs.slow();
  const env = { ...process.env, ...syncs.env };
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), SLOW], { env, stdio: "inherit" });
  removeScratch(folder);
}

const SLOW = "--slow";

async function onThisDisk(count: number, which: string): Promise<void> {
  const folder = scratch("bench-audited");
  const path = join(folder, "store.db");
  mkdirSync(folder, { recursive: true });
  const store = openStore(path, { clock: Date.now, create: true });
  const lab = await gatewayLab({ toml: "[calls]\nper_minute = 100000\n" });
  await lab.publish({ "src/a.ts": "export const a = 1;\n" });
  await lab.shelf.refresh();
  await recorded(store);
  const rows = (): readonly Row[] => lastRows(path, BATCHES * SIDE_BY_SIDE);
  const bare = bareInserts(join(folder, "bare.db"), path);
  const measures: Readonly<Record<string, Measure>> = {
    "bare inserts": () => bare(rows()),
    "store.recordCall": () => recorded(store),
    // With a clock that runs ahead, no minute is ever full.
    "read-file through the corridor": () => (lab.later(61_000), through(lab)),
  };
  const names = Object.keys(measures);
  const turns: ReadonlyMap<string, Figure>[] = [];
  for (let turn = 0; turn < count; turn++) {
    const figures = new Map<string, Figure>();
    for (const [name, measure] of Object.entries(measures)) figures.set(name, await measure());
    turns.push(figures);
  }
  const own = (of: (figure: Figure, bare: Figure) => number, name: string): number =>
    median(
      turns.flatMap((turn) => {
        const [figure, bare] = [turn.get(name), turn.get("bare inserts")];
        return figure === undefined || bare === undefined ? [] : [of(figure, bare)];
      }),
    );
  console.log(
    `\naudited calls, ${SIDE_BY_SIDE} side by side, every one durable, ${which} (entries a second; processor time of one; medians of ${count} pairs)`,
  );
  for (const name of names) {
    const rate = own((figure) => figure.rate, name);
    const micros = own((figure) => figure.micros, name);
    const share = own((figure, bare) => (100 * figure.rate) / bare.rate, name);
    const effort = own((figure, bare) => (100 * bare.micros) / figure.micros, name);
    console.log(
      `${name.padEnd(32)} ${rate.toFixed(0).padStart(7)} ${micros.toFixed(1).padStart(7)} µs   ` +
        `${share.toFixed(0)} % of the disk's own limit, ${effort.toFixed(0)} % by processor time`,
    );
  }
  store.close();
  await lab.stop();
  removeScratch(folder);
}

async function recorded(store: Store): Promise<Figure> {
  const cost = costing({ perMinute: 100_000_000 });
  const fact = {
    tool: "read-file",
    path: "src/a.ts",
    gate: "size=true principal=true tool=true authorized=true schema=true rate=true budget=true",
  };
  const digest = "0123456789abcdef".repeat(4);
  let n = 0;
  const one = () =>
    store.recordCall(
      cost,
      note("call.allowed", { ...fact, arguments_sha256: digest, result_sha256: digest, n: n++ }),
      () => note("call.refused"),
    );
  return measured(one);
}

function through(lab: Awaited<ReturnType<typeof gatewayLab>>): Promise<Figure> {
  return measured(() => lab.call("read-file", { path: "src/a.ts" }));
}

/** Sixteen callers, each with its next call when it has the answer. */
async function measured(one: () => Promise<unknown>): Promise<Figure> {
  const end = stopwatch(BATCHES * SIDE_BY_SIDE);
  const caller = async (): Promise<void> => {
    for (let n = 0; n < BATCHES; n++) await one();
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, caller));
  return end();
}

function stopwatch(entries: number): () => Figure {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { rate: (entries * 1000) / (performance.now() - start), micros: (user + system) / entries };
  };
}

function lastRows(path: string, count: number): readonly Row[] {
  const db = new Database(path, { readonly: true });
  const rows = db
    .prepare<[number], Row>(
      "SELECT body, lower(hex(leaf)) AS leaf, about FROM audit ORDER BY seq DESC LIMIT ?",
    )
    .all(count);
  db.close();
  return rows;
}

/** A table as the store's, with its indexes, filled by nothing but inserts. */
function bareInserts(path: string, like: string): (rows: readonly Row[]) => Figure {
  const db = new Database(path);
  const store = new Database(like, { readonly: true });
  const schema = store
    .prepare<[], { sql: string }>(
      "SELECT sql FROM sqlite_schema WHERE tbl_name IN ('audit', 'call') AND sql IS NOT NULL",
    )
    .all();
  store.close();
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"]) db.pragma(pragma);
  for (const { sql } of schema) db.exec(sql);
  // A call is two rows: its entry, and the number of calls of its caller in this second.
  const count = db.prepare(
    "INSERT INTO call(second, principal, calls) VALUES (?, 'p', 1) ON CONFLICT DO UPDATE SET calls = calls + 1",
  );
  const insert = db.prepare("INSERT INTO audit(seq, body, leaf, about) VALUES (?, ?, unhex(?), ?)");
  let [salt, seq] = [0, 0];
  return (rows) => {
    // Another leaf each time, because the column is unique; spread over the whole index as hashes are.
    salt += 1;
    const fresh = rows.map(({ leaf, ...row }) => ({
      ...row,
      leaf: leaf.slice(8) + salt.toString(16).padStart(8, "0"),
    }));
    const end = stopwatch(fresh.length);
    for (let at = 0; at < fresh.length; at += SIDE_BY_SIDE) {
      db.exec("BEGIN IMMEDIATE");
      for (const { body, leaf, about } of fresh.slice(at, at + SIDE_BY_SIDE)) {
        insert.run(seq++, body, leaf, about);
        count.run(Math.floor(Date.now() / 1000));
      }
      db.exec("COMMIT");
    }
    return end();
  };
}

if (import.meta.main) {
  if (process.argv[2] === SLOW) await onThisDisk(SLOW_TURNS, "each fsync 2 ms later");
  else await benchAudited();
}
