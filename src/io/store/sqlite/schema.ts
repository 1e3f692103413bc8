// The tables of the store, and the check that a database file has exactly these and nothing else.
import type Database from "better-sqlite3";
import { kindOf, passing, speaking, vouching, VOUCHER } from "../../../core/audit/about.ts";

/** "CSG1" in the file's header: says what this file is before anything in it is believed or changed. */
const APPLICATION_ID = 0x43_53_47_31;
const SCHEMA_VERSION = 3;

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

type Name = (typeof speaking)[number];

const idOf = (name: Name): string =>
  `iif(json_type(body, '$.data.${name}') = 'text', '${kindOf(name)}:' || json_extract(body, '$.data.${name}'), NULL)`;
const firstOf = (names: readonly Name[]): string => `coalesce(${names.map(idOf).join(", ")})`;

/** What `aboutOf` says of a readable line; of an encrypted one nobody can say it here. */
const aboutPlain = `CASE
    WHEN json_extract(body, '$.data.${VOUCHER}') IS NOT NULL THEN ${firstOf(vouching)}
    WHEN json_extract(body, '$.event') IN (${passing.map((event) => `'${event}'`).join(", ")}) THEN NULL
    ELSE ${firstOf(speaking)}
  END`;

/**
 * What version 3 changes: entries say in a column what they are about, because their bodies may be encrypted. The check is
 * what makes the column as good as the body, and the whole log is held against it at every open.
 */
const third: Objects = {
  audit: `CREATE TABLE audit(
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  leaf BLOB NOT NULL UNIQUE,
  about TEXT,
  CHECK (json_type(body, '$.c') IS NOT NULL OR about IS ${aboutPlain})
) STRICT`,
  audit_about: `CREATE INDEX audit_about ON audit(about) WHERE about IS NOT NULL`,
  // REPLACE takes rows away without asking the trigger on DELETE.
  audit_no_replace: `CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN NEW.seq <= (SELECT max(seq) FROM audit) OR EXISTS (SELECT 1 FROM audit WHERE leaf = NEW.leaf) BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
};

/**
 * Also of version 3: what the log says of persons, beside it and not in it. Rows of one person open under one key, which is
 * a row, too: without it nobody reads them, and they are deleted with it.
 */
const persons: Objects = {
  subject_secret: `CREATE TABLE subject_secret(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key BLOB NOT NULL,
  kid TEXT
) STRICT`,
  subject: `CREATE TABLE subject(
  pseudonym TEXT NOT NULL PRIMARY KEY,
  name_index BLOB NOT NULL UNIQUE,
  key BLOB NOT NULL,
  kid TEXT,
  salt BLOB NOT NULL,
  nonce BLOB NOT NULL,
  ct BLOB NOT NULL,
  seq INTEGER NOT NULL REFERENCES audit(seq)
) STRICT`,
  personal: `CREATE TABLE personal(
  seq INTEGER PRIMARY KEY REFERENCES audit(seq),
  pseudonym TEXT NOT NULL REFERENCES subject(pseudonym),
  salt BLOB NOT NULL,
  nonce BLOB NOT NULL,
  ct BLOB NOT NULL
) STRICT`,
  personal_subject: `CREATE INDEX personal_subject ON personal(pseudonym)`,
};

const {
  audit_row: _row,
  audit_token: _token,
  ...kept
}: Readonly<Record<string, string>> = { ...first, ...second };

/** What a file of each version holds, to the letter. */
const versions: ReadonlyMap<unknown, Objects> = new Map([
  [1, first],
  [2, { ...first, ...second }],
  [SCHEMA_VERSION, { ...kept, ...third, ...persons }],
]);

/** Runs inside the transaction that also writes the first audit entry. */
export function createSchema(db: Database.Database): void {
  for (const statement of Object.values({ ...kept, ...third, ...persons })) db.exec(statement);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
}

/**
 * Brings a sound file of an older version to this one, in one transaction: a crash leaves the old file. Two processes may
 * try at once; the second finds the work done. Numbers, lines and hashes of the log stay, so it verifies as before.
 */
export function migrateSchema(db: Database.Database): void {
  if (versionOf(db) === SCHEMA_VERSION) return;
  const migrate = db.transaction(() => {
    const version = versionOf(db);
    if (version === SCHEMA_VERSION) return;
    if (version === 1) for (const statement of Object.values(second)) db.exec(statement);
    renewLog(db);
    for (const statement of Object.values(persons)) db.exec(statement);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
  // Neither can be changed inside of a transaction. Other tables name the log, and must go on naming the new one.
  db.pragma("foreign_keys = OFF");
  db.pragma("legacy_alter_table = ON");
  try {
    migrate.immediate();
  } finally {
    db.pragma("legacy_alter_table = OFF");
    db.pragma("foreign_keys = ON");
  }
}

/** A new table and not a new column: then its definition is, to the letter, that of a new store. Its triggers go with the old one. */
function renewLog(db: Database.Database): void {
  db.exec("ALTER TABLE audit RENAME TO audit_before");
  for (const name of ["audit_no_update", "audit_no_delete"]) db.exec(`DROP TRIGGER ${name}`);
  db.exec(third["audit"] ?? "");
  db.exec(`INSERT INTO audit SELECT seq, body, leaf, ${aboutPlain} FROM audit_before ORDER BY seq`);
  db.exec("DROP TABLE audit_before");
  for (const name of ["audit_no_update", "audit_no_delete"]) db.exec(first[name] ?? "");
  for (const name of ["audit_about", "audit_no_replace"]) db.exec(third[name] ?? "");
  const broken: unknown[] = db.pragma("foreign_key_check") as unknown[];
  if (broken.length > 0) throw new Error("rows of the store name entries that the log does not have");
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
    return `has schema version ${String(version)}, this program knows ${[...versions.keys()].join(", ")}`;
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
