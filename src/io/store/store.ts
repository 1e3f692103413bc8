// The store port: whole operations, each one transaction with its audit entry; nothing is answered before it is durable.
import type { ChainRow } from "../../core/audit/chain.ts";
import type { Actor, AuditEntry, AuditNote } from "../../core/audit/entry.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { PatchId } from "../../core/base/ids.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { Instant } from "../../core/base/time.ts";
import type { Budget } from "../../core/identity/scope.ts";
import type { Credential } from "../../core/identity/token.ts";
import type { Allowed } from "../../core/gate/decision.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { Order } from "../../core/proposal/order.ts";
import type { State } from "../../core/proposal/state.ts";

/** A proposal as the gateway keeps it. */
export interface StoredProposal {
  readonly order: Order;
  readonly state: State;
  /** SHA-256 of the verdict's payload bytes. */
  readonly statement: Digest | null;
  /** Why it is in this state: findings of the verdict, or the refusal of a conflict. */
  readonly reasons: readonly Refusal[];
  readonly idempotency_key: string | null;
  readonly updated: Instant;
}

export interface Submission {
  readonly order: Order;
  readonly idempotencyKey: string | null;
  readonly limits: { readonly maxPending: number; readonly perHour: number };
  readonly note: AuditNote;
  /** Recorded behind it, in the same transaction, when the proposal is taken. */
  readonly beside?: AuditNote | undefined;
}

export type SubmitResult =
  | { readonly kind: "accepted" }
  /** The same key with the same arguments: the earlier proposal is answered, nothing new is stored. */
  | { readonly kind: "repeated"; readonly proposal: StoredProposal }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface Settlement {
  readonly id: PatchId;
  readonly state: State;
  readonly statement: Digest | null;
  readonly reasons: readonly Refusal[];
  readonly note: AuditNote;
}

/** What one call costs its caller. Bytes and milliseconds are known only behind the handler; before it they are 0. */
export interface CallCost {
  readonly principal: string;
  readonly perMinute: number;
  readonly budget: Budget;
  readonly bytes: number;
  readonly scanMillis: number;
}

/**
 * Why a call is over its caller's limits, and the seconds until the next one may pass (at most 61 for a rate: seconds are
 * counted in full); undefined when it is within.
 */
export type Excess = { readonly kind: "rate" | "budget"; readonly retrySeconds: number } | undefined;

export type Revocable =
  | { readonly id: string }
  | { readonly family: string }
  | { readonly principal: string };

export type Refreshed =
  | { readonly kind: "refreshed" }
  /** It was used before: the whole family is revoked and this is recorded. */
  | { readonly kind: "reused" }
  /** Unknown, expired or revoked. */
  | { readonly kind: "invalid" };

/** One entry as it is stored, with its content where that can be read. */
export interface StoredEntry {
  /** Place in the whole log, over all shards, from 0. */
  readonly position: number;
  readonly shard: string;
  /** Number within its shard: the leaf index of its tree. */
  readonly seq: number;
  /** The exact line, as it was hashed; encrypted where entries are. */
  readonly line: string;
  readonly leaf: Digest;
  readonly entry: AuditEntry;
}

export interface ShardView {
  readonly shard: string;
  /** Position of its first entry. */
  readonly first: number;
  readonly entries: number;
  /** Its last entry is shard.close. */
  readonly closed: boolean;
}

/** What the log knows of itself, for the sealer's sake and for receipts. */
export interface LogView {
  /** Oldest first; the last one is open. */
  shards(): readonly ShardView[];
  /** At most `count` leaf hashes of a shard from number `from` on. */
  leaves(shard: string, from: number, count: number): readonly Digest[];
  /**
   * Entries that vouch for or speak of this patch, token, incident or journal record, oldest first; calls and repeated
   * proposals are not among them. An entry of a record is not also one of its patch (core/audit/about.ts).
   */
  about(kind: "patch" | "token" | "record", id: string): readonly StoredEntry[];
}

/** What one caller has used up, in the period that began at `began` (milliseconds since 1970); it may be over by now. */
export interface Used {
  readonly principal: string;
  readonly began: number;
  readonly calls: number;
  readonly bytes: number;
  readonly scanMillis: number;
}

export interface StoreNumbers {
  /** Orders that were not handed over yet. */
  readonly outbox: number;
  /** Proposals in each state that has any. */
  readonly states: Readonly<Partial<Record<State, number>>>;
  readonly used: readonly Used[];
  /** Transactions of recordCall in this process, and the calls in them. */
  readonly commits: { readonly transactions: number; readonly works: number };
}

/** An entry that names a person, as it was said. */
export interface HeldEntry {
  readonly position: number;
  /** The entry itself says the name: nothing takes it out of there. */
  readonly clear: boolean;
  readonly entry: AuditEntry;
}

/** Everything that the store holds of one person. */
export interface Held {
  readonly pseudonym: string | undefined;
  readonly name: string | undefined;
  readonly tokens: readonly Credential[];
  readonly proposals: readonly StoredProposal[];
  readonly usage: readonly Used[];
  /** Calls that are counted for the limits of the last hour. */
  readonly calls: number;
  readonly entries: readonly HeldEntry[];
}

export interface EraseWish {
  /** A name, or a pseudonym. */
  readonly who: string;
  readonly reason: string;
  readonly actor: Actor;
  /** Take open proposals back first. */
  readonly withdraw: boolean;
  /** Erase what can be erased although entries of the log say the name. */
  readonly rest: boolean;
  /** Only say what would be done. */
  readonly dry: boolean;
}

