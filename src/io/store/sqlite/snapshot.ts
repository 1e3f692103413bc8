// A proposal's row as a snapshot that the audit log vouches for: a row changed by hand is refused when it is read.
import { z } from "zod";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { digestSchema } from "../../../core/base/digest.ts";
import { type PatchId, patchIdSchema } from "../../../core/base/ids.ts";
import { refusalSchema } from "../../../core/base/refusal.ts";
import { instantSchema } from "../../../core/base/time.ts";
import { orderSchema } from "../../../core/proposal/order.ts";
import { states } from "../../../core/proposal/state.ts";
import type { StoredProposal } from "../store.ts";
import {
  assertNeverVouched,
  assertVouched,
  type Kind,
  type Rows,
  saltSchema,
  tampered,
  vouch,
  type VouchedRow,
} from "./vouched.ts";

const PROPOSAL: Kind = { name: "proposal", about: "patch", key: "patch_id" };

/** `proposal.body`, canonical JSON. The other columns repeat parts of it, only to be searched. */
const snapshotSchema = z.strictObject({
  version: z.literal(1),
  order: orderSchema,
  state: z.enum(states),
  statement: digestSchema.nullable(),
  reasons: z.array(refusalSchema),
  idempotency_key: z.string().nullable(),
  updated: instantSchema,
  salt: saltSchema,
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

/** Write the row of a new or changed proposal, and the entry that vouches for it. Only inside a write transaction. */
export function saveProposal(rows: Rows, proposal: StoredProposal, note: AuditNote): VouchedRow {
  const { order, state, idempotency_key } = proposal;
  const snapshot = snapshotSchema.parse({ version: 1, ...proposal });
  const vouched = vouch(rows, PROPOSAL, order.patch_id, snapshot, note);
  rows.session
    .sql(
      `INSERT INTO proposal(id, principal, idempotency_key, created, state, body, digest, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT(id) DO UPDATE SET state = excluded.state, body = excluded.body, digest = excluded.digest, seq = excluded.seq`,
    )
    .run(
      order.patch_id,
      order.principal,
      idempotency_key,
      order.created,
      state,
      vouched.body,
      vouched.digest,
      vouched.seq,
    );
  return vouched;
}

/** Only inside a write transaction. It is nobody's any more; what was proposed, judged and decided stays. */
export function renameProposal(rows: Rows, id: PatchId, to: string, note: AuditNote): void {
  const proposal = loadProposal(rows, id);
  if (proposal === undefined) return;
  const { correlation: _, ...order } = proposal.order;
  if (order.principal === to && proposal.idempotency_key === null) return;
  saveProposal(rows, { ...proposal, order: { ...order, principal: to }, idempotency_key: null }, note);
  rows.session.sql("UPDATE proposal SET principal = ?, idempotency_key = NULL WHERE id = ?").run(to, id);
}

/** The proposal, checked; undefined when there never was one. Throws `storage` when row and log disagree. */
export function loadProposal(rows: Rows, id: PatchId): StoredProposal | undefined {
  const row = rows.session.sql("SELECT * FROM proposal WHERE id = ?").get(id);
  if (row !== undefined) return checkedProposal(rows, row);
  assertNeverVouched(rows, PROPOSAL, id);
  return undefined;
}

/** The log must vouch for the body, and every column must say what the body says. Throws `storage` otherwise. */
export function checkedProposal(rows: Rows, found: unknown): StoredProposal {
  const parsed = rowSchema.safeParse(found);
  if (!parsed.success) throw tampered(PROPOSAL, "?", "has another form");
  const row = parsed.data;
  assertVouched(rows, PROPOSAL, row);
  const { version: _, salt: _salt, ...proposal } = snapshotOf(row.id, row.body);
  const { order } = proposal;
  const columns = [order.patch_id, order.principal, proposal.idempotency_key, order.created, proposal.state];
  const said = [row.id, row.principal, row.idempotency_key, row.created, row.state];
  if (said.some((value, index) => value !== columns[index]))
    throw tampered(PROPOSAL, row.id, "has a column that differs from its body");
  return proposal;
}

function snapshotOf(id: string, body: string): z.infer<typeof snapshotSchema> {
  try {
    return snapshotSchema.parse(JSON.parse(body));
  } catch (cause) {
    throw tampered(PROPOSAL, id, "cannot be read", cause);
  }
}
