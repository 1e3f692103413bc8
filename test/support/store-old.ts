// Stores as versions 1 and 2 of the schema made them, from the statements of those versions; never from those of today.
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

/** What version 2 added. */
const SECOND = [
  `CREATE INDEX audit_token ON audit(json_extract(body, '$.data.token_id')) WHERE json_extract(body, '$.data.token_id') IS NOT NULL`,
  `CREATE TABLE credential(
  id TEXT NOT NULL PRIMARY KEY,
  principal TEXT NOT NULL,
  family TEXT NOT NULL,
  created TEXT NOT NULL,
  expires TEXT NOT NULL,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES audit(seq)
) STRICT`,
  `CREATE INDEX credential_principal ON credential(principal, expires)`,
  `CREATE INDEX credential_family ON credential(family, expires)`,
  `CREATE INDEX credential_expires ON credential(expires)`,
  `CREATE TABLE usage(
  principal TEXT NOT NULL PRIMARY KEY,
  began INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  scan_millis INTEGER NOT NULL,
  warned INTEGER NOT NULL
) STRICT, WITHOUT ROWID`,
];

const TABLES = ["proposal", "outbox", "landing", "call"];

/** The rows of `filledStore`, under the schema of version 1 or 2. */
export function oldStore(path: string, entries = 10, version: 1 | 2 = 1): void {
  filledStore(path, entries);
  downgrade(path, version);
}

/** A closed store of today, laid under an older schema with all that this had. */
export function downgrade(path: string, version: 1 | 2): void {
  // Everything from the write-ahead log into the file.
  openStore(path, { clock: () => NOON }).close();
  renameSync(path, `${path}.new`);
  const db = new Database(path);
  db.exec(`PRAGMA journal_mode = WAL; ATTACH '${path}.new' AS new`);
  const tables = version === 1 ? TABLES : [...TABLES, "credential", "usage"];
  for (const statement of version === 1 ? SCHEMA : [...SCHEMA, ...SECOND]) db.exec(statement);
  db.exec("INSERT INTO audit SELECT seq, body, leaf FROM new.audit");
  for (const table of tables) db.exec(`INSERT INTO ${table} SELECT * FROM new.${table}`);
  db.exec(`PRAGMA application_id = 1129531185; PRAGMA user_version = ${version}; DETACH new`);
  db.close();
  rmSync(`${path}.new`);
}
