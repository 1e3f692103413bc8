// Pseudonyms in the log, and rows beside it that say whom they mean: written with the entry, in its transaction.
import { createSecretKey, type KeyObject } from "node:crypto";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { NONCE_BYTES } from "../../../core/audit/sealed-line.ts";
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
} from "../../../core/audit/subject.ts";
import { nameIndex, sealFields, wrapKey } from "../../../core/audit/subject-seal.ts";
import type { Appended } from "./appended.ts";
import {
  assertProven,
  assertSecret,
  heldSecret,
  NAME,
  opened,
  placeOfFields,
  placeOfName,
  type Proof,
  provenName,
  SECRET,
  storedSecret,
  SUBJECT,
  subjectAt,
  subjectNamed,
  type SubjectRow,
} from "./subject-rows.ts";

type Write = (text: string, ...bound: (string | number | Uint8Array | null)[]) => void;

export interface Hands extends Proof {
  readonly write: Write;
  readonly random: (bytes: number) => Uint8Array;
  /** Append an entry as it is; its position. */
  readonly append: (note: AuditNote) => number;
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
  // Counted in memory and written later: whoever was erased meanwhile is not met again by it.
  const isLate = said.event === "access.suppressed";
  const late = (name: string): string => subjectNamed(hands, name)?.pseudonym ?? "anonymous";
  const { note, personal } = parted(said, isLate ? late : (name) => meet(name).pseudonym);
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
  const found = subjectNamed(hands, name);
  if (found !== undefined) return found;
  const secret = storedSecret(sql, keys) ?? newSecret(hands);
  assertSecret(hands, secret);
  const of = pseudonym(random(PSEUDONYM_BYTES));
  const bytes = random(SUBJECT_KEY_BYTES);
  const [salt, nonce] = [random(SALT_BYTES), random(NONCE_BYTES)];
  const fields = { [NAME]: name };
  const ct = sealFields(fields, createSecretKey(bytes), nonce, placeOfName(of));
  const { key, kid } = wrapKey(bytes, of, keys, random);
  const data = { subject: of, alg: COMMITMENT, commit: commitment(salt, fields) };
  const seq = hands.append({ event: "subject.known", actor: { principal: "countersign" }, data });
  const name_index = nameIndex(secret, name);
  write(
    "INSERT INTO subject(pseudonym, name_index, key, kid, salt, nonce, ct, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    of,
    name_index,
    key,
    kid,
    salt,
    nonce,
    ct,
    seq,
  );
  return { pseudonym: of, name_index, key, kid, salt, nonce, ct, seq };
}

function provenAt(hands: Hands, of: string): SubjectRow | undefined {
  const row = subjectAt(hands.sql, of);
  if (row !== undefined) provenName(hands, row);
  return row;
}

function newSecret({ write, keys, random }: Hands): KeyObject {
  const bytes = random(SUBJECT_KEY_BYTES);
  const { key, kid } = wrapKey(bytes, SECRET, keys, random);
  write("INSERT INTO subject_secret(id, key, kid) VALUES (1, ?, ?)", key, kid);
  return createSecretKey(bytes);
}

/**
 * Wraps what is not wrapped under the current key anew, the keys of persons and the one that they are found by: after
 * encryption was switched on, or its key exchanged, what the file holds opens under that key alone. A row that does not
 * prove is wrapped under nothing. Only inside a write transaction. Whether there was any.
 */
export function rewrapKeys(hands: Pick<Hands, keyof Proof | "write" | "random">): boolean {
  const { sql, write, keys, random } = hands;
  const { current } = keys;
  if (current === undefined) return false;
  const due = sql<SubjectRow>(`${SUBJECT} WHERE kid IS NOT ?`).all(current.kid);
  const held = heldSecret(sql);
  const isSecretDue = held !== undefined && held.kid !== current.kid;
  if (due.length === 0 && !isSecretDue) return false;
  assertProven(hands);
  for (const row of due) {
    const { key, kid } = wrapKey(bytesOf(opened(row, row.pseudonym, keys)), row.pseudonym, keys, random);
    write("UPDATE subject SET key = ?, kid = ? WHERE pseudonym = ?", key, kid, row.pseudonym);
  }
  if (isSecretDue) {
    const { key, kid } = wrapKey(bytesOf(opened(held, SECRET, keys)), SECRET, keys, random);
    write("UPDATE subject_secret SET key = ?, kid = ? WHERE id = 1", key, kid);
  }
  return true;
}

const bytesOf = (secret: KeyObject): Uint8Array => secret.export();
