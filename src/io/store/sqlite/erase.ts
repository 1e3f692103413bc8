// Erasing a person: what says who a pseudonym is, is destroyed; rows that name him get the pseudonym; the log stays as it is.
import type { Actor } from "../../../core/audit/entry.ts";
import type { AuditKeys } from "../../../core/audit/sealed-line.ts";
import { isOurs, pseudonym, PSEUDONYM_BYTES } from "../../../core/audit/subject.ts";
import { isEnded, openStates } from "../../../core/proposal/state.ts";
import type { Erased, EraseWish, StoredProposal } from "../store.ts";
import { principalIs, renameCredentials, revokeCredentials } from "./credentials.ts";
import { assertPersons, entriesOf, principalsOf, proposalsOf, tokensOf, type Whom, whomOf } from "./held.ts";
import { settleProposal } from "./settle.ts";
import { renameProposal } from "./snapshot.ts";
import { appendNote, type Rows } from "./vouched.ts";

export interface Eraser {
  readonly keys: AuditKeys;
  readonly random: (bytes: number) => Uint8Array;
}

/** Entries of the log that say his name. Reads all of it, so it is done before the write lock is taken. */
export function clearEntries(rows: Rows, who: string, keys: AuditKeys): number {
  assertPersons(rows, keys);
  let clear = 0;
  for (const entry of entriesOf(rows, whomOf(rows, who, keys), keys)) clear += entry.clear ? 1 : 0;
  return clear;
}

/** Only inside a write transaction. With `dry` nothing is changed. */
export function eraseSubject(rows: Rows, { keys, random }: Eraser, wish: EraseWish, clear: number): Erased {
  const whom = whomOf(rows, wish.who, keys);
  const proposals = proposalsOf(rows, whom);
  const open = proposals.filter(isOpen).map(({ order }) => order.patch_id);
  const counts = { ...counted(rows, whom), proposals: proposals.length, clear, open };
  const { pseudonym: subject = null } = whom;
  if (isNamed(whom, wish.reason)) return { kind: "named", subject, ...counts };
  if (open.length > 0 && !wish.withdraw) return { kind: "open", subject, ...counts };
  if (clear > 0 && !wish.rest) return { kind: "clear", subject, ...counts };
  // What has a pseudonym that was erased is nobody's already.
  const named = whom.name === undefined ? 0 : counts.tokens + counts.proposals;
  const total = named + counts.rows + counts.personal + clear;
  if (total === 0) return { kind: "nothing", subject, ...counts };
  if (wish.dry) return { kind: "would", subject, ...counts };
  // Rows need a name of nobody, also where the log never had a pseudonym for him.
  const as = subject ?? pseudonym(random(PSEUDONYM_BYTES));
  const { reason, actor } = wish;
  if (wish.withdraw) withdrawAll(rows, proposals.filter(isOpen), actor);
  revokeAll(rows, whom, as, actor);
  renameCredentials(rows, principalsOf(whom), as, { event: "privacy.erased", actor, data: { subject: as } });
  for (const { order } of proposals)
    renameProposal(rows, order.patch_id, as, { event: "privacy.erased", actor, data: { subject: as } });
  deleteRows(rows, whom);
  const { personal, tokens } = counts;
  const data = {
    subject: as,
    entries: personal,
    rows: tokens + proposals.length + counts.rows,
    in_clear: clear,
    reason,
  };
  appendNote(rows, { event: "privacy.erased", actor, data });
  return { kind: "erased", ...counts, subject: as };
}

/** So short a name is a part of many words: it counts as a word of its own. */
const SHORT = 3;

function isNamed({ name }: Whom, reason: string): boolean {
  if (name === undefined) return false;
  const parts = reason.toLowerCase().split(name.toLowerCase());
  if (name.length > SHORT) return parts.length > 1;
  return parts
    .slice(1)
    .some((behind, at) => !/[\p{L}\p{N}]$/u.test(parts[at] ?? "") && !/^[\p{L}\p{N}]/u.test(behind));
}

function isOpen({ state }: StoredProposal): boolean {
  return !isEnded(state) && openStates.some((one) => one === state);
}

function counted(rows: Rows, whom: Whom): { tokens: number; rows: number; personal: number } {
  const count = (table: string, where: string, value: string): number =>
    rows.session.sql<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).get(value)?.n ?? 0;
  const principals = principalsOf(whom);
  const inTables = (tables: readonly string[]): number =>
    tables.reduce((n, table) => principals.reduce((m, one) => m + count(table, principalIs(one), one), n), 0);
  const { pseudonym: of } = whom;
  return {
    tokens: tokensOf(rows, whom).length,
    rows: inTables(["usage", "call"]) + (of === undefined ? 0 : count("subject", "pseudonym = ?", of)),
    personal: of === undefined ? 0 : count("personal", "pseudonym = ?", of),
  };
}

function withdrawAll(rows: Rows, open: readonly StoredProposal[], actor: Actor): void {
  for (const { order, state, statement, reasons } of open) {
    const { patch_id: id, arguments_sha256 } = order;
    const data = { patch_id: id, state: "withdrawn", from: state, arguments_sha256 };
    const note = { event: "proposal.closed" as const, actor, data };
    settleProposal(rows, { id, state: "withdrawn", statement, reasons, note });
  }
}

function revokeAll(rows: Rows, { name }: Whom, as: string, actor: Actor): void {
  if (name === undefined || isOurs(name)) return;
  const data = { reason: "privacy erase", by: "principal", asked: as };
  revokeCredentials(rows, { principal: name }, { event: "token.revoked", actor, data });
}

/** Zeros are written over them (secure_delete); the write-ahead log is emptied behind the commit. */
function deleteRows({ session }: Rows, whom: Whom): void {
  for (const principal of principalsOf(whom))
    for (const table of ["usage", "call"])
      session.sql(`DELETE FROM ${table} WHERE ${principalIs(principal)}`).run(principal);
  if (whom.pseudonym === undefined) return;
  session.sql("DELETE FROM personal WHERE pseudonym = ?").run(whom.pseudonym);
  session.sql("DELETE FROM subject WHERE pseudonym = ?").run(whom.pseudonym);
}
