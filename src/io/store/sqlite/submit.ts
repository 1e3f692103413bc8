// Taking in a proposal: repeated calls, quotas and replacement are judged and recorded in one transaction.
import type { AuditNote } from "../../../core/audit/entry.ts";
import { utf8Length } from "../../../core/base/bytes.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { type Refusal, refusal, retryable } from "../../../core/base/refusal.ts";
import { instant, millisOf } from "../../../core/base/time.ts";
import type { Allowed } from "../../../core/gate/decision.ts";
import { withoutLines } from "../../../core/proposal/blank.ts";
import { MAX_ORDER_BYTES, type Order } from "../../../core/proposal/order.ts";
import { canMove, pendingStates } from "../../../core/proposal/state.ts";
import type { StoredProposal, Submission, SubmitResult } from "../store.ts";
import { checkedProposal, loadProposal, saveProposal } from "./snapshot.ts";
import { appendNote, type Rows } from "./vouched.ts";

const HOUR = 3_600_000;

/** Only inside a write transaction. A refusal is recorded in it; a repeated call was recorded as a call and stores nothing. */
export function submitProposal(rows: Rows, allowed: Allowed, submission: Submission): SubmitResult {
  const { order, idempotencyKey, note, beside } = submission;
  const earlier = idempotencyKey === null ? undefined : proposalByKey(rows, order.principal, idempotencyKey);
  if (earlier?.order.arguments_sha256 === order.arguments_sha256)
    return { kind: "repeated", proposal: earlier };
  const replaced = order.supersedes === null ? undefined : loadProposal(rows, order.supersedes);
  const refused = earlier === undefined ? faultOf(rows, submission, replaced) : conflict();
  if (refused !== undefined) {
    appendNote(rows, refusedNote(note, refused));
    return { kind: "refused", refusal: refused };
  }
  const updated = instant(rows.session.clock());
  if (replaced !== undefined) supersede(rows, replaced, order, note);
  const proposal: StoredProposal = {
    order,
    state: "pending",
    statement: null,
    reasons: [],
    idempotency_key: idempotencyKey,
    updated,
  };
  const entry = saveProposal(rows, proposal, { ...note, data: { ...note.data, gate: allowed.gate } });
  rows.session.sql("INSERT INTO outbox(seq, id) VALUES (?, ?)").run(entry.seq, order.patch_id);
  if (beside !== undefined) appendNote(rows, beside);
  return { kind: "accepted" };
}

function conflict(): Refusal {
  return refusal(
    "idempotency_conflict",
    "the key belongs to a proposal with other arguments",
    "idempotency_key",
  );
}

function faultOf(
  rows: Rows,
  { order, limits }: Submission,
  replaced: StoredProposal | undefined,
): Refusal | undefined {
  if (order.supersedes !== null) {
    // Somebody else's patch is answered like one that does not exist.
    if (replaced?.order.principal !== order.principal)
      return refusal("patch_unknown", "there is no such patch of yours to supersede", "supersedes");
    if (!canMove(replaced.state, "superseded"))
      return refusal("patch_closed", `the patch to supersede is ${replaced.state}`, "supersedes");
  }
  // Escaped as JSON an order can be larger than its patch; beyond the limit no validator would read it.
  if (utf8Length(canonical(order)) > MAX_ORDER_BYTES)
    return refusal("patch_too_large", `the order would exceed ${MAX_ORDER_BYTES} bytes`);
  return hourFault(rows, order, limits.perHour) ?? pendingFault(rows, order, limits.maxPending, replaced);
}

/** Counted from stored rows: a restart forgets nothing. Rows from more than an hour ahead come from a wrong clock. */
function hourFault({ session }: Rows, order: Order, perHour: number): Refusal | undefined {
  const now = session.clock();
  const from = instant(now - HOUR);
  const until = instant(now + HOUR);
  const window = "FROM proposal WHERE principal = ? AND created > ? AND created <= ?";
  const count =
    session.sql<{ n: number }>(`SELECT count(*) AS n ${window}`).get(order.principal, from, until)?.n ?? 0;
  if (count < perHour) return undefined;
  const oldest = session.sql<{ created: StoredProposal["updated"] }>(
    `SELECT created ${window} ORDER BY created LIMIT 1 OFFSET ?`,
  );
  const frees = oldest.get(order.principal, from, until, count - perHour)?.created;
  const seconds = frees === undefined ? 3600 : Math.max(1, Math.ceil((millisOf(frees) + HOUR - now) / 1000));
  // In the fix, not in the message: the reference of a refusal is the same for the same fault.
  const fix = `The next proposal is possible in ${seconds} seconds.`;
  const said = refusal("rate_proposals", `${perHour} proposals were made within the last hour`, "", fix);
  return retryable(said, seconds);
}

function pendingFault(
  { session }: Rows,
  order: Order,
  maxPending: number,
  replaced: StoredProposal | undefined,
): Refusal | undefined {
  const waiting = session.sql<{ n: number }>(
    `SELECT count(*) AS n FROM proposal WHERE principal = ? AND state IN (${pendingStates.map(() => "?").join(", ")})`,
  );
  const count = waiting.get(order.principal, ...pendingStates)?.n ?? 0;
  const freed = pendingStates.some((state) => state === replaced?.state) ? 1 : 0;
  if (count - freed < maxPending) return undefined;
  return refusal("too_many_pending", `${count} proposals are waiting, the limit is ${maxPending}`);
}

function supersede(rows: Rows, replaced: StoredProposal, order: Order, note: AuditNote): void {
  const updated = instant(rows.session.clock());
  rows.session.sql("DELETE FROM outbox WHERE id = ?").run(replaced.order.patch_id);
  const data = { state: "superseded", superseded_by: order.patch_id };
  saveProposal(
    rows,
    { ...replaced, order: withoutLines(replaced.order), state: "superseded", updated },
    { event: "proposal.closed", actor: note.actor, data },
  );
}

function refusedNote({ actor, data }: AuditNote, { code, where, ref }: Refusal): AuditNote {
  return { event: "call.refused", actor, data: { ...data, reason: code, where, ref } };
}

export function proposalByKey(rows: Rows, principal: string, key: string): StoredProposal | undefined {
  const row = rows.session
    .sql("SELECT * FROM proposal WHERE principal = ? AND idempotency_key = ?")
    .get(principal, key);
  return row === undefined ? undefined : checkedProposal(rows, row);
}