export interface Erased {
  /**
   * `named`: the reason says the name, and would stay. `open`: there are open proposals. `clear`: entries of the log say the
   * name. `nothing`: the store holds nothing of him.
   */
  readonly kind: "erased" | "would" | "named" | "open" | "clear" | "nothing";
  /** Null when there was none. */
  readonly subject: string | null;
  readonly tokens: number;
  readonly proposals: number;
  /** Of limits and budgets, and the one that says who the pseudonym is. */
  readonly rows: number;
  /** Entries whose personal fields can be read no more. */
  readonly personal: number;
  /** Entries that go on saying the name. */
  readonly clear: number;
  readonly open: readonly PatchId[];
}

/**
 * Every method that changes something is one IMMEDIATE transaction. A storage error is thrown as CountersignError
 * `storage`; the process then stops with exit code 74: a failed fsync must never be retried as if it had worked.
 */
export interface Store {
  /** The log as it stands; each question is one consistent look. */
  readonly view: LogView;
  /** For metrics and alerts. */
  numbers(): StoreNumbers;
  /** Append one entry; returns when it is durable. */
  record(note: AuditNote): AuditEntry;
  /**
   * The first entry of a gateway's process. Before it, each write that an earlier one began, and of which no outcome is in
   * the log, gets `audit.recovered`, once. How many.
   */
  begin(note: AuditNote): number;
  /**
   * Count a call against its caller's limits and append `note` in the same transaction; resolves when that is durable.
   * Calls that come side by side share a transaction, each counted behind the one before. Over a limit, the entry that
   * `refused` makes of it is recorded instead and nothing is counted. The first call that brings the budget to its
   * warning level also records `budget.warning`, once in a period.
   */
  recordCall(
    cost: CallCost,
    note: AuditNote,
    refused: (excess: NonNullable<Excess>) => AuditNote,
  ): Promise<Excess>;
  /** The same in a transaction of its own, for who cannot wait: durable when it returns. */
  recordCallNow(cost: CallCost, note: AuditNote, refused: (excess: NonNullable<Excess>) => AuditNote): Excess;
  /** Whether one more call, with `open` others begun and not counted yet, would be over a limit. Reads only. */
  excess(cost: CallCost, open: number): Excess;
  /** Tokens; each gets its own entry, which `note` becomes with the token's id. */
  issue(credentials: readonly Credential[], note: AuditNote): void;
  /** The token with this id. Throws `storage` when its row is not what the log vouches for: nobody is let in then. */
  credential(id: string): Credential | undefined;
  /** Oldest first: every one that has not expired, and the last 200 that have. */
  credentials(): readonly Credential[];
  /** Revoke by id, family or principal; how many were not revoked before. Always recorded, also when there are none. */
  revoke(what: Revocable, note: AuditNote): number;
  /** New tokens with the grant of an old one, which ends at `until` at the latest: both work meanwhile. False: there is no such live token. */
  rotate(id: string, until: Instant, fresh: readonly Credential[], note: AuditNote): boolean;
  /** Exchange a refresh token for fresh ones of its family: used once, in one transaction. Only a reuse is recorded beside the success. */
  refresh(
    id: string,
    sha256: Digest,
    fresh: readonly Credential[],
    note: AuditNote,
    reused: AuditNote,
  ): Refreshed;
  /** Proposal row, outbox row and audit entry. Quotas are counted inside the transaction. Needs the gate's yes. */
  submit(allowed: Allowed, submission: Submission): SubmitResult;
  proposal(id: PatchId): StoredProposal | undefined;
  /** The proposal that `principal` made under this idempotency key. */
  proposalByKey(principal: string, key: string): StoredProposal | undefined;
  /** Proposals in the given states, oldest first; with `until`, only those that were made then or before. */
  proposals(states: readonly State[], until?: Instant): readonly StoredProposal[];
  /** Orders that were not yet handed over, oldest first. */
  outbox(): readonly Order[];
  /** The order is in the exchange: drop the outbox row, move pending → validating. */
  dispatched(id: PatchId, note: AuditNote): void;
  /** Verdict, withdrawal, expiry or supersession; what ends without landing loses the lines of its patch. False when the state's table does not allow the move: nothing changed. */
  settle(settlement: Settlement): boolean;
  /** Takes out of a stored order what `without` leaves out, from the disk too; its digests stay. False when it is gone already. */
  quarantine(id: PatchId, note: AuditNote, without: (order: Order) => Order): boolean;
  /**
   * Empties the write-ahead log, which holds what was overwritten: `settle`, `submit`, `quarantine` and `erase` do it where
   * they take something away. A process may have died before that, so a new one does it once. False: somebody reads it.
   */
  forget(): boolean;
  /** What is held of a person, by name or pseudonym. Reads the whole log, and tells how far it is. */
  held(who: string, seen?: (entries: number) => void): Held;
  /** Destroys what says who a pseudonym is, and the name in rows; revokes his tokens. `forget` has to follow. */
  erase(wish: EraseWish): Erased;
  /** Carry a landing record into the log, once for each attempt; false when it is there already. */
  land(landing: Landing, note: AuditNote): boolean;
  /** The same of a record that moves no proposal: incidents and what else of a person's belongs in the log. */
  carry(name: string, note: AuditNote): boolean;
  /** Exact stored rows from position `from` on, for verification and export. */
  auditRows(from: number): Iterable<ChainRow>;
  close(): void;
}
