// The store port over one SQLite session: which operation is a transaction, and nothing else.
import type { Instant } from "../../../core/base/time.ts";
import { isEnded, type State } from "../../../core/proposal/state.ts";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { isLimited } from "../../../core/identity/scope.ts";
import type { CallCost, Excess, Settlement, Store, SubmitResult } from "../store.ts";
import { type Encryption, openAuditLog } from "./audit-log.ts";
import { callsIn, countCall, secondsUntilCall } from "./calls.ts";
import {
  issueCredentials,
  listCredentials,
  loadCredential,
  refreshCredential,
  revokeCredentials,
  rotateCredential,
} from "./credentials.ts";
import { clearEntries, eraseSubject } from "./erase.ts";
import { openGroup } from "./group.ts";
import { heldOf, proofOf } from "./held.ts";
import { storeNumbers } from "./numbers.ts";
import type { Session } from "./session.ts";
import { beginProcess } from "./recover.ts";
import { carryLanding, carryRecord, markDispatched, quarantineProposal, settleProposal } from "./settle.ts";
import { checkedProposal, loadProposal } from "./snapshot.ts";
import { assertKeys } from "./subject-rows.ts";
import { rewrapKeys } from "./subjects.ts";
import { proposalByKey, submitProposal } from "./submit.ts";
import { countUsage, millisUntilBudget, settlePeriod } from "./usage.ts";
import { logView } from "./view.ts";
import { appendNote, type Rows } from "./vouched.ts";

/** Throws `storage` when the end of the log is not sound, `config_invalid` when a key of the log or of persons is missing. */
export function sqliteStore(
  session: Session,
  encryption: Encryption,
  random?: (bytes: number) => Uint8Array,
): Store {
  const rows: Rows = { session, log: openAuditLog(session, encryption), random };
  if (encryption.personal === "committed")
    session.read(() => assertKeys(session.sql.bind(session), encryption.keys));
  const group = openGroup(session);
  return {
    view: logView(rows),
    numbers: () => storeNumbers(session, group),
    record: (note) => session.write(() => appendNote(rows, note).entry),
    begin: (note) => begin(rows, encryption, note),
    recordCall: (cost, note, refused) => group.join(() => recordCall(rows, cost, note, refused)),
    recordCallNow: (cost, note, refused) => session.write(() => recordCall(rows, cost, note, refused)),
    excess: (cost, open) => excessNow(session, cost, open),
    ...tokens(rows),
    ...persons(rows, encryption),
    submit: (allowed, submission) => submit(rows, allowed, submission),
    proposal: (id) => session.read(() => loadProposal(rows, id)),
    proposalByKey: (principal, key) => session.read(() => proposalByKey(rows, principal, key)),
    proposals: (states, until = END_OF_TIME) => session.read(() => inStates(rows, states, until)),
    outbox: () => session.read(() => waiting(rows)),
    dispatched: (id, note) => session.write(() => markDispatched(rows, id, note)),
    settle: (settlement) => settle(rows, settlement),
    forget: () => session.forget(),
    quarantine: (id, note, without) => quarantine(rows, id, note, without),
    land: (landing, note) => session.write(() => carryLanding(rows, landing, note)),
    carry: (name, note) => session.write(() => carryRecord(rows, name, note)),
    auditRows: (from) => rows.log.rows(from),
    close: () => {
      group.flush();
      session.close();
    },
  };
}

/** Where the keys of persons are wrapped anew: a command that did it would take them from under a gateway with the configuration of before. */
function begin(rows: Rows, { keys, random }: Encryption, note: AuditNote): number {
  const { session } = rows;
  const hands = {
    ...proofOf(rows, keys),
    random,
    write: (text: string, ...bound: (string | number | Uint8Array | null)[]) =>
      void session.sql(text).run(...bound),
  };
  const [left, isWrapped] = session.write(() => [beginProcess(rows, note), rewrapKeys(hands)]);
  if (isWrapped) session.forget();
  return left;
}

