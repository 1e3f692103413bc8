// The audit log's table: appends under the write lock, follows what other processes append, and never trusts its end.
import { type AuditEntry, auditLine, type AuditNote, leafHash } from "../../../core/audit/entry.ts";
import { type ChainState, checkEntry, emptyChain } from "../../../core/audit/chain.ts";
import type { Digest } from "../../../core/base/digest.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { instant } from "../../../core/base/time.ts";
import { masked } from "../../../core/identity/mask.ts";
import type { Session } from "./session.ts";

export interface LogRow {
  readonly seq: number;
  readonly line: string;
  readonly leaf: string;
}

const COLUMNS = "seq, body AS line, lower(hex(leaf)) AS leaf";
/** How many of the last entries are verified when the log is opened; `audit verify` verifies all. */
const TAIL = 1000;
/** Rows are fetched in pages: an open cursor would block every write of this connection. */
const PAGE = 512;

export interface AuditLog {
  /** Append one entry. Only inside a write transaction; it is durable when that has been committed. */
  append(note: AuditNote): AuditEntry;
  rows(from: number): Iterable<LogRow>;
}

/** Verifies the end of the log and follows it from there. Throws `storage` when the chain is broken or empty. */
export function openAuditLog(session: Session): AuditLog {
  /** What is committed and verified, and where the transaction `number` stands beyond it. */
  let chain = session.read(() => verifiedTail(session));
  let tip = chain;
  let number = 0;
  let version: number | undefined;
  return {
    append(note) {
      const before = { tip, number };
      session.ifUndone(() => {
        ({ tip, number } = before);
      });
      if (number !== session.transaction) {
        // Unchanged as long as nobody but this connection has written.
        const now = session.sql<{ data_version: number }>("PRAGMA data_version").get()?.data_version;
        if (now !== version) chain = caughtUp(session, chain);
        version = now;
        number = session.transaction;
        tip = chain;
        // A transaction that is rolled back leaves nothing: only its own commit moves what must be found again.
        session.afterCommit(() => {
          chain = tip;
        });
      }
      const { entry, state } = appendTo(session, tip, note);
      tip = state;
      return entry;
    },
    rows: (from) => pages(session, from),
  };
}

/** The very first entry, in the transaction that creates the tables. Its month names the shard for good. */
export function openShard(session: Session): AuditEntry {
  const shard = instant(session.clock()).slice(0, 7);
  const note: AuditNote = {
    event: "shard.open",
    actor: { principal: "countersign" },
    data: { format: 1, previous: null },
  };
  return appendTo(session, { ...emptyChain, shard }, note).entry;
}

function appendTo(
  session: Session,
  at: ChainState,
  note: AuditNote,
): { entry: AuditEntry; state: ChainState } {
  if (at.shard === undefined) throw damaged("the audit log has no shard");
  const { event, actor, data } = maskedNote(note);
  const ts = instant(session.clock());
  const entry: AuditEntry = { v: 1, shard: at.shard, seq: at.nextSeq, ts, event, actor, data, prev: at.head };
  const line = auditLine(entry);
  const head = leafHash(line);
  session.sql("INSERT INTO audit(seq, body, leaf) VALUES (?, ?, unhex(?))").run(entry.seq, line, head);
  return { entry, state: { shard: entry.shard, nextSeq: entry.seq + 1, head } };
}

/**
 * The chain up to the last row, every new row verified. Rows are ours (from earlier transactions) or another
 * gateway's; a row that does not continue what we know, or a log that got shorter, means somebody rewrote it.
 */
function caughtUp(session: Session, known: ChainState): ChainState {
  const since = session.sql<LogRow>(`SELECT ${COLUMNS} FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?`);
  // The last row that we know is read again: it must still be there, unchanged.
  const rows = since.all(known.nextSeq - 1, TAIL);
  const [last, ...more] = rows;
  if (last === undefined)
    throw damaged(`the audit log ends before entry ${known.nextSeq - 1}, which it held`);
  if (last.seq !== known.nextSeq - 1 || last.leaf !== known.head || leafHash(last.line) !== known.head) {
    throw damaged(`audit entry ${known.nextSeq - 1} was changed`);
  }
  // Another process wrote very much meanwhile: verified like at the start, so that the write lock is not held for long.
  return rows.length < TAIL ? walk(known, more) : verifiedTail(session);
}

function verifiedTail(session: Session): ChainState {
  const rows = session
    .sql<LogRow>(`SELECT ${COLUMNS} FROM audit ORDER BY seq DESC LIMIT ?`)
    .all(TAIL + 1)
    .reverse();
  const [first, ...more] = rows;
  if (first === undefined) throw damaged("the audit log is empty");
  if (first.seq === 0) return walk(emptyChain, rows);
  // Starts at a row that is taken as it is; whether everything before it is sound is for `audit verify`.
  return walk({ shard: undefined, nextSeq: first.seq + 1, head: first.leaf as Digest }, more);
}

function walk(from: ChainState, rows: readonly LogRow[]): ChainState {
  let state = from;
  for (const row of rows) {
    const step = checkEntry(state, row);
    if (!step.ok)
      throw damaged(
        `${step.code} at audit entry ${row.seq}: expected ${step.expected}, found ${step.actual}`,
      );
    state = step.state;
  }
  return state;
}

function* pages(session: Session, from: number): Generator<LogRow> {
  const page = session.sql<LogRow>(`SELECT ${COLUMNS} FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?`);
  for (let next = from; ;) {
    const rows = session.read(() => page.all(next, PAGE));
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    next = last.seq + 1;
  }
}

function damaged(what: string): CountersignError {
  return new CountersignError("storage", `${what}; nothing is written to a log that is not sound`, {
    fix: "Run countersign audit verify, keep the file as evidence, and restore the state folder from a backup.",
  });
}

/** The one place where entries are made: whoever wrote a token where a name belongs does not find it kept here. */
function maskedNote({ event, actor, data }: AuditNote): AuditNote {
  const { correlation } = actor;
  const kept = Object.entries(data).map(([key, value]) => [
    key,
    typeof value === "string" ? masked(value) : value,
  ]);
  return {
    event,
    actor: correlation === undefined ? actor : { ...actor, correlation: masked(correlation) },
    data: Object.fromEntries(kept) as AuditNote["data"],
  };
}
