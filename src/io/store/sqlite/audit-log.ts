// The audit log's table: appends under the write lock, follows what other processes append, and never trusts its end.
import { aboutOf } from "../../../core/audit/about.ts";
import { chainBehind, type ChainState, checkEntry, emptyChain, readLine } from "../../../core/audit/chain.ts";
import { type AuditEntry, type AuditNote, leafHash } from "../../../core/audit/entry.ts";
import { type AuditKeys, NO_KEYS, NONCE_BYTES, sealLine } from "../../../core/audit/sealed-line.ts";
import {
  backwardsNote,
  closeNote,
  firstNote,
  isBorder,
  MonthClock,
  monthOf,
  openNote,
} from "../../../core/audit/shard.ts";
import { lineOf } from "../../../core/audit/usual-line.ts";
import type { Digest } from "../../../core/base/digest.ts";
import { instant } from "../../../core/base/time.ts";
import { masked } from "../../../core/identity/mask.ts";
import type { Appended } from "./appended.ts";
import { COLUMNS, damaged, type Entries, entriesOf, locked, type LogRow } from "./entries.ts";
import type { Session } from "./session.ts";
import { ShardTree } from "./shard-tree.ts";
import { appendParted, type Hands } from "./subjects.ts";

/** How many of the last entries are verified when the log is opened; `audit verify` verifies all. */
const TAIL = 1000;
/** Rows are fetched in pages: an open cursor would block every write of this connection. */
const PAGE = 512;

export interface Encryption {
  readonly keys: AuditKeys;
  /** Random bytes, for nonces, pseudonyms and salts. */
  readonly random: (bytes: number) => Uint8Array;
  /** `committed`: no name of a person is written into an entry, see subjects.ts. */
  readonly personal: "committed" | "plain";
}

export interface AuditLog {
  /** Append one entry. Only inside a write transaction; it is durable when that has been committed. */
  append(note: AuditNote): Appended;
  readonly entries: Entries;
  rows(from: number): Iterable<LogRow>;
}

/**
 * Verifies the end of the log and follows it from there. Throws `storage` when the chain is broken or empty,
 * `config_invalid` when a key is missing.
 */
export function openAuditLog(session: Session, encryption: Encryption): AuditLog {
  const { keys } = encryption;
  /** What is committed and verified, and where the transaction `number` stands beyond it. */
  let chain = session.read(() => verifiedTail(session, keys));
  let tip = chain;
  let number = 0;
  let version: number | undefined;
  /** Leaves of this transaction, behind `chain`. */
  let leaves: Digest[] = [];
  const tree = new ShardTree(session);
  const months = new MonthClock();
  const entries = entriesOf(session, keys);
  const rows: SubjectRows = { said: (position) => entries.at(position), proven: new Map() };
  session.beforeWrite(() => tree.follow(chain, months.isDue(chain, session.clock())));
  return {
    append(note) {
      const before = { tip, number, leaves, count: leaves.length };
      session.ifUndone(() => {
        ({ tip, number, leaves } = before);
        leaves.length = before.count;
      });
      if (number !== session.transaction) {
        // Unchanged as long as nobody but this connection has written.
        const now = session.sql<{ data_version: number }>("PRAGMA data_version").get()?.data_version;
        if (now !== version) chain = caughtUp(session, chain);
        version = now;
        number = session.transaction;
        tip = chain;
        leaves = [];
        // A transaction that is rolled back leaves nothing: only its own commit moves what must be found again.
        session.afterCommit(() => {
          tree.took(chain, tip, leaves);
          chain = tip;
        });
      }
      const writer = new Writer(session, encryption, tip, leaves);
      const appended = writer.append(note, rows, tree, months);
      tip = writer.state;
      return appended;
    },
    entries,
    rows: (from) => pages(session, from),
  };
}

/** The very first entry, in the transaction that creates the tables. */
export function openShard(session: Session): AuditEntry {
  const shard = monthOf(instant(session.clock()));
  const plain = { keys: NO_KEYS, random: () => new Uint8Array(0), personal: "plain" } as const;
  return new Writer(session, plain, { ...emptyChain, shard }).write(firstNote(), session.clock()).entry;
}

/** Entries at the end of the chain, one by one, and where it stands behind them. */
type SubjectRows = Pick<Hands, "said" | "proven">;

class Writer {
  state: ChainState;
  readonly #session: Session;
  readonly #encryption: Encryption;
  readonly #leaves: Digest[];

  constructor(session: Session, encryption: Encryption, state: ChainState, leaves: Digest[] = []) {
    this.#session = session;
    this.#encryption = encryption;
    this.state = state;
    this.#leaves = leaves;
  }

  /** Before the entry itself: what its time says of the month and of the clock. */
  append(note: AuditNote, rows: SubjectRows, tree: ShardTree, months: MonthClock): Appended {
    const now = this.#session.clock();
    if (this.state.closed) throw damaged("the audit log ends with shard.close, which never stands alone");
    const backwards = backwardsNote(this.state.ts, now);
    if (backwards !== undefined) this.write(backwards, now);
    else if (months.isDue(this.state, now)) this.#change(tree, now);
    return this.#say(maskedNote(note), rows, now);
  }

