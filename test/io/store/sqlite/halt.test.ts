// X03: on a full disk the log's last entry says so, in room that was kept for it; where even that fails, the failure says so.
import Database from "better-sqlite3";
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditNote } from "../../../../src/core/audit/entry.ts";
import { NO_KEYS } from "../../../../src/core/audit/sealed-line.ts";
import { lastWords } from "../../../../src/io/store/sqlite/halt.ts";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { Session } from "../../../../src/io/store/sqlite/session.ts";
import { sqliteStore } from "../../../../src/io/store/sqlite/sqlite-store.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { costing } from "../../../support/credentials.ts";
import { note, NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore } from "../../../support/stores.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("halt");
  path = join(folder, "store.db");
  filledStore(path);
});
afterEach(() => removeScratch(folder));

const clock = (): number => NOON;
const reserve = (): string => join(folder, "reserve");
const anew = (said: AuditNote): void => {
  const store = openStore(path, { clock });
  store.record(said);
  store.close();
};

/** A store that may not grow by more than a few pages. */
function narrow(append: (note: AuditNote) => void): Store {
  const db = new Database(path);
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL"]) db.pragma(pragma);
  const pages = Number(db.pragma("page_count", { simple: true }));
  db.pragma(`max_page_count = ${pages + 3}`);
  return sqliteStore(new Session(db, clock, () => undefined, { words: lastWords(path, append) }), {
    keys: NO_KEYS,
    random: () => new Uint8Array(0),
    personal: "plain",
  });
}

const text = "x".repeat(900);
/** Number of the last entry that was acknowledged, and the failure behind it. */
function fill(store: Store): { last: number; error: unknown } {
  for (let last = 0; ;) {
    try {
      last = store.record(note("call.allowed", { text })).seq;
    } catch (error) {
      return { last, error };
    }
  }
}
const lastEntry = (): unknown => {
  const store = openStore(path, { clock });
  const { line } = [...store.auditRows(0)].at(-1)!;
  store.close();
  return JSON.parse(line) as unknown;
};

describe("a full database", () => {
  test("refuses, and audit.halt is the entry behind the last that was acknowledged", () => {
    const store = narrow(anew);
    const { last, error } = fill(store);
    expect(error).toMatchObject({
      code: "storage",
      exitCode: 74,
      message: expect.stringMatching(/SQLITE_FULL.*; audit\.halt is its last entry$/) as string,
    });
    store.close();
    expect(lastEntry()).toMatchObject({
      seq: last + 1,
      event: "audit.halt",
      actor: { principal: "countersign" },
      data: { reason: "SQLITE_FULL" },
    });
    expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: last + 2 });
  });

  test("says so once, and refuses everything after it", async () => {
    const said: string[] = [];
    const store = narrow(({ event }) => void said.push(event));
    fill(store);
    expect(() => store.record(note("call.allowed"))).toThrow(/SQLITE_FULL/);
    await expect(
      store.recordCall(costing(), note("call.allowed"), () => note("call.refused")),
    ).rejects.toThrow(/SQLITE_FULL/);
    store.close();
    expect(said).toEqual(["audit.halt"]);
  });

  test("gives the room of the reserve back before the entry is written", () => {
    const seen: boolean[] = [];
    openStore(path, { clock }).close();
    expect(statSync(reserve()).size).toBe(1 << 20);
    const store = narrow(() => void seen.push(readdirSync(folder).includes("reserve")));
    fill(store);
    store.close();
    expect(seen).toEqual([false]);
  });

  test("where not even the entry can be written, the failure says why", () => {
    const store = narrow(() => {
      throw new Error("no room at all");
    });
    const { error } = fill(store);
    store.close();
    expect(error).toMatchObject({
      message: expect.stringContaining("; audit.halt could not be written either: no room at all") as string,
    });
  });

  test("any other failure writes nothing more", () => {
    const said: string[] = [];
    const store = openStore(path, { clock });
    rmSync(path);
    expect(() => store.record(note("call.allowed"))).toThrow(/was removed/);
    expect(lastWords(path, ({ event }) => void said.push(event))(new Error("EIO"))).toBeUndefined();
    store.close();
    expect(said).toEqual([]);
  });
});

describe("the reserve", () => {
  test.each([
    ["is missing", () => rmSync(reserve(), { force: true })],
    ["is too short", () => truncateSync(reserve(), 100)],
    ["is a link to elsewhere", () => (rmSync(reserve()), symlinkSync(path, reserve()))],
    [
      "was begun by a process that died",
      () => (rmSync(reserve()), writeFileSync(`${reserve()}.tmp-${process.pid}`, "x")),
    ],
  ])("that %s is made when the store is opened", (_, damage) => {
    openStore(path, { clock }).close();
    damage();
    openStore(path, { clock }).close();
    const { size, mode } = statSync(reserve());
    expect([size, mode & 0o777]).toEqual([1 << 20, 0o600]);
    expect(readdirSync(folder).toSorted()).toEqual(["reserve", "store.db"]);
    expect(verifyStoreFile(path).ok).toBe(true);
  });

  test("that cannot be made is a store that cannot be opened", () => {
    rmSync(reserve());
    mkdirSync(reserve());
    expect(() => openStore(path, { clock })).toThrow(expect.objectContaining({ code: "storage" }) as Error);
  });
});
