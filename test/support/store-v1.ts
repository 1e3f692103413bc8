// A store as version 1 of the schema made it, from the statements of that version; never from those of today.
import Database from "better-sqlite3";
import { renameSync, rmSync } from "node:fs";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { NOON } from "./proposals.ts";
import { filledStore } from "./stores.ts";

const SCHEMA = [
  `CREATE TABLE audit(
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  leaf BLOB NOT NULL UNIQUE
) STRICT`,
  `CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  `CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  `CREATE INDEX audit_row ON audit(json_extract(body, '$.data.patch_id')) WHERE json_extract(body, '$.data.row_sha256') IS NOT NULL`,
  `CREATE TABLE proposal(
  id TEXT NOT NULL PRIMARY KEY,
  principal TEXT NOT NULL,
  idempotency_key TEXT,
  created TEXT NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES audit(seq)
) STRICT`,
  `CREATE UNIQUE INDEX proposal_key ON proposal(principal, idempotency_key) WHERE idempotency_key IS NOT NULL`,
  `CREATE INDEX proposal_state ON proposal(state, created)`,
  `CREATE INDEX proposal_rate ON proposal(principal, created)`,
  `CREATE TABLE outbox(
  seq INTEGER PRIMARY KEY REFERENCES audit(seq),
  id TEXT NOT NULL UNIQUE REFERENCES proposal(id)
) STRICT`,
  `CREATE TABLE landing(
  attempt TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL REFERENCES audit(seq)
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE call(
  second INTEGER NOT NULL,
  principal TEXT NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY(second, principal)
) STRICT, WITHOUT ROWID`,
];

const TABLES = ["audit", "proposal", "outbox", "landing", "call"];

/** The rows of `filledStore`, under the schema of version 1. */
export function oldStore(path: string, entries = 10): void {
  filledStore(path, entries);
  // Everything from the write-ahead log into the file.
  openStore(path, { clock: () => NOON }).close();
  renameSync(path, `${path}.new`);
  const db = new Database(path);
  db.exec(`PRAGMA journal_mode = WAL; ATTACH '${path}.new' AS new`);
  for (const statement of SCHEMA) db.exec(statement);
  for (const table of TABLES) db.exec(`INSERT INTO ${table} SELECT * FROM new.${table}`);
  db.exec(`PRAGMA application_id = 1129531185; PRAGMA user_version = 1; DETACH new`);
  db.close();
  rmSync(`${path}.new`);
}
