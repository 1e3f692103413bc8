// What the owner of the gateway's disk tried and must not get away with: indexes, rows and tables that lie about the log.
import Database from "better-sqlite3";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { landing, note, NOON, patchId } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore, meddle, meddleWithLog } from "../../../support/stores.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = scratch("forgeries");
  path = join(folder, "store.db");
  filledStore(path, 5);
});
afterEach(() => removeScratch(folder));

const open = () => openStore(path, { clock: () => NOON });

test("an index that misses the newest entry about a proposal, so that an older row looks current", () => {
  const before = new Database(path, { readonly: true });
  const row = before.prepare("SELECT state, body, digest, seq FROM proposal").get() as Record<
    string,
    unknown
  >;
  before.close();
  const store = open();
  store.settle({
    id: patchId(1),
    state: "rejected",
    statement: null,
    reasons: [],
    note: note("verdict.received"),
  });
  store.close();
  const db = new Database(path);
  db.unsafeMode(true);
  db.pragma("foreign_keys = OFF");
  db.pragma("writable_schema = ON");
  const newest = (db.prepare("SELECT max(seq) AS seq FROM audit").get() as { seq: number }).seq;
  const { sql } = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'audit_about'").get() as {
    sql: string;
  };
  db.exec("DROP INDEX audit_about");
  db.exec(sql.replace("IS NOT NULL", `IS NOT NULL AND seq <> ${newest}`));
  db.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'audit_about'").run(sql);
  db.prepare("UPDATE proposal SET state = @state, body = @body, digest = @digest, seq = @seq").run(row);
  db.close();
  expect(open).toThrow(/is damaged/);
});

test.each([
  ["does not say what the entry is about", "NULL"],
  ["says that it is about another patch", `'patch:${patchId(2)}'`],
])("a column of the newest entry that %s, so that an older row looks current", (_, about) => {
  const store = open();
  const judged = note("verdict.received");
  store.settle({ id: patchId(1), state: "rejected", statement: null, reasons: [], note: judged });
  store.close();
  meddleWithLog(
    path,
    `PRAGMA ignore_check_constraints = ON; UPDATE audit SET about = ${about} WHERE seq = (SELECT max(seq) FROM audit)`,
  );
  expect(open).toThrow(/is damaged: CHECK constraint failed/);
  expect(verifyStoreFile(path)).toMatchObject({ ok: false, code: "LEAF_COLUMN_MISMATCH" });
});

test("a row that claims a landing was carried, so that it never reaches the log", () => {
  const attempt = landing(1, 1);
  meddle(path, `INSERT INTO landing(attempt, seq) VALUES ('${attempt.attempt}', 0)`);
  const store = open();
  expect(() => store.land(attempt, note("landing.landed"))).toThrow(/does not hold the landing/);
  expect(() => store.record(note("call.allowed"))).toThrow();
});

test("a log without its key, with a row that no page shows and a trigger that deletes", () => {
  meddle(
    path,
    "CREATE TABLE other(seq, body TEXT, leaf BLOB)",
    "INSERT INTO other SELECT seq, body, leaf FROM audit",
    "DROP TABLE audit",
    "ALTER TABLE other RENAME TO audit",
    "INSERT INTO audit VALUES (NULL, '{}', x'00')",
    "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit WHERE seq = 3; END",
  );
  expect(verifyStoreFile(path)).toMatchObject({ ok: false });
  expect(open).toThrow();
});