function tokens(
  rows: Rows,
): Pick<Store, "issue" | "credential" | "credentials" | "revoke" | "rotate" | "refresh"> {
  const { session } = rows;
  return {
    issue: (fresh, note) => session.write(() => issueCredentials(rows, fresh, note)),
    credential: (id) => session.read(() => loadCredential(rows, id)),
    credentials: () => session.read(() => listCredentials(rows)),
    revoke: (what, note) => session.write(() => revokeCredentials(rows, what, note)),
    rotate: (id, until, fresh, note) => session.write(() => rotateCredential(rows, id, until, fresh, note)),
    refresh: (id, sha256, fresh, note, reused) =>
      session.write(() => refreshCredential(rows, id, sha256, fresh, note, reused)),
  };
}

function persons(rows: Rows, encryption: Encryption): Pick<Store, "held" | "erase"> {
  const { session } = rows;
  const { keys } = encryption;
  return {
    held: (who, seen = () => undefined) => session.read(() => heldOf(rows, who, keys, seen)),
    erase: (wish) => {
      // Without the write lock: it reads the whole log.
      const clear = session.read(() => clearEntries(rows, wish.who, keys));
      return session.write(() => eraseSubject(rows, encryption, wish, clear));
    },
  };
}

function submit(rows: Rows, ...[allowed, submission]: Parameters<Store["submit"]>): SubmitResult {
  const result = rows.session.write(() => submitProposal(rows, allowed, submission));
  if (result.kind === "accepted" && submission.order.supersedes !== null) rows.session.forget();
  return result;
}

function settle(rows: Rows, settlement: Settlement): boolean {
  const isMoved = rows.session.write(() => settleProposal(rows, settlement));
  if (isMoved && isEnded(settlement.state)) rows.session.forget();
  return isMoved;
}

function quarantine(rows: Rows, ...[id, note, without]: Parameters<Store["quarantine"]>): boolean {
  const changed = rows.session.write(() => quarantineProposal(rows, id, note, without));
  // Again when nothing changed: the process may have died before it.
  rows.session.forget();
  return changed;
}

function recordCall(
  rows: Rows,
  cost: CallCost,
  note: AuditNote,
  refused: (excess: NonNullable<Excess>) => AuditNote,
): Excess {
  const { session } = rows;
  const excess = excessOf(session, cost, 0);
  if (excess !== undefined) {
    // A refused call does not count: who keeps calling is let in again as soon as the window allows.
    settlePeriod(session, cost);
    appendNote(rows, refused(excess));
    return excess;
  }
  countCall(session, cost.principal);
  const warning = countUsage(session, cost);
  appendNote(rows, note);
  if (warning !== undefined) appendNote(rows, { event: "budget.warning", actor: note.actor, data: warning });
  return undefined;
}

/** Nearly always one sum says that there is room; a transaction around it would cost three times as much. */
function excessNow(session: Session, cost: CallCost, open: number): Excess {
  const isAlone = !isLimited(cost.budget);
  const hasRoom = isAlone && session.look(() => callsIn(session, cost.principal) + open < cost.perMinute);
  return hasRoom ? undefined : session.read(() => excessOf(session, cost, open));
}

/** Both limits are looked at: the time to wait is that of the one that holds longer. */
function excessOf(session: Session, cost: CallCost, open: number): Excess {
  const budget = Math.ceil(millisUntilBudget(session, cost, open) / 1000);
  const rate = secondsUntilCall(session, cost.principal, cost.perMinute, open);
  if (budget > 0 && budget >= rate) return { kind: "budget", retrySeconds: budget };
  return rate > 0 ? { kind: "rate", retrySeconds: rate } : undefined;
}

function waiting(rows: Rows): ReturnType<Store["outbox"]> {
  const found = rows.session
    .sql("SELECT proposal.* FROM outbox JOIN proposal USING (id) ORDER BY outbox.seq")
    .all();
  return found.map((row) => checkedProposal(rows, row).order);
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
