// What happens to a stored proposal afterwards: handed over, judged, closed, landed. Each only inside a write transaction.
import type { AuditEntry, AuditNote } from "../../../core/audit/entry.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import type { PatchId } from "../../../core/base/ids.ts";
import { instant } from "../../../core/base/time.ts";
import { withoutLines } from "../../../core/proposal/blank.ts";
import type { Landing } from "../../../core/proposal/landing.ts";
import type { Order } from "../../../core/proposal/order.ts";
import { canMove, isEnded, type State } from "../../../core/proposal/state.ts";
import type { Settlement, StoredProposal } from "../store.ts";
import { loadProposal, saveProposal } from "./snapshot.ts";
import { appendNote, type Rows } from "./vouched.ts";

/**
 * The order is in the exchange. Two gateways may both have delivered it, or a verdict may be here already: then the
 * outbox row is gone and nothing is left to say.
 */
export function markDispatched(rows: Rows, id: PatchId, note: AuditNote): void {
  if (!dropFromOutbox(rows, id)) return;
  const proposal = loadProposal(rows, id);
  if (proposal === undefined || !canMove(proposal.state, "validating")) appendNote(rows, note);
  else saveProposal(rows, moved(rows, proposal, "validating"), note);
}

export function settleProposal(rows: Rows, { id, state, statement, reasons, note }: Settlement): boolean {
  const proposal = loadProposal(rows, id);
  if (proposal === undefined || !canMove(proposal.state, state)) return false;
  dropFromOutbox(rows, id);
  // In the same transaction: nobody needs the lines of what nobody may land, and nobody may have looked through them.
  const order = isEnded(state) ? withoutLines(proposal.order) : proposal.order;
  saveProposal(
    rows,
    { ...moved(rows, proposal, state), order, statement: statement ?? proposal.statement, reasons },
    note,
  );
  return true;
}

/** State, verdict and digests stay: what was judged stays judged. */
export function quarantineProposal(
  rows: Rows,
  id: PatchId,
  note: AuditNote,
  without: (order: Order) => Order,
): boolean {
  const proposal = loadProposal(rows, id);
  if (proposal === undefined) return false;
  const order = without(proposal.order);
  if (canonical(order) === canonical(proposal.order)) return false;
  saveProposal(rows, { ...proposal, order }, note);
  return true;
}

/** The record follows the fact in the repository. A rehearsal is recorded and changes nothing. */
export function carryLanding(rows: Rows, landing: Landing, note: AuditNote): boolean {
  const { session } = rows;
  const { attempt } = landing;
  if (isCarried(rows, `landing ${attempt}`, attempt, ({ data }) => data["attempt"] === attempt)) return false;
  const proposal = loadProposal(rows, landing.patch_id);
  const next = proposal === undefined || landing.dry_run ? undefined : afterLanding(rows, proposal, landing);
  if (next !== undefined) dropFromOutbox(rows, landing.patch_id);
  const named = { ...note, data: { ...note.data, attempt: landing.attempt } };
  const position =
    next === undefined ? appendNote(rows, named).position : saveProposal(rows, next, named).seq;
  session.sql("INSERT INTO landing(attempt, seq) VALUES (?, ?)").run(landing.attempt, position);
  return true;
}

/** Ids of records; an entry that was carried has those of its note. */
const IDS = ["incident_id", "journal_id"] as const;

/** A record of the integrator that moves no proposal. `name` is its own, and that of nothing else in the exchange. */
export function carryRecord(rows: Rows, name: string, note: AuditNote): boolean {
  const isOf = ({ event, data }: AuditEntry): boolean =>
    event === note.event && IDS.every((id) => data[id] === note.data[id]);
  if (isCarried(rows, `record ${name}`, name, isOf)) return false;
  const { position } = appendNote(rows, note);
  rows.session.sql("INSERT INTO landing(attempt, seq) VALUES (?, ?)").run(name, position);
  return true;
}

/** The row must lead to the entry of this very record; an inserted row would keep a landing out of the log for ever. */
function isCarried(
  { session, log }: Rows,
  what: string,
  name: string,
  isOf: (entry: AuditEntry) => boolean,
): boolean {
  const row = session.sql<{ seq: number }>("SELECT seq FROM landing WHERE attempt = ?").get(name);
  if (row === undefined) return false;
  const carried = log.entries.at(row.seq);
  if (carried !== undefined && isOf(carried.entry)) return true;
  throw new CountersignError("storage", `the log does not hold the ${what} that the store says it holds`, {
    fix: "Somebody changed the database. Keep it as evidence, run countersign audit verify, and restore a backup.",
  });
}

function afterLanding(rows: Rows, proposal: StoredProposal, { result }: Landing): StoredProposal | undefined {
  if (result.kind === "landed" && canMove(proposal.state, "landed")) return moved(rows, proposal, "landed");
  if (result.kind !== "refused" || !canMove(proposal.state, "conflict")) return undefined;
  const { refusal } = result;
  if (refusal.code !== "base_moved" && refusal.code !== "result_differs") return undefined;
  return { ...moved(rows, proposal, "conflict"), reasons: [refusal] };
}

function moved(rows: Rows, proposal: StoredProposal, state: State): StoredProposal {
  return { ...proposal, state, updated: instant(rows.session.clock()) };
}

function dropFromOutbox({ session }: Rows, id: PatchId): boolean {
  return session.sql("DELETE FROM outbox WHERE id = ?").run(id).changes > 0;
}