  /** The one place where names become pseudonyms: behind it, nobody knows them. */
  #say(note: AuditNote, rows: SubjectRows, now: number): Appended {
    const { keys, random, personal } = this.#encryption;
    if (personal === "plain") return this.write(note, now);
    const session = this.#session;
    const hands: Hands = {
      sql: (text) => session.sql(text),
      write: (text, ...bound) => void session.sql(text).run(...bound),
      keys,
      random,
      append: (known) => this.write(known, now).position,
      ...rows,
    };
    return appendParted(hands, note, (said) => this.write(said, now));
  }

  /**
   * Closes the month and opens the one that the clock says, in this transaction: a crash leaves both or none, and a second
   * process finds it done. The month never goes back, whatever the clock does.
   */
  #change(tree: ShardTree, now: number): void {
    const end = tree.upTo(this.state);
    if (end === undefined) return;
    this.write(closeNote(this.state), now);
    end.append(this.state.head);
    const opening = openNote({ ...this.state, tree: end });
    this.state = { ...this.state, shard: monthOf(instant(now)), nextSeq: 0 };
    this.write(opening, now);
  }

  write({ event, actor, data }: AuditNote, now: number): Appended {
    const { shard, nextSeq: seq, head: prev, position } = this.state;
    if (shard === undefined) throw damaged("the audit log has no shard");
    const ts = instant(now);
    const entry: AuditEntry = { v: 1, shard, seq, ts, event, actor, data, prev };
    const line = this.#line(entry);
    const head = leafHash(line);
    this.#session
      .sql("INSERT INTO audit(seq, body, leaf, about) VALUES (?, ?, unhex(?), ?)")
      .run(position, line, head, aboutOf(entry));
    this.#leaves.push(head);
    const closed = event === "shard.close";
    this.state = { position: position + 1, shard, nextSeq: seq + 1, head, ts, closed, tree: undefined };
    return { entry, position };
  }

  #line(entry: AuditEntry): string {
    const { keys, random } = this.#encryption;
    return keys.current === undefined || isBorder(entry)
      ? lineOf(entry)
      : sealLine(entry, keys.current, random(NONCE_BYTES));
  }
}

/**
 * The chain up to the last row, every new row verified. Rows are ours (from earlier transactions) or another
 * gateway's; a row that does not continue what we know, or a log that got shorter, means somebody rewrote it. Under the
 * write lock nothing is decrypted.
 */
function caughtUp(session: Session, known: ChainState): ChainState {
  const since = session.sql<LogRow>(`SELECT ${COLUMNS} FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?`);
  // The last row that we know is read again: it must still be there, unchanged.
  const rows = since.all(known.position - 1, TAIL);
  const [last, ...more] = rows;
  if (last === undefined)
    throw damaged(`the audit log ends before entry ${known.position - 1}, which it held`);
  if (
    last.position !== known.position - 1 ||
    last.leaf !== known.head ||
    leafHash(last.line) !== known.head
  ) {
    throw damaged(`audit entry ${known.position - 1} was changed`);
  }
  // Another process wrote very much meanwhile: verified like at the start, so that the write lock is not held for long.
  return rows.length < TAIL ? walk(known, more) : verifiedTail(session);
}

function verifiedTail(session: Session, keys?: AuditKeys): ChainState {
  const rows = session
    .sql<LogRow>(`SELECT ${COLUMNS} FROM audit ORDER BY seq DESC LIMIT ?`)
    .all(TAIL + 1)
    .reverse();
  const [first, ...more] = rows;
  if (first === undefined) throw damaged("the audit log is empty");
  if (first.position === 0) return walk(emptyChain, rows, keys);
  // Starts at a row that is taken as it is; whether everything before it is sound is for `audit verify`.
  const behind = chainBehind(first);
  if (behind === undefined) throw damaged(`audit entry ${first.position} was changed`);
  return walk(behind, more, keys);
}

/** Without `keys` only the chain is looked at; with them, also the content of every entry. */
function walk(from: ChainState, rows: readonly LogRow[], keys?: AuditKeys): ChainState {
  let state = from;
  for (const row of rows) {
    const step = checkEntry(state, row, keys ?? NO_KEYS);
    const isUnread = step.ok ? step.entry === undefined : step.code === "DECRYPT_FAIL";
    if (keys !== undefined && isUnread) assertKey(row, keys);
    if (!step.ok)
      throw damaged(
        `${step.code} at audit entry ${row.position}: expected ${step.expected}, found ${step.actual}`,
      );
    state = step.state;
  }
  return { ...state, tree: undefined };
}

function assertKey({ position, line }: LogRow, { current, others }: AuditKeys): void {
  const read = readLine(line);
  if (!read.ok || read.said.kind === "plain") return;
  const { kid } = read.said.sealed;
  if (![current, ...others].some((key) => key?.kid === kid)) throw locked(position, kid);
}

function* pages(session: Session, from: number): Generator<LogRow> {
  const page = session.sql<LogRow>(`SELECT ${COLUMNS} FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?`);
  for (let next = from; ;) {
    const rows = session.read(() => page.all(next, PAGE));
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    next = last.position + 1;
  }
}

/** The one place where entries are made: whoever wrote a token where a name belongs does not find it kept here. */
function maskedNote(note: AuditNote): AuditNote {
  const { event, actor, data } = note;
  const { correlation } = actor;
  // Hardly ever is there anything to mask.
  let isClean = correlation === undefined || masked(correlation) === correlation;
  for (const item of Object.values(data))
    if (typeof item === "string" && masked(item) !== item) isClean = false;
  if (isClean) return note;
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
