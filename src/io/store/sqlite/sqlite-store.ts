// The store port over one SQLite session: which operation is a transaction, and nothing else.
import type { Instant } from "../../../core/base/time.ts";
import type { State } from "../../../core/proposal/state.ts";
import type { CallCost, Excess, Store } from "../store.ts";
import { openAuditLog } from "./audit-log.ts";
import { countCall, countCalls } from "./calls.ts";
import type { Session } from "./session.ts";
import { carryLanding, markDispatched, settleProposal } from "./settle.ts";
import { appendNote, checkedProposal, loadProposal, type Rows } from "./snapshot.ts";
import { proposalByKey, submitProposal } from "./submit.ts";

/** Throws `storage` when the end of the log is not sound. */
export function sqliteStore(session: Session): Store {
  const rows: Rows = { session, log: openAuditLog(session) };
  return {
    record: (note) => session.write(() => appendNote(rows, note)),
    recordCall: (cost, note, refused) =>
      session.write(() => {
        const excess = excessOf(session, cost, 0);
        // A refused call does not count: who keeps calling is let in again as soon as the window allows.
        if (excess === undefined) countCall(session, cost.principal);
        appendNote(rows, excess === undefined ? note : refused(excess));
        return excess;
      }),
    excess: (cost, open) => session.read(() => excessOf(session, cost, open)),
    submit: (allowed, submission) => session.write(() => submitProposal(rows, allowed, submission)),
    proposal: (id) => session.read(() => loadProposal(rows, id)),
    proposalByKey: (principal, key) => session.read(() => proposalByKey(rows, principal, key)),
    proposals: (states, until = END_OF_TIME) => session.read(() => inStates(rows, states, until)),
    outbox: () =>
      session.read(() => {
        const waiting = session
          .sql("SELECT proposal.* FROM outbox JOIN proposal USING (id) ORDER BY outbox.seq")
          .all();
        return waiting.map((row) => checkedProposal(rows, row).order);
      }),
    dispatched: (id, note) => session.write(() => markDispatched(rows, id, note)),
    settle: (settlement) => session.write(() => settleProposal(rows, settlement)),
    land: (landing, note) => session.write(() => carryLanding(rows, landing, note)),
    auditRows: (from) => rows.log.rows(from),
    close: () => session.close(),
  };
}

const MINUTE = 60;

function excessOf(session: Session, { principal, perMinute }: CallCost, open: number): Excess {
  if (countCalls(session, principal, MINUTE) + open < perMinute) return undefined;
  return { kind: "rate", retrySeconds: MINUTE };
}

/** Behind every instant, as text. */
const END_OF_TIME = "~" as Instant;

/** By the index proposal_state: loading a proposal checks its digest and its voucher, which is too dear for all of them. */
function inStates(rows: Rows, states: readonly State[], until: Instant): ReturnType<Store["proposals"]> {
  const marks = states.map(() => "?").join(", ");
  const found = rows.session
    .sql(`SELECT * FROM proposal WHERE state IN (${marks}) AND created <= ? ORDER BY created, rowid`)
    .all(...states, until);
  return found.map((row) => checkedProposal(rows, row));
}
