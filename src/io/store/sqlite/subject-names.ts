// Reading whom the log means: names behind pseudonyms and what was taken out of entries, as far as nobody erased it.
import Database from "better-sqlite3";
import type { AuditEntry } from "../../../core/audit/entry.ts";
import { readLine } from "../../../core/audit/chain.ts";
import { type AuditKeys, openLine } from "../../../core/audit/sealed-line.ts";
import {
  COMMITMENT,
  commitment,
  commitmentIn,
  type Personal,
  resolved,
} from "../../../core/audit/subject.ts";
import { openFields, unwrapKey } from "../../../core/audit/subject-seal.ts";
import {
  heldSecret,
  isFoundBy,
  isLocked,
  nameIn,
  type PersonalRow,
  placeOfFields,
  SECRET,
  type Sql,
  subjectAt,
  type SubjectRow,
} from "./subject-rows.ts";

/** `opened`: it is what was committed to. `erased`: its row is gone. `false`: something else stands there. `locked`: a key is missing. `none`: nothing was committed. */
export type Commitment = "opened" | "erased" | "false" | "locked" | "none";

export interface SubjectNames {
  nameOf(pseudonym: string): string | undefined;
  personalOf(position: number): Personal | undefined;
  /** The entry at this position, as it was said. */
  resolved(entry: AuditEntry, position: number): AuditEntry;
  commitmentOf(entry: AuditEntry, position: number): Commitment;
}

/** Names that were looked up are remembered, these many at most. */
const REMEMBERED = 10_000;

export function subjectNames(sql: Sql, keys: AuditKeys): SubjectNames {
  const nameOf = rememberedNames(sql, keys);
  const personalOf = (position: number): Personal | undefined => {
    const row = rowAt(sql, position);
    const fields = row === undefined ? undefined : fieldsOf(sql, row, keys);
    return fields === "locked" ? undefined : fields;
  };
  return {
    nameOf,
    personalOf,
    resolved: (entry, position) =>
      resolved(entry, {
        nameOf,
        personal: commitmentAt(sql, keys, entry, position) === "opened" ? personalOf(position) : undefined,
      }),
    commitmentOf: (entry, position) =>
      entry.event === "subject.known"
        ? foundOf(sql, keys, entry, position)
        : commitmentAt(sql, keys, entry, position),
  };
}

function rememberedNames(sql: Sql, keys: AuditKeys): SubjectNames["nameOf"] {
  const remembered = new Map<string, string | undefined>();
  return (of) => {
    if (remembered.has(of)) return remembered.get(of);
    const row = subjectAt(sql, of);
    const name = row === undefined ? undefined : vouchedName(sql, keys, row);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(of, name);
    return name;
  };
}

/** Only what the log committed to: who wrote other names into the rows would have people accused. */
function vouchedName(sql: Sql, keys: AuditKeys, row: SubjectRow): string | undefined {
  const line = sql<{ body: string }>("SELECT body FROM audit WHERE seq = ?").get(row.seq)?.body;
  const read = line === undefined ? undefined : readLine(line);
  if (read?.ok !== true) return undefined;
  const { said } = read;
  const found =
    said.kind === "plain" ? ({ kind: "opened", entry: said.entry } as const) : openLine(said.sealed, keys);
  if (found.kind !== "opened" || found.entry.data["subject"] !== row.pseudonym) return undefined;
  return knownOf(sql, keys, found.entry, row.seq) === "opened" ? nameIn(row, keys) : undefined;
}

function rowAt(sql: Sql, position: number): PersonalRow | undefined {
  return sql<PersonalRow>("SELECT seq, pseudonym, salt, nonce, ct FROM personal WHERE seq = ?").get(position);
}

function fieldsOf(sql: Sql, row: PersonalRow, keys: AuditKeys): Personal | "locked" | undefined {
  const subject = subjectAt(sql, row.pseudonym);
  if (subject === undefined) return undefined;
  const secret = unwrapKey(subject, row.pseudonym, keys);
  if (secret === undefined) return isLocked(subject, keys) ? "locked" : undefined;
  return openFields(row.ct, secret, row.nonce, placeOfFields(row.pseudonym, row.seq));
}

function commitmentAt(sql: Sql, keys: AuditKeys, { data }: AuditEntry, position: number): Commitment {
  const committed = commitmentIn(data);
  if (committed === undefined) return "none";
  const row = rowAt(sql, position);
  if (row === undefined) return "erased";
  const fields = fieldsOf(sql, row, keys);
  if (fields === "locked") return "locked";
  return fields !== undefined && commitment(row.salt, fields) === committed ? "opened" : "false";
}

/** The entry by which a pseudonym came into the log commits to the name. */
function knownOf(sql: Sql, keys: AuditKeys, { data }: AuditEntry, position: number): Commitment {
  const row = subjectAt(sql, String(data["subject"]));
  if (row === undefined) return "erased";
  if (isLocked(row, keys)) return "locked";
  const name = nameIn(row, keys);
  const isSame =
    name !== undefined &&
    row.seq === position &&
    data["alg"] === COMMITMENT &&
    data["commit"] === commitment(row.salt, { name });
  return isSame ? "opened" : "false";
}

/** The same, and that the row is found by that name: under another's it would be exported and erased for another. */
function foundOf(sql: Sql, keys: AuditKeys, entry: AuditEntry, position: number): Commitment {
  const row = subjectAt(sql, String(entry.data["subject"]));
  const state = knownOf(sql, keys, entry, position);
  if (row === undefined || state !== "opened") return state;
  const held = heldSecret(sql);
  if (held === undefined) return "false";
  if (isLocked(held, keys)) return "locked";
  const secret = unwrapKey(held, SECRET, keys);
  return secret !== undefined && isFoundBy(row, nameIn(row, keys) ?? "", secret) ? "opened" : "false";
}

export interface OpenNames extends SubjectNames {
  close(): void;
}

/** Read-only, beside whoever writes. */
export function openNames(path: string, keys: AuditKeys): OpenNames {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    db.pragma("trusted_schema = OFF");
    return { ...namesIn(db, keys), close: () => db.close() };
  } catch (cause) {
    db.close();
    throw cause;
  }
}

/** A file without the tables knows nobody. */
export function namesIn(db: Database.Database, keys: AuditKeys): SubjectNames {
  const found = db
    .prepare<[], { n: number }>(
      "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name IN ('subject', 'personal', 'subject_secret')",
    )
    .get();
  return subjectNames(found?.n === 3 ? preparing(db) : nobody, keys);
}

/** Each statement once. */
function preparing(db: Database.Database): Sql {
  const prepared = new Map<string, Database.Statement<(string | number | Uint8Array)[]>>();
  return <Row>(text: string) => {
    const statement = prepared.get(text) ?? db.prepare<(string | number | Uint8Array)[]>(text);
    prepared.set(text, statement);
    return statement as Database.Statement<(string | number | Uint8Array)[], Row>;
  };
}

function nobody<Row>(): { get(): Row | undefined; all(): Row[] } {
  return { get: () => undefined, all: () => [] };
}
