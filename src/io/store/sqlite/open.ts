// Opening the store: everything that must be true of the file and of SQLite before a single entry is believed or written.
import Database from "better-sqlite3";
import { closeSync, linkSync, lstatSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { type AuditKeys, NO_KEYS } from "../../../core/audit/sealed-line.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import type { Clock } from "../../../core/base/time.ts";
import type { Store } from "../store.ts";
import { type Encryption, openAuditLog, openShard } from "./audit-log.ts";
import { lastWords } from "./halt.ts";
import { pinFiles } from "./identity.ts";
import { keepReserve } from "./reserve.ts";
import { createSchema, migrateSchema, schemaFault } from "./schema.ts";
import { asStorageFailure, Session } from "./session.ts";
import { sqliteStore } from "./sqlite-store.ts";

export interface StoreOptions {
  readonly clock: Clock;
  /** Make a new store when there is none. Never implied: a mistyped path would start a second history. */
  readonly create?: boolean;
  /** Milliseconds of a clock that nobody sets, for the deadline of a commit; none: no deadline. */
  readonly ticks?: (() => number) | undefined;
  /** Of an encrypted log. Without the key of an entry at its end, it is not opened; none: nothing is encrypted. */
  readonly keys?: AuditKeys | undefined;
  /** What stands in the log for people (audit.personal); none: their names. */
  readonly personal?: "committed" | "plain" | undefined;
  /** Random bytes, for nonces, pseudonyms and salts; needed with `keys.current` and with `committed`. */
  readonly random?: ((bytes: number) => Uint8Array) | undefined;
}

/** 3.7.0 to 3.51.2 could lose a write when the log was reset while another process wrote (fixed in 3.51.3). */
const OLDEST_SQLITE = [3, 51, 3] as const;
const BUSY_MS = 5000;

/**
 * Opens the store at `path`. Several processes may have it open; never on a network file system, and never with two
 * SQLite libraries in one process (closing either's descriptor drops the other's locks). Throws `storage`: no file, not a
 * store, another version, damaged pages, a changed schema, a broken end of the log, unsafe SQLite settings. Throws `config_invalid` when a key of
 * the log is missing.
 */
export function openStore(path: string, options: StoreOptions): Store {
  const { clock, create = false, keys = NO_KEYS, random, ticks, personal = "plain" } = options;
  if ((keys.current !== undefined || personal === "committed") && random === undefined)
    throw new RangeError("entries cannot be encrypted, nor names be taken out of them, without random bytes");
  let db: Database.Database | undefined;
  try {
    if (create) createMissing(path, clock);
    assertRegular(path);
    db = openDatabase(path);
    assertSound(db, path);
    keepReserve(path);
    const encryption = { keys, random: random ?? noRandom, personal };
    const words = lastWords(path, (note) => appendAnew(path, clock, encryption, note));
    return sqliteStore(new Session(db, clock, pinFiles(path), { words, ticks }), encryption, random);
  } catch (cause) {
    db?.close();
    throw asStorageFailure(cause);
  }
}

function noRandom(): never {
  throw new RangeError("nothing is encrypted without a key");
}

/** One entry by a connection of its own, for which the end of the log is verified again. */
function appendAnew(path: string, clock: Clock, encryption: Encryption, note: AuditNote): void {
  const db = openDatabase(path);
  try {
    settings(db, path);
    const session = new Session(db, clock, pinFiles(path));
    const log = openAuditLog(session, encryption);
    session.write(() => log.append(note));
  } finally {
    db.close();
  }
}

function openDatabase(path: string): Database.Database {
  const db = new Database(path, { fileMustExist: true, timeout: BUSY_MS });
  try {
    assertVersion(db.prepare<[], { v: string }>("SELECT sqlite_version() AS v").get()?.v ?? "");
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function assertSound(db: Database.Database, path: string): void {
  db.pragma("trusted_schema = OFF");
  db.pragma("cell_size_check = ON");
  // Before anything is changed: the file may belong to another program.
  const fault = schemaFault(db);
  if (fault !== undefined) throw unsound(path, fault);
  settings(db, path);
  // The log with its indexes in full: an index that misses its newest row would vouch for an older one of a proposal.
  for (const pragma of ["quick_check(1)", "integrity_check('audit')"]) {
    const check: unknown = db.pragma(pragma, { simple: true });
    if (check !== "ok") throw unsound(path, `is damaged: ${String(check)}`);
  }
  migrateSchema(db);
}

/**
 * The settings are those of the connection and are set at every open. better-sqlite3 is compiled so that a WAL
 * database opens with synchronous=NORMAL, under which a power loss takes the last commits: hence set and read back.
 */
function settings(db: Database.Database, path: string): void {
  const wanted: readonly (readonly [name: string, set: string, read: string | number])[] = [
    ["journal_mode", "WAL", "wal"],
    ["synchronous", "FULL", 2],
    ["busy_timeout", String(BUSY_MS), BUSY_MS], // while opening; the session then waits as long in its own way
    ["foreign_keys", "ON", 1],
    ["trusted_schema", "OFF", 0],
    // macOS: fsync alone does not empty the drive's cache.
    ["fullfsync", "ON", 1],
    // What is overwritten is gone: an order with a secret in it is put aside, and must not stay readable in a free page.
    ["secure_delete", "ON", 1],
    ["checkpoint_fullfsync", "ON", 1],
  ];
  for (const [name, set, read] of wanted) {
    db.pragma(`${name} = ${set}`);
    const now: unknown = db.pragma(name, { simple: true });
    if (now !== read) throw unsound(path, `cannot be used: ${name} is ${String(now)}, not ${read}`);
  }
}

function assertVersion(version: string): void {
  const parts = version.split(".").map(Number);
  const difference =
    OLDEST_SQLITE.map((part, index) => (parts[index] ?? 0) - part).find((by) => by !== 0) ?? 0;
  if (difference < 0)
    throw new CountersignError(
      "storage",
      `SQLite ${version} can corrupt a shared log; ${OLDEST_SQLITE.join(".")} or newer is needed`,
    );
}

function assertRegular(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new CountersignError("storage", `there is no store at ${path}`, {
      fix: "Check the state folder; countersign init creates a new one.",
    });
  if (!stat.isFile()) throw unsound(path, "is not a regular file");
}

/**
 * A new store gets its name only when it is complete, with its first entry: link(2) decides between two processes, the
 * loser uses the winner's. Crash story: what is left is a temporary file that nobody opens. An empty or half-written
 * file under the final name is therefore never a new store, and is refused.
 */
function createMissing(path: string, clock: Clock): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temp = emptyFile(dirname(path));
  try {
    writeNewStore(temp, clock);
    linkSync(temp, path);
  } catch (cause) {
    if (!exists(cause)) throw cause;
  } finally {
    for (const ending of ["", "-wal", "-shm"]) rmSync(temp + ending, { force: true });
  }
}

let counter = 0;

/** Made before SQLite opens it, because SQLite would let everybody read it; its `-wal` and `-shm` take the same mode. */
function emptyFile(folder: string): string {
  for (;;) {
    counter += 1;
    const path = join(folder, `.tmp-${process.pid}-${counter}.db`);
    try {
      closeSync(openSync(path, "wx", 0o600));
      return path;
    } catch (cause) {
      if (!exists(cause)) throw cause;
    }
  }
}

function writeNewStore(path: string, clock: Clock): void {
  const db = new Database(path, { timeout: BUSY_MS });
  try {
    settings(db, path);
    const session = new Session(db, clock, () => undefined);
    session.write(() => {
      createSchema(db);
      openShard(session);
    });
  } finally {
    db.close();
  }
}

function exists(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EEXIST";
}

function unsound(path: string, what: string): CountersignError {
  return new CountersignError("storage", `${path} ${what}`, {
    fix: "Keep the file as evidence, check it with countersign audit verify, and restore the state folder from a backup.",
  });
}
