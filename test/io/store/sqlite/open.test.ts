// What must be true of the file before the store is opened.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { keyOf } from "../../../support/chains.ts";
import { needs } from "../../../support/needs.ts";
import { note, NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore, meddle, meddleWithLog } from "../../../support/stores.ts";

const storage = expect.objectContaining({ code: "storage", exitCode: 74 }) as Error;

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("open");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

const open = (create = false): Store => openStore(path, { clock: () => NOON, create });

describe("is not opened", () => {
  test("a file that is not there, unless a new one is asked for", () => {
    expect(() => open()).toThrow(storage);
    expect(readdirSync(folder)).toEqual([]);
  });

  const after =
    (damage: () => void, entries = 10) =>
    (): void => {
      filledStore(path, entries);
      damage();
    };
  test.each([
    ["an empty file", () => writeFileSync(path, "")],
    [
      "a file that is no database",
      () => writeFileSync(path, "no database, whatever its name says. ".repeat(200)),
    ],
    ["another program's database", () => meddle(path, "CREATE TABLE t(x)")],
    ["a folder", () => mkdirSync(path)],
    ["a symbolic link", after(() => (renameSync(path, `${path}.real`), symlinkSync(`${path}.real`, path)))],
    ["a file with two names", after(() => linkSync(path, `${path}.copy`))],
    ["a newer version", after(() => meddle(path, "PRAGMA user_version = 4"))],
    ["a torn file", after(() => truncateSync(path, statSync(path).size - 8192), 200)],
    ["a log without its triggers", after(() => meddle(path, "DROP TRIGGER audit_no_update"))],
    [
      "a log with one trigger more",
      after(() => meddle(path, "CREATE TRIGGER spy AFTER INSERT ON audit BEGIN DELETE FROM outbox; END")),
    ],
    [
      "a log under another name, with a view in its place",
      after(() => meddle(path, "ALTER TABLE audit RENAME TO a; CREATE VIEW audit AS SELECT * FROM a")),
    ],
    [
      "a log that was emptied",
      after(() => meddleWithLog(path, "DELETE FROM outbox; DELETE FROM proposal; DELETE FROM audit")),
    ],
    [
      "a log with a changed entry",
      after(() =>
        meddleWithLog(path, `UPDATE audit SET body = replace(body, '"n":5', '"n":6') WHERE seq = 7`),
      ),
    ],
    ["a log without one of its entries", after(() => meddleWithLog(path, "DELETE FROM audit WHERE seq = 7"))],
    [
      "a log with two entries in each other's place",
      after(() =>
        meddleWithLog(
          path,
          "UPDATE audit SET seq = 99 WHERE seq = 7; UPDATE audit SET seq = 7 WHERE seq = 8; UPDATE audit SET seq = 8 WHERE seq = 99",
        ),
      ),
    ],
  ])("%s", (_, damage) => {
    damage();
    const before = statSync(path).isFile() ? readFileSync(path) : undefined;
    expect(() => open()).toThrow(storage);
    // Asking for a new one makes no second history out of it either.
    expect(() => open(true)).toThrow(storage);
    if (before !== undefined) expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("what is not a regular file, by that name", () => {
    filledStore(path);
    renameSync(path, `${path}.real`);
    symlinkSync(`${path}.real`, path);
    expect(() => open()).toThrow(/is not a regular file/);
  });

  test("a file with a lost page far before its end", () => {
    filledStore(path, 1500);
    const bytes = readFileSync(path);
    const page = Math.floor(bytes.indexOf('"n":200') / 4096);
    writeFileSync(path, bytes.fill(0, page * 4096, (page + 1) * 4096));
    expect(() => open()).toThrow(storage);
  });

  test("a file with flipped bytes in one of its last entries", () => {
    filledStore(path, 400);
    const bytes = readFileSync(path);
    bytes.write('"n":900', bytes.indexOf('"n":300'));
    writeFileSync(path, bytes);
    expect(() => open()).toThrow(storage);
  });
});

describe("P13: the log refuses to be changed, by any statement", () => {
  const row = "SELECT seq, body, leaf, about FROM audit WHERE seq = 3";
  test.each([
    "DELETE FROM audit",
    "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
    "UPDATE audit SET body = '' WHERE seq = 3",
    "UPDATE OR REPLACE audit SET seq = 4 WHERE seq = 3",
    `REPLACE INTO audit ${row}`,
    `INSERT OR REPLACE INTO audit SELECT seq + 100, body, leaf, about FROM audit WHERE seq = 3`,
    `INSERT OR IGNORE INTO audit VALUES (-1, '{}', x'00', NULL)`,
    `INSERT INTO audit ${row} ON CONFLICT(seq) DO UPDATE SET body = ''`,
    "WITH gone AS (SELECT 3 AS seq) DELETE FROM audit WHERE seq IN (SELECT seq FROM gone)",
  ])("%s", (statement) => {
    filledStore(path, 10);
    expect(() => meddle(path, statement)).toThrow(/append-only/);
    expect(() => meddle(path, `PRAGMA recursive_triggers = ON; ${statement}`)).toThrow(/append-only/);
    expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: 12 });
  });

  test.runIf(needs("sqlite3"))("also by the shell of SQLite", () => {
    filledStore(path, 10);
    for (const statement of ["DELETE FROM audit", "UPDATE audit SET leaf = x'00'"]) {
      const { status, stderr } = spawnSync("sqlite3", [path, statement], { encoding: "utf8" });
      expect(status).not.toBe(0);
      expect(stderr).toContain("append-only");
    }
  });
});

test("keys without random bytes open nothing: a nonce must not come from anywhere else", () => {
  filledStore(path);
  const keys = { current: keyOf(1), others: [] };
  expect(() => openStore(path, { clock: () => NOON, keys })).toThrow(RangeError);
});

test("a new store belongs to its owner alone", () => {
  path = join(folder, "gateway", "store.db");
  filledStore(path);
  expect(statSync(join(folder, "gateway")).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const store = open();
  for (const name of readdirSync(join(folder, "gateway")))
    expect(statSync(join(folder, "gateway", name)).mode & 0o077).toBe(0);
  store.close();
});

test("a new store is made whole or not at all: a left-over of a crash is no store and stands in nobody's way", () => {
  for (let n = 1; n < 40; n++) writeFileSync(join(folder, `.tmp-${process.pid}-${n}.db`), "left over");
  filledStore(path);
  const store = open();
  expect(store.record(note("call.allowed")).seq).toBe(12);
  store.close();
  expect(existsSync(path)).toBe(true);
});
