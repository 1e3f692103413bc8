// Whom pseudonyms mean, as the rows beside the log say it; a row counts only as what its entry committed to.
import type { KeyObject } from "node:crypto";
import { readLine } from "../../../core/audit/chain.ts";
import type { AuditKeys } from "../../../core/audit/sealed-line.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { commitment, subjectName } from "../../../core/audit/subject.ts";
import { type HeldKey, nameIndex, openFields, unwrapKey } from "../../../core/audit/subject-seal.ts";
import type { StoredEntry } from "../store.ts";
import { locked } from "./entries.ts";

/** Of a session, or of a file that is only read. */
export type Sql = <Row>(text: string) => {
  get(...bound: (string | number | Uint8Array)[]): Row | undefined;
  all(...bound: (string | number | Uint8Array)[]): Row[];
};

export interface SubjectRow extends HeldKey {
  readonly pseudonym: string;
  readonly name_index: Uint8Array;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ct: Uint8Array;
  /** Position of its entry `subject.known`. */
  readonly seq: number;
}

export interface PersonalRow {
  readonly seq: number;
  readonly pseudonym: string;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ct: Uint8Array;
}

/** What it takes to hold a row against its entry. */
export interface Proof {
  readonly sql: Sql;
  readonly keys: AuditKeys;
  readonly said: (position: number) => StoredEntry | undefined;
  /** Rows that were found to be what the log committed to, by pseudonym, letter by letter. */
  readonly proven: Map<string, string>;
}

export const SUBJECT = "SELECT pseudonym, name_index, key, kid, salt, nonce, ct, seq FROM subject";
/** Place of the key that `name_index` is made with. */
export const SECRET = "secret";
/** Of the row that says the name. */
export const NAME = "name";

export const placeOfName = (of: string): string => `${of} ${NAME}`;
export const placeOfFields = (of: string, position: number): string => `${of} ${position}`;

export function subjectAt(sql: Sql, of: string): SubjectRow | undefined {
  return sql<SubjectRow>(`${SUBJECT} WHERE pseudonym = ?`).get(of);
}

/** Undefined when its key cannot be had, or the row is not what was written. */
export function nameIn(row: SubjectRow, keys: AuditKeys): string | undefined {
  const secret = unwrapKey(row, row.pseudonym, keys);
  if (secret === undefined) return undefined;
  return openFields(row.ct, secret, row.nonce, placeOfName(row.pseudonym))?.[NAME];
}

export function heldSecret(sql: Sql): HeldKey | undefined {
  return sql<HeldKey>("SELECT key, kid FROM subject_secret WHERE id = 1").get();
}

/**
 * The key that names are found by; undefined as long as nobody is known. Threat: without the row each person would be somebody
 * new, and erasing them would leave what is held under the first pseudonym.
 */
export function storedSecret(sql: Sql, keys: AuditKeys): KeyObject | undefined {
  const held = heldSecret(sql);
  if (held !== undefined) return opened(held, SECRET, keys);
  const one = sql<SubjectRow>(`${SUBJECT} LIMIT 1`).get();
  if (one !== undefined) throw exchanged(one.pseudonym);
  return undefined;
}

export function opened(held: HeldKey, place: string, keys: AuditKeys): KeyObject {
  const secret = unwrapKey(held, place, keys);
  if (secret !== undefined) return secret;
  if (!isLocked(held, keys)) throw exchanged(place);
  throw new CountersignError(
    "config_invalid",
    `audit.encryption_key: what the store holds of persons is encrypted under key ${String(held.kid)}, which is not configured`,
    { fix: "Name the key in audit.encryption_key, or an earlier one in audit.previous_keys." },
  );
}

/**
 * Every key is at hand that recording a person takes, also of those who have not been seen for long. Not with their first call:
 * a gateway that cannot record must not start.
 */
