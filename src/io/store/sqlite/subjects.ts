// Pseudonyms in the log, and rows beside it that say whom they mean: written with the entry, in its transaction.
import { createSecretKey, type KeyObject } from "node:crypto";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { readLine } from "../../../core/audit/chain.ts";
import { type AuditKeys, NONCE_BYTES } from "../../../core/audit/sealed-line.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import {
  COMMITMENT,
  commitment,
  isPseudonym,
  parted,
  type Personal,
  pseudonym,
  PSEUDONYM_BYTES,
  SALT_BYTES,
  SUBJECT_KEY_BYTES,
  subjectName,
} from "../../../core/audit/subject.ts";
import {
  type HeldKey,
  nameIndex,
  openFields,
  sealFields,
  unwrapKey,
  wrapKey,
} from "../../../core/audit/subject-seal.ts";
import type { StoredEntry } from "../store.ts";
import type { Appended } from "./appended.ts";

/** Of a session, or of a file that is only read. */
export type Sql = <Row>(text: string) => {
  get(...bound: (string | number | Uint8Array)[]): Row | undefined;
  all(...bound: (string | number | Uint8Array)[]): Row[];
};
type Write = (text: string, ...bound: (string | number | Uint8Array | null)[]) => void;

export interface SubjectRow extends HeldKey {
  readonly pseudonym: string;
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

const SUBJECT = "SELECT pseudonym, key, kid, salt, nonce, ct, seq FROM subject";
const SECRET = "secret";
/** Of the row that says the name. */
const NAME = "name";

const placeOfName = (of: string): string => `${of} ${NAME}`;
export const placeOfFields = (of: string, position: number): string => `${of} ${position}`;

export function subjectAt(sql: Sql, of: string): SubjectRow | undefined {
  return sql<SubjectRow>(`${SUBJECT} WHERE pseudonym = ?`).get(of);
}

/** The subject of this name; undefined when the log does not know it, or knows it no more. */
export function subjectNamed(sql: Sql, name: string, keys: AuditKeys): SubjectRow | undefined {
  const secret = storedSecret(sql, keys);
  if (secret === undefined) return undefined;
  return sql<SubjectRow>(`${SUBJECT} WHERE name_index = ?`).get(nameIndex(secret, name));
}

/** Undefined when its key cannot be had, or the row is not what was written. */
export function nameIn(row: SubjectRow, keys: AuditKeys): string | undefined {
  const secret = unwrapKey(row, row.pseudonym, keys);
  if (secret === undefined) return undefined;
  return openFields(row.ct, secret, row.nonce, placeOfName(row.pseudonym))?.[NAME];
}

function storedSecret(sql: Sql, keys: AuditKeys): KeyObject | undefined {
  const held = sql<HeldKey>("SELECT key, kid FROM subject_secret WHERE id = 1").get();
  return held === undefined ? undefined : opened(held, SECRET, keys);
}

function opened(held: HeldKey, place: string, keys: AuditKeys): KeyObject {
  const secret = unwrapKey(held, place, keys);
  if (secret !== undefined) return secret;
  throw new CountersignError(
    "config_invalid",
    `audit.encryption_key: what the store holds of persons is encrypted under key ${String(held.kid)}, which is not configured`,
    { fix: "Name the key in audit.encryption_key, or an earlier one in audit.previous_keys." },
  );
}

export interface Hands {
  readonly sql: Sql;
  readonly write: Write;
  readonly keys: AuditKeys;
  readonly random: (bytes: number) => Uint8Array;
  /** Append an entry as it is; its position. */
  readonly append: (note: AuditNote) => number;
  readonly said: (position: number) => StoredEntry | undefined;
  /** Rows that were found to be what the log committed to, by pseudonym, letter by letter. */
  readonly proven: Map<string, string>;
}

/**
 * Appends `note` without a name or anything personal in it, and whoever is new before it. Only inside a write transaction: a
 * crash leaves the entry with all of its rows, or nothing.
 */
export function appendParted(hands: Hands, said: AuditNote, append: (note: AuditNote) => Appended): Appended {
  // For this entry only: before the next one another process may have erased somebody.
  const met = new Map<string, SubjectRow>();
  const meet = (name: string): SubjectRow => {
    const row = met.get(name) ?? known(hands, name);
    met.set(name, row);
    return row;
  };
  const { note, personal } = parted(said, (name) => meet(name).pseudonym);
  if (personal === undefined) return append(note);
  const { principal } = said.actor;
  // Also of callers that stand in the log as they are: what is personal beside `anonymous` can be erased as well.
  const his = isPseudonym(principal) ? provenAt(hands, principal) : meet(principal);
  const owner = his ?? meet("anonymous");
  const salt = hands.random(SALT_BYTES);
  // Whose it is, where the entry does not say it: what is gone has to be told from what was erased.
  const of = owner.pseudonym === note.actor.principal ? {} : { pii_of: owner.pseudonym };
  const appended = append({ ...note, data: { ...note.data, pii: commitment(salt, personal), ...of } });
  keep(hands, owner, { position: appended.position, salt, personal });
  return appended;
}

interface Kept {
  readonly position: number;
  readonly salt: Uint8Array;
  readonly personal: Personal;
}

function keep({ write, keys, random }: Hands, owner: SubjectRow, { position, salt, personal }: Kept): void {
  const nonce = random(NONCE_BYTES);
  const secret = opened(owner, owner.pseudonym, keys);
  const ct = sealFields(personal, secret, nonce, placeOfFields(owner.pseudonym, position));
  write(
    "INSERT INTO personal(seq, pseudonym, salt, nonce, ct) VALUES (?, ?, ?, ?, ?)",
    position,
    owner.pseudonym,
    salt,
    nonce,
    ct,
  );
}

function known(hands: Hands, name: string): SubjectRow {
  const { sql, write, keys, random } = hands;
  const found = subjectNamed(sql, name, keys);
  if (found !== undefined) {
    if (subjectName(provenName(hands, found)) !== subjectName(name)) throw exchanged(found.pseudonym);
    return found;
  }
  const secret = storedSecret(sql, keys) ?? newSecret(hands);
  const of = pseudonym(random(PSEUDONYM_BYTES));
  const bytes = random(SUBJECT_KEY_BYTES);
  const [salt, nonce] = [random(SALT_BYTES), random(NONCE_BYTES)];
  const fields = { [NAME]: name };
  const ct = sealFields(fields, createSecretKey(bytes), nonce, placeOfName(of));
  const { key, kid } = wrapKey(bytes, of, keys, random);
  const data = { subject: of, alg: COMMITMENT, commit: commitment(salt, fields) };
  const seq = hands.append({ event: "subject.known", actor: { principal: "countersign" }, data });
  write(
    "INSERT INTO subject(pseudonym, name_index, key, kid, salt, nonce, ct, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    of,
    nameIndex(secret, name),
    key,
    kid,
    salt,
    nonce,
    ct,
    seq,
  );
  return { pseudonym: of, key, kid, salt, nonce, ct, seq };
}

function provenAt(hands: Hands, of: string): SubjectRow | undefined {
  const row = subjectAt(hands.sql, of);
  if (row !== undefined) provenName(hands, row);
  return row;
}

/**
 * The name that the row says, which must be the one that its entry committed to. Threat: no chain holds these rows. Whoever
 * may write the file could have one person's acts recorded as another's, or give an encrypted log a key in the clear to
 * write the next address under.
 */
function provenName({ keys, said, proven }: Hands, row: SubjectRow): string {
  const name = nameIn(row, keys);
  if (name === undefined) {
    // Names the key that is missing; a key that is there has opened nothing.
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
  return new CountersignError("storage", `what the store says of ${of} is not what the log committed to`, {
    fix: "Somebody changed the database. Keep it as evidence, run countersign audit verify --names, and restore a backup.",
  });
}

function newSecret({ write, keys, random }: Hands): KeyObject {
  const bytes = random(SUBJECT_KEY_BYTES);
  const { key, kid } = wrapKey(bytes, SECRET, keys, random);
  write("INSERT INTO subject_secret(id, key, kid) VALUES (1, ?, ?)", key, kid);
  return createSecretKey(bytes);
}
