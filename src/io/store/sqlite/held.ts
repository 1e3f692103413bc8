// Everything that the store holds of one person: found by name in rows, and by name or pseudonym in the log.
import type { AuditEntry } from "../../../core/audit/entry.ts";
import type { AuditKeys } from "../../../core/audit/sealed-line.ts";
import { isOurs, isPseudonym, namesInClear, subjectsIn } from "../../../core/audit/subject.ts";
import { patchIdSchema } from "../../../core/base/ids.ts";
import type { Credential } from "../../../core/identity/token.ts";
import type { Held, HeldEntry, StoredProposal } from "../store.ts";
import { credentialsOf, principalIs } from "./credentials.ts";
import { loadProposal } from "./snapshot.ts";
import { subjectNames } from "./subject-names.ts";
import { assertProven, type Proof, provenName, subjectAt, subjectNamed } from "./subject-rows.ts";
import type { Rows } from "./vouched.ts";

export interface Whom {
  /** Undefined when he was erased, or stands in the log with his name. */
  readonly pseudonym: string | undefined;
  /** Undefined when nobody can say it any more. */
  readonly name: string | undefined;
}

/** Throws `storage` when a row is there that is not what the log committed to: it may be somebody else's. */
export function whomOf(rows: Rows, who: string, keys: AuditKeys): Whom {
  const proof = proofOf(rows, keys);
  const row = isPseudonym(who) ? subjectAt(proof.sql, who) : subjectNamed(proof, who);
  const name = row === undefined ? undefined : provenName(proof, row);
  return isPseudonym(who) ? { pseudonym: who, name } : { pseudonym: row?.pseudonym, name: name ?? who };
}

/** Throws like it when anybody's row is not, or is not found by its name: then a person may be held twice. */
export function assertPersons(rows: Rows, keys: AuditKeys): void {
  assertProven(proofOf(rows, keys));
}

export function proofOf({ session, log }: Rows, keys: AuditKeys): Proof {
  const sql = session.sql.bind(session);
  return { sql, keys, said: (position) => log.entries.at(position), proven: new Map() };
}

/** `seen` is told how many entries were read, on the way. Reads the whole log. */
export function heldOf(rows: Rows, who: string, keys: AuditKeys, seen: (entries: number) => void): Held {
  assertPersons(rows, keys);
  const whom = whomOf(rows, who, keys);
  return {
    ...whom,
    tokens: tokensOf(rows, whom),
    proposals: proposalsOf(rows, whom),
    usage: usageOf(rows, whom),
    calls: callsOf(rows, whom),
    entries: [...entriesOf(rows, whom, keys, seen)],
  };
}

/** What rows of the store may have in their column `principal`. Rows of who is nobody are nobody's. */
export function principalsOf({ pseudonym, name }: Whom): readonly string[] {
  return name !== undefined && isOurs(name) ? [] : [name, pseudonym].filter((one) => one !== undefined);
}

export function tokensOf(rows: Rows, whom: Whom): readonly Credential[] {
  return principalsOf(whom).flatMap((principal) => credentialsOf(rows, principal));
}

export function proposalsOf(rows: Rows, whom: Whom): readonly StoredProposal[] {
  return principalsOf(whom).flatMap((principal) =>
    rows.session
      .sql<{ id: string }>(`SELECT id FROM proposal WHERE ${principalIs(principal)} ORDER BY created, rowid`)
      .all(principal)
      .flatMap(({ id }) => loadProposal(rows, patchIdSchema.parse(id)) ?? []),
  );
}

function usageOf({ session }: Rows, whom: Whom): Held["usage"] {
  return principalsOf(whom).flatMap((principal) =>
    session
      .sql<Held["usage"][number]>(
        `SELECT principal, began, calls, bytes, scan_millis AS scanMillis FROM usage WHERE ${principalIs(principal)}`,
      )
      .all(principal),
  );
}

function callsOf({ session }: Rows, whom: Whom): number {
  const sum = (principal: string): number =>
    session
      .sql<{ calls: number }>(
        `SELECT coalesce(sum(calls), 0) AS calls FROM call WHERE ${principalIs(principal)}`,
      )
      .get(principal)?.calls ?? 0;
  return principalsOf(whom).reduce((calls, principal) => calls + sum(principal), 0);
}

const TELL_EVERY = 8192;

/** Entries that name him, as they were said. */
export function* entriesOf(
  { session, log }: Rows,
  whom: Whom,
  keys: AuditKeys,
  seen: (entries: number) => void = () => undefined,
): Generator<HeldEntry> {
  const names = subjectNames(session.sql.bind(session), keys);
  const end = session.sql<{ end: number }>("SELECT max(seq) + 1 AS end FROM audit").get()?.end ?? 0;
  for (let position = 0; position < end; position++) {
    if (position % TELL_EVERY === 0) seen(position);
    const found = log.entries.at(position);
    if (found === undefined) continue;
    const { entry } = found;
    if (isOf(entry, whom))
      yield { position, clear: isClear(entry, whom), entry: names.resolved(entry, position) };
  }
}

function isOf(entry: AuditEntry, whom: Whom): boolean {
  const { pseudonym, name } = whom;
  return (
    (name !== undefined && namesInClear(entry, name)) ||
    (pseudonym !== undefined && subjectsIn(entry).includes(pseudonym))
  );
}

/** `anonymous` and the like are no names; what is personal beside them can be erased. */
function isClear(entry: AuditEntry, { name }: Whom): boolean {
  return name !== undefined && !isOurs(name) && namesInClear(entry, name);
}