export function assertKeys(sql: Sql, keys: AuditKeys): void {
  storedSecret(sql, keys);
  const sealed = sql<{ position: number; kid: string }>(
    "SELECT min(audit.seq) AS position, json_extract(body, '$.kid') AS kid FROM subject JOIN audit USING (seq) WHERE json_type(body, '$.c') IS NOT NULL GROUP BY kid",
  ).all();
  for (const { position, kid } of sealed) if (isLocked({ kid }, keys)) throw locked(position, kid);
  const [held] = sql<HeldKey & { pseudonym: string }>(`SELECT pseudonym, key, kid FROM subject GROUP BY kid`)
    .all()
    .filter((one) => isLocked(one, keys));
  if (held !== undefined) opened(held, held.pseudonym, keys);
}

/** The key that it is wrapped under is not at hand. */
export function isLocked({ kid }: Pick<HeldKey, "kid">, { current, others }: AuditKeys): boolean {
  return kid !== null && ![current, ...others].some((key) => key?.kid === kid);
}

/**
 * The subject of this name, which its row must say and the log must have committed to; undefined when the log does not know
 * it, or knows it no more.
 */
export function subjectNamed(proof: Proof, name: string): SubjectRow | undefined {
  const secret = storedSecret(proof.sql, proof.keys);
  if (secret === undefined) return undefined;
  const found = proof.sql<SubjectRow>(`${SUBJECT} WHERE name_index = ?`).get(nameIndex(secret, name));
  if (found !== undefined && subjectName(provenName(proof, found)) !== subjectName(name))
    throw exchanged(found.pseudonym);
  return found;
}

/**
 * Every row is what the log committed to, and is found by its name: whoever moved a row from its name would have an erased
 * person live on under it. Reads all of them.
 */
export function assertProven(proof: Proof): void {
  const { sql, keys } = proof;
  const secret = storedSecret(sql, keys);
  if (secret === undefined) return;
  for (const row of sql<SubjectRow>(SUBJECT).all()) assertFound(proof, row, secret);
}

/** The same of the newest row, before somebody new is known: an exchanged secret would make everybody new. */
export function assertSecret(proof: Proof, secret: KeyObject): void {
  const row = proof.sql<SubjectRow>(`${SUBJECT} ORDER BY rowid DESC LIMIT 1`).get();
  if (row !== undefined) assertFound(proof, row, secret);
}

function assertFound(proof: Proof, row: SubjectRow, secret: KeyObject): void {
  if (!isFoundBy(row, provenName(proof, row), secret)) throw exchanged(row.pseudonym);
}

export function isFoundBy({ name_index }: SubjectRow, name: string, secret: KeyObject): boolean {
  return Buffer.from(nameIndex(secret, name)).equals(name_index);
}

/**
 * The name that the row says, which must be the one that its entry committed to. Threat: no chain holds these rows. Whoever
 * may write the file could have one person's acts recorded as another's, or give an encrypted log a key in the clear to
 * write the next address under.
 */
export function provenName({ keys, said, proven }: Proof, row: SubjectRow): string {
  const name = nameIn(row, keys);
  if (name === undefined) {
    // Names the key that is missing.
    opened(row, row.pseudonym, keys);
    throw exchanged(row.pseudonym);
  }
  const { pseudonym: of, key, kid, salt, nonce, ct, seq } = row;
  const written = [
    kid ?? "",
    seq,
    ...[key, salt, nonce, ct].map((part) => Buffer.from(part).toString("base64")),
  ];
  const mark = written.join(" ");
  if (proven.get(of) === mark) return name;
  const known = said(seq);
  const isSaid =
    known?.entry.event === "subject.known" &&
    known.entry.data["subject"] === of &&
    known.entry.data["commit"] === commitment(salt, { [NAME]: name });
  // Of an encrypted entry, the person's key was wrapped from the beginning.
  if (!isSaid || (kid === null && isSealed(known.line))) throw exchanged(of);
  if (proven.size >= REMEMBERED) proven.clear();
  proven.set(of, mark);
  return name;
}

const REMEMBERED = 10_000;

function isSealed(line: string): boolean {
  const read = readLine(line);
  return !read.ok || read.said.kind !== "plain";
}

function exchanged(of: string): CountersignError {
  return new CountersignError(
    "storage",
    `what the store says of ${of === SECRET ? "persons" : of} is not what the log committed to`,
    {
      fix: "Somebody changed the database. Keep it as evidence, run countersign audit verify --names, and restore a backup.",
    },
  );
}
