// The tables of the store, and the check that a database file has exactly these and nothing else.
import type Database from "better-sqlite3";

/** "CSG1" in the file's header: says what this file is before anything in it is believed or changed. */
const APPLICATION_ID = 0x43_53_47_31;
const SCHEMA_VERSION = 2;

type Objects = Readonly<Record<string, string>>;

/** Name → statement. SQLite keeps these texts, so they can be compared letter by letter. */
const first: Objects = {
  audit: `CREATE TABLE audit(
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  leaf BLOB NOT NULL UNIQUE
) STRICT`,
  audit_no_update: `CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  audit_no_delete: `CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  // Finds the newest entry that vouches for a proposal's row: a row that was set back to an older state is seen.
  audit_row: `CREATE INDEX audit_row ON audit(json_extract(body, '$.data.patch_id')) WHERE json_extract(body, '$.data.row_sha256') IS NOT NULL`,
  proposal: `CREATE TABLE proposal(
  id TEXT NOT NULL PRIMARY KEY,
  principal TEXT NOT NULL,
  idempotency_key TEXT,
  created TEXT NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES audit(seq)
) STRICT`,
  proposal_key: `CREATE UNIQUE INDEX proposal_key ON proposal(principal, idempotency_key) WHERE idempotency_key IS NOT NULL`,
  proposal_state: `CREATE INDEX proposal_state ON proposal(state, created)`,
  proposal_rate: `CREATE INDEX proposal_rate ON proposal(principal, created)`,
  outbox: `CREATE TABLE outbox(
  seq INTEGER PRIMARY KEY REFERENCES audit(seq),
  id TEXT NOT NULL UNIQUE REFERENCES proposal(id)
) STRICT`,
  landing: `CREATE TABLE landing(
  attempt TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL REFERENCES audit(seq)
) STRICT, WITHOUT ROWID`,
  call: `CREATE TABLE call(
  second INTEGER NOT NULL,
  principal TEXT NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY(second, principal)
) STRICT, WITHOUT ROWID`,
};

/** What version 2 adds: tokens, and what callers have used up. Nothing of version 1 changes. */
const second: Objects = {
  // The same for a token's row: a revocation that was taken back is seen.
  audit_token: `CREATE INDEX audit_token ON audit(json_extract(body, '$.data.token_id')) WHERE json_extract(body, '$.data.token_id') IS NOT NULL`,
  credential: `CREATE TABLE credential(
  id TEXT NOT NULL PRIMARY KEY,
  principal TEXT NOT NULL,
  family TEXT NOT NULL,
  created TEXT NOT NULL,
  expires TEXT NOT NULL,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES audit(seq)
) STRICT`,
  credential_principal: `CREATE INDEX credential_principal ON credential(principal, expires)`,
  credential_family: `CREATE INDEX credential_family ON credential(family, expires)`,
  credential_expires: `CREATE INDEX credential_expires ON credential(expires)`,
  usage: `CREATE TABLE usage(
  principal TEXT NOT NULL PRIMARY KEY,
  began INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  scan_millis INTEGER NOT NULL,
  warned INTEGER NOT NULL
) STRICT, WITHOUT ROWID`,
};

/** What a file of each version holds, to the letter. */
const versions: ReadonlyMap<unknown, Objects> = new Map([
  [1, first],
  [SCHEMA_VERSION, { ...first, ...second }],
]);

/** Runs inside the transaction that also writes the first audit entry. */
export function createSchema(db: Database.Database): void {
  for (const objects of [first, second]) for (const statement of Object.values(objects)) db.exec(statement);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
}

/**
 * Brings a sound file of an older version to this one, in one transaction: a crash leaves the old file. Two processes may
 * try at once; the second finds the work done. The log is not touched, so it verifies as before.
 */
export function migrateSchema(db: Database.Database): void {
  if (versionOf(db) === SCHEMA_VERSION) return;
  const migrate = db.transaction(() => {
    if (versionOf(db) === SCHEMA_VERSION) return;
    for (const statement of Object.values(second)) db.exec(statement);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
  migrate.immediate();
}

/**
 * What is wrong with the schema, or undefined. A dropped trigger would let entries be changed; an added one would run
 * with our statements and could lead them elsewhere.
 */
export function schemaFault(db: Database.Database): string | undefined {
  const id = db.pragma("application_id", { simple: true });
  if (id !== APPLICATION_ID) return "is not a countersign store";
  const version = versionOf(db);
  const objects = versions.get(version);
  if (objects === undefined)
    return `has schema version ${String(version)}, this program knows ${[...versions.keys()].join(" and ")}`;
  const rows = db
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    .all();
  const found = new Map(rows.map(({ name, sql }) => [name, sql]));
  for (const [name, sql] of Object.entries(objects)) {
    if (found.get(name) !== sql) return `has another definition of ${name}`;
    found.delete(name);
  }
  const [extra] = found.keys();
  return extra === undefined ? undefined : `has an unknown ${JSON.stringify(extra)} in its schema`;
}

function versionOf(db: Database.Database): unknown {
  return db.pragma("user_version", { simple: true });
}
