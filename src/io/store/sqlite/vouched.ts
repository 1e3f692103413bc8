// Rows that the audit log vouches for: a row changed by hand, set back to what it was, or deleted is refused when it is read.
import { z } from "zod";
import { VOUCHER } from "../../../core/audit/about.ts";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { SALT_BYTES } from "../../../core/audit/subject.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { type Digest, sha256 } from "../../../core/base/digest.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import type { StoredEntry } from "../store.ts";
import type { Appended } from "./appended.ts";
import type { AuditLog } from "./audit-log.ts";
import type { Session } from "./session.ts";

export interface Rows {
  readonly session: Session;
  readonly log: AuditLog;
  /** For the salts of bodies; none: bodies without. */
  readonly random?: ((bytes: number) => Uint8Array) | undefined;
}

/** Bodies of before have none. */
export const saltSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .optional();

/** A kind of row, and the key of an audit entry's data that names one (core/audit/about.ts). */
export interface Kind {
  readonly name: "proposal" | "token";
  readonly about: "patch" | "token";
  readonly key: "patch_id" | "token_id";
}

export interface VouchedRow {
  readonly id: string;
  /** Canonical JSON; every other column repeats a part of it, only to be searched. */
  readonly body: string;
  readonly digest: Digest;
  /** Place in the whole log of the entry that vouches. */
  readonly seq: number;
}

/**
 * Append the entry that vouches for the body that the row `id` is given now, with a new salt. Threat: the digest stays in the
 * log when the person was erased; without the salt, which is overwritten with the body, nobody can try a name. Only inside a
 * write transaction.
 */
export function vouch(
  { log, random }: Rows,
  { key }: Kind,
  id: string,
  snapshot: object,
  note: AuditNote,
): VouchedRow {
  const salt = random === undefined ? {} : { salt: Buffer.from(random(SALT_BYTES)).toString("hex") };
  const body = canonical({ ...snapshot, ...salt });
  const digest = sha256(body);
  const { position } = log.append({ ...note, data: { ...note.data, [key]: id, [VOUCHER]: digest } });
  return { id, body, digest, seq: position };
}

/** Append a note that vouches for no row; a caller that could name a row's digest could vouch for a forged row. */
export function appendNote({ log }: Rows, note: AuditNote): Appended {
  if (VOUCHER in note.data) throw new RangeError(`a note must not carry ${VOUCHER}`);
  return log.append(note);
}

/** There is no row `id`: throws `storage` when there once was one, because rows are never deleted. */
export function assertNeverVouched(rows: Rows, kind: Kind, id: string): void {
  if (newestVoucher(rows, kind, id) !== undefined) throw tampered(kind, id, "was deleted");
}

/**
 * The body must have the digest that the newest entry about this row carries, in an entry that is itself intact. An
 * older snapshot with its own old entry is seen by the word "newest". Throws `storage` when row and log disagree.
 */
export function assertVouched(rows: Rows, kind: Kind, { id, body, digest, seq }: VouchedRow): void {
  if (sha256(body) !== digest) throw tampered(kind, id, "does not have its digest");
  const newest = newestVoucher(rows, kind, id);
  if (newest?.position !== seq) throw tampered(kind, id, "is not the newest that the log vouches for");
  if (newest.entry.data[VOUCHER] !== digest) throw tampered(kind, id, "is not what the log vouches for");
}

/** The newest entry that vouches for this row; others speak of it. */
function newestVoucher({ log }: Rows, kind: Kind, id: string): StoredEntry | undefined {
  for (const found of log.entries.about(`${kind.about}:${id}`))
    if ((found.entry.data[VOUCHER] ?? null) !== null) return found;
  return undefined;
}

export function tampered({ name }: Kind, id: string, what: string, cause?: unknown): CountersignError {
  return new CountersignError("storage", `the stored ${name} ${id} ${what}`, {
    fix: "Somebody changed the database. Keep it as evidence, run countersign audit verify, and restore a backup.",
    cause,
  });
}
