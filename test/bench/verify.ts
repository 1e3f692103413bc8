// What audit verify costs: a whole log of a million entries, against parsing and hashing the same lines in memory.
import Database from "better-sqlite3";
import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { originOf } from "../../src/core/audit/checkpoint.ts";
import { closeNote, firstNote, openNote } from "../../src/core/audit/shard.ts";
import { auditLine, GENESIS } from "../../src/core/audit/entry.ts";
import { Frontier } from "../../src/core/audit/tree.ts";
import type { Digest } from "../../src/core/base/digest.ts";
import { instant } from "../../src/core/base/time.ts";
import { storedLog } from "../../src/integrator/audit/stored-log.ts";
import { verifyAudit } from "../../src/integrator/audit/verify.ts";
import type { Anchor } from "../../src/integrator/audit/anchors.ts";
import { createSchema } from "../../src/io/store/sqlite/schema.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { median, quick } from "./compare.ts";

const ENTRIES = quick ? 100_000 : 1_000_000;
const ROUNDS = quick ? 2 : 3;
const BEGAN = Date.UTC(2026, 9, 1);

/** Beside an entry as the gateway writes it, how it is made fast: nothing here goes through the store. */
function lineOf(seq: number, shard: string, prev: string): string {
  const digest = hash("sha256", String(seq), "hex");
  return `{"actor":{"credential":"local","principal":"local:stdio","session":"s${seq % 50}"},"data":{"arguments_sha256":"${digest}","gate":"scope=true","result_sha256":"${digest}","tool":"read-file"},"event":"call.allowed","prev":"${prev}","seq":${seq},"shard":"${shard}","ts":"${instant(BEGAN + seq * 1000)}","v":1}`;
}

function leafOf(line: string): Digest {
  return hash("sha256", Buffer.from(`\0${line}`), "hex") as Digest;
}

/** Two months, half of the entries each; returns the checkpoint of each. */
function writeLog(path: string): readonly { shard: string; size: number; root: Digest }[] {
  const db = new Database(path);
  db.pragma("synchronous = OFF");
  createSchema(db);
  const insert = db.prepare("INSERT INTO audit(seq, body, leaf, about) VALUES (?, ?, unhex(?), NULL)");
  const sealed: { shard: string; size: number; root: Digest }[] = [];
  db.transaction(() => {
    let [position, head, tree] = [0, GENESIS, new Frontier()];
    for (const [index, shard] of ["2026-10", "2026-11"].entries()) {
      const before = sealed.at(-1);
      const opening =
        before === undefined
          ? firstNote()
          : openNote({ shard: before.shard, nextSeq: before.size, head, closed: true, tree });
      tree = new Frontier();
      const size = ENTRIES / 2;
      for (let seq = 0; seq < size; seq++) {
        const border =
          seq === 0 ? opening : seq === size - 1 && index === 0 ? closeNote({ nextSeq: seq }) : undefined;
        const line =
          border === undefined
            ? lineOf(seq, shard, head)
            : auditLine({ v: 1, shard, seq, ts: instant(BEGAN + seq * 1000), prev: head, ...border });
        head = leafOf(line);
        tree.append(head);
        insert.run(position++, line, head);
      }
      sealed.push({ shard, size, root: tree.root() });
    }
  })();
  db.close();
  return sealed;
}

/** Of the processor: whatever else runs on the machine decides neither figure. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

async function walk(
  path: string,
  sealed: ReturnType<typeof writeLog>,
  progress?: (entries: number) => void,
): Promise<number> {
  const anchors = sealed.map(({ shard, size, root }): Anchor => ({
    source: "given",
    name: shard,
    shard,
    checkpoint: { origin: originOf("bench", shard), size, root },
    // Only what a sealer signed as a note covers; here nothing looks into it.
    note: new Uint8Array(0),
    genuine: () => ({ ok: true, keyid: "bench" }),
  }));
  const stored = storedLog(path);
  const began = cpuSeconds();
  const report = await verifyAudit({
    log: stored.log,
    anchors: { anchors, strays: [] },
    sealed: undefined,
    progress,
  });
  const seconds = cpuSeconds() - began;
  stored.close();
  if (!report.ok || report.unsealedTail !== 0) throw new Error(JSON.stringify(report));
  return ENTRIES / seconds;
}

/** JSON.parse and SHA-256 of every line, each part of the log fetched before its clock starts. */
function inMemory(path: string): number {
  const db = new Database(path, { readonly: true });
  const part = db
    .prepare<[number, number], string>("SELECT body FROM audit WHERE seq >= ? AND seq < ?")
    .pluck();
  const buffer = Buffer.alloc(196_609);
  let [seconds, seen] = [0, 0];
  for (let from = 0; from < ENTRIES; from += 100_000) {
    const lines = part.all(from, from + 100_000);
    const began = cpuSeconds();
    for (const line of lines) {
      const { seq } = JSON.parse(line) as { seq: number };
      const size = buffer.write(line, 1, "utf8");
      seen += seq >= 0 && hash("sha256", buffer.subarray(0, size + 1), "hex").length === 64 ? 1 : 0;
    }
    seconds += cpuSeconds() - began;
  }
  db.close();
  if (seen !== ENTRIES) throw new Error("lines are missing");
  return ENTRIES / seconds;
}

export async function benchVerify(): Promise<void> {
  const folder = scratch("bench-verify");
  try {
    const path = join(folder, "store.db");
    const sealed = writeLog(path);
    const [walks, bases]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      walks.push(await walk(path, sealed));
      bases.push(inMemory(path));
    }
    const [rate, base] = [median(walks), median(bases)];
    const per = (value: number): string => `${Math.round(value / 1000)} k/s`;
    console.log(
      `\naudit verify of ${ENTRIES} entries in two shards (medians of ${ROUNDS} rounds, processor time)`,
    );
    console.log(`  whole log from SQLite, all checks  ${per(rate)}`);
    console.log(`  JSON.parse + SHA-256 in memory     ${per(base)}`);
    console.log(`  ratio                              ${Math.round((100 * rate) / base)} %`);
    // In a process of its own: this one held the lines.
    const said = execFileSync(process.execPath, [
      fileURLToPath(import.meta.url),
      "--memory",
      path,
      JSON.stringify(sealed),
    ]);
    console.log(`  resident memory, by entries walked ${said.toString().trim()}`);
  } finally {
    removeScratch(folder);
  }
}

async function memory(path: string, sealed: ReturnType<typeof writeLog>): Promise<void> {
  const told: string[] = [];
  let next = ENTRIES / 10;
  await walk(path, sealed, (entries) => {
    if (entries < next) return;
    told.push(`${Math.round(next / 1000)}k ${Math.round(process.memoryUsage.rss() / 1_048_576)} MiB`);
    next += ENTRIES / 10;
  });
  console.log(told.join(" · "));
}

const [, , flag, path, sealed] = process.argv;
if (flag === "--memory" && path !== undefined && sealed !== undefined)
  await memory(path, JSON.parse(sealed) as ReturnType<typeof writeLog>);
