// Stores in files, filled, and changed as somebody who owns the file would change them.
import Database from "better-sqlite3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { note, NOON, order, yes } from "./proposals.ts";

export const openSource = fileURLToPath(new URL("../../src/io/store/sqlite/open.ts", import.meta.url));
const childSource = fileURLToPath(new URL("store-child.ts", import.meta.url));

/** A closed store: shard.open, one proposal (entry 1, key `k`), and `entries` calls numbered in `data.n`. */
export function filledStore(path: string, entries = 10): void {
  const store = openStore(path, { clock: () => NOON, create: true });
  const limits = { maxPending: 5, perHour: 5 };
  store.submit(yes(), { order: order(1), idempotencyKey: "k", limits, note: note("proposal.accepted") });
  for (let n = 0; n < entries; n++) store.record(note("call.allowed", { n }));
  store.close();
}

export function meddle(path: string, ...statements: readonly string[]): void {
  const db = new Database(path);
  db.pragma("foreign_keys = OFF");
  for (const statement of statements) db.exec(statement);
  db.close();
}

const trigger = (event: string): string =>
  `CREATE TRIGGER audit_no_${event.toLowerCase()} BEFORE ${event} ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`;

const noReplace = `CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN NEW.seq <= (SELECT max(seq) FROM audit) OR EXISTS (SELECT 1 FROM audit WHERE leaf = NEW.leaf) BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`;

/** Takes the log's triggers away, changes it, and puts them back letter by letter. */
export function meddleWithLog(path: string, ...statements: readonly string[]): void {
  const names = ["audit_no_update", "audit_no_delete", "audit_no_replace"];
  const drop = names.map((name) => `DROP TRIGGER ${name}`).join("; ");
  meddle(path, drop, ...statements, trigger("UPDATE"), trigger("DELETE"), noReplace);
}

export interface Writer {
  /** Numbers of the entries that were acknowledged so far. */
  readonly seqs: () => readonly number[];
  readonly started: Promise<void>;
  /** Exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
  kill(): void;
}

/**
 * A process of its own that appends `count` entries (or goes on for ever) to the store at `path`. `clock`: what its clock
 * said when the real one said the second.
 */
export function startWriter(
  path: string,
  count = Infinity,
  name = "writer",
  clock: readonly number[] = [],
): Writer {
  const child = spawn(process.execPath, [childSource, path, String(count), name, ...clock.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  return {
    seqs: () => text.split("\n").slice(0, -1).map(Number),
    started: once(child.stdout, "data").then(() => undefined),
    ended: once(child, "close").then(([code]) => code as number | null),
    kill: () => child.kill("SIGKILL"),
  };
}

/** Arguments for a node that runs the writer, for tracing it. */
export const writerCommand = (path: string, count: number): readonly string[] => [
  process.execPath,
  childSource,
  path,
  String(count),
  "traced",
];
