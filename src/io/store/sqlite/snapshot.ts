// A proposal's row as a snapshot that the audit log vouches for: a row changed by hand is refused when it is read.
import { z } from "zod";
import type { AuditEntry, AuditNote } from "../../../core/audit/entry.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { digestSchema, sha256 } from "../../../core/base/digest.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { type PatchId, patchIdSchema } from "../../../core/base/ids.ts";
import { refusalSchema } from "../../../core/base/refusal.ts";
import { instantSchema } from "../../../core/base/time.ts";
import { orderSchema } from "../../../core/proposal/order.ts";
import { states } from "../../../core/proposal/state.ts";
import type { StoredProposal } from "../store.ts";
import type { AuditLog } from "./audit-log.ts";
import type { Session } from "./session.ts";

/** `proposal.body`, canonical JSON. The other columns repeat parts of it, only to be searched. */
const snapshotSchema = z.strictObject({
  version: z.literal(1),
  order: orderSchema,
  state: z.enum(states),
  statement: digestSchema.nullable(),
  reasons: z.array(refusalSchema),
  idempotency_key: z.string().nullable(),
  updated: instantSchema,
});

const rowSchema = z.strictObject({
  id: patchIdSchema,
  principal: z.string(),
  idempotency_key: z.string().nullable(),
  created: z.string(),
  state: z.string(),
  body: z.string(),
  digest: digestSchema,
  seq: z.int(),
});

/** In the audit entry that vouches for a row: SHA-256 of the row's body. Nobody else may write it. */
const VOUCHER = "row_sha256";

export interface Rows {
  readonly session: Session;
  readonly log: AuditLog;
}

/** Write the row of a new or changed proposal, and the entry that vouches for it. Only inside a write transaction. */
export function saveProposal({ session, log }: Rows, proposal: StoredProposal, note: AuditNote): AuditEntry {
  const body = canonical(snapshotSchema.parse({ version: 1, ...proposal }));
  const digest = sha256(body);
  const { order, state, idempotency_key } = proposal;
  const entry = log.append({ ...note, data: { ...note.data, patch_id: order.patch_id, [VOUCHER]: digest } });
  session
    .sql(
      `INSERT INTO proposal(id, principal, idempotency_key, created, state, body, digest, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT(id) DO UPDATE SET state = excluded.state, body = excluded.body, digest = excluded.digest, seq = excluded.seq`,
    )
    .run(order.patch_id, order.principal, idempotency_key, order.created, state, body, digest, entry.seq);
  return entry;
}

/** Append a note that vouches for no row; a caller that could name a row's digest could vouch for a forged row. */
export function appendNote({ log }: Rows, note: AuditNote): AuditEntry {
  if (VOUCHER in note.data) throw new RangeError(`a note must not carry ${VOUCHER}`);
  return log.append(note);
}

/** The proposal, checked; undefined when there never was one. Throws `storage` when row and log disagree. */
export function loadProposal(rows: Rows, id: PatchId): StoredProposal | undefined {
  const row = rows.session.sql("SELECT * FROM proposal WHERE id = ?").get(id);
  if (row !== undefined) return checkedProposal(rows, row);
  if (newestVoucher(rows, id) !== null) throw tampered(id, "was deleted");
  return undefined;
}

/**
 * The body must have the digest that the newest entry about this patch carries, in an entry that is itself intact, and
 * every column must say what the body says. An older snapshot with its own old entry is seen by the word "newest".
 */
export function checkedProposal(rows: Rows, found: unknown): StoredProposal {
  const parsed = rowSchema.safeParse(found);
  if (!parsed.success) throw tampered("?", "has another form");
  const row = parsed.data;
  if (sha256(row.body) !== row.digest) throw tampered(row.id, "does not have its digest");
  if (newestVoucher(rows, row.id) !== row.seq)
    throw tampered(row.id, "is not the newest that the log vouches for");
  const [entry] = rows.session
    .sql<{ digest: string | null }>(
      `SELECT json_extract(body, '$.data.${VOUCHER}') AS digest FROM audit WHERE seq = ?`,
    )
    .all(row.seq);
  if (entry?.digest !== row.digest) throw tampered(row.id, "is not what the log vouches for");
  const { version: _, ...proposal } = snapshotOf(row.id, row.body);
  const { order } = proposal;
  const columns = [order.patch_id, order.principal, proposal.idempotency_key, order.created, proposal.state];
  const said = [row.id, row.principal, row.idempotency_key, row.created, row.state];
  if (said.some((value, index) => value !== columns[index]))
    throw tampered(row.id, "has a column that differs from its body");
  return proposal;
}

function snapshotOf(id: string, body: string): z.infer<typeof snapshotSchema> {
  try {
    return snapshotSchema.parse(JSON.parse(body));
  } catch (cause) {
    throw tampered(id, "cannot be read", cause);
  }
}

/** Sequence number of the newest entry that vouches for a row of this patch (by the index audit_row), or null. */
function newestVoucher({ session }: Rows, id: PatchId): number | null {
  const newest = session.sql<{ seq: number | null }>(
    `SELECT max(seq) AS seq FROM audit WHERE json_extract(body, '$.data.patch_id') = ? AND json_extract(body, '$.data.${VOUCHER}') IS NOT NULL`,
  );
  return newest.get(id)?.seq ?? null;
}

function tampered(id: string, what: string, cause?: unknown): CountersignError {
  return new CountersignError("storage", `the stored proposal ${id} ${what}`, {
    fix: "Somebody changed the database. Keep it as evidence, run countersign audit verify, and restore a backup.",
    cause,
  });
}
