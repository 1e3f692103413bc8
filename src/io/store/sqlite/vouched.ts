// Rows that the audit log vouches for: a row changed by hand, set back to what it was, or deleted is refused when it is read.
import { type AuditEntry, type AuditNote, leafHash } from "../../../core/audit/entry.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { type Digest, sha256 } from "../../../core/base/digest.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import type { AuditLog } from "./audit-log.ts";
import type { Session } from "./session.ts";

export interface Rows {
  readonly session: Session;
  readonly log: AuditLog;
}

/** A kind of row, and the key of an audit entry's data that names one; each key has an index (schema.ts). */
export interface Kind {
  readonly name: "proposal" | "token";
  readonly key: "patch_id" | "token_id";
}

/** In the audit entry that vouches for a row: SHA-256 of the row's body. Nobody else may write it. */
const VOUCHER = "row_sha256";

export interface VouchedRow {
  readonly id: string;
  /** Canonical JSON; every other column repeats a part of it, only to be searched. */
  readonly body: string;
  readonly digest: Digest;
  /** Number of the entry that vouches. */
  readonly seq: number;
}

/** Append the entry that vouches for the body that the row `id` is given now. Only inside a write transaction. */
export function vouch(
  { log }: Rows,
  { key }: Kind,
  id: string,
  snapshot: unknown,
  note: AuditNote,
): VouchedRow {
  const body = canonical(snapshot);
  const digest = sha256(body);
  const { seq } = log.append({ ...note, data: { ...note.data, [key]: id, [VOUCHER]: digest } });
  return { id, body, digest, seq };
}

/** Append a note that vouches for no row; a caller that could name a row's digest could vouch for a forged row. */
export function appendNote({ log }: Rows, note: AuditNote): AuditEntry {
  if (VOUCHER in note.data) throw new RangeError(`a note must not carry ${VOUCHER}`);
  return log.append(note);
}

/** There is no row `id`: throws `storage` when there once was one, because rows are never deleted. */
export function assertNeverVouched(rows: Rows, kind: Kind, id: string): void {
  if (newestVoucher(rows, kind, id) !== null) throw tampered(kind, id, "was deleted");
}

/**
 * The body must have the digest that the newest entry about this row carries, in an entry that is itself intact. An
 * older snapshot with its own old entry is seen by the word "newest". Throws `storage` when row and log disagree.
 */
export function assertVouched(rows: Rows, kind: Kind, { id, body, digest, seq }: VouchedRow): void {
  if (sha256(body) !== digest) throw tampered(kind, id, "does not have its digest");
  if (newestVoucher(rows, kind, id) !== seq)
    throw tampered(kind, id, "is not the newest that the log vouches for");
  const entry = rows.session
    .sql<{ line: string; leaf: string; digest: string | null }>(
      `SELECT body AS line, lower(hex(leaf)) AS leaf, json_extract(body, '$.data.${VOUCHER}') AS digest FROM audit WHERE seq = ?`,
    )
    .get(seq);
  if (entry === undefined || entry.digest !== digest)
    throw tampered(kind, id, "is not what the log vouches for");
  if (leafHash(entry.line) !== entry.leaf)
    throw tampered(kind, id, "has an entry in the log that was changed");
}

/** Sequence number of the newest entry that vouches for this row (by the index of its key), or null. */
function newestVoucher({ session }: Rows, { key }: Kind, id: string): number | null {
  const newest = session.sql<{ seq: number | null }>(
    `SELECT max(seq) AS seq FROM audit WHERE json_extract(body, '$.data.${key}') = ? AND json_extract(body, '$.data.${VOUCHER}') IS NOT NULL`,
  );
  return newest.get(id)?.seq ?? null;
}

export function tampered({ name }: Kind, id: string, what: string, cause?: unknown): CountersignError {
  return new CountersignError("storage", `the stored ${name} ${id} ${what}`, {
    fix: "Somebody changed the database. Keep it as evidence, run countersign audit verify, and restore a backup.",
    cause,
  });
}
