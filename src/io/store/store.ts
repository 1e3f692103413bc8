// The store port: whole operations, each one transaction with its audit entry; nothing is answered before it is durable.
import type { AuditEntry, AuditNote } from "../../core/audit/entry.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { PatchId } from "../../core/base/ids.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { Instant } from "../../core/base/time.ts";
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

/**
 * Every method that changes something is one IMMEDIATE transaction. A storage error is thrown as CountersignError
 * `storage`; the process then stops with exit code 74: a failed fsync must never be retried as if it had worked.
 */
export interface Store {
  /** Append one entry; returns when it is durable. */
  record(note: AuditNote): AuditEntry;
  /** Count a call of `principal` against its limit and append `note` in the same transaction; false: over the limit, `refused` was recorded instead. */
  recordCall(principal: string, perMinute: number, note: AuditNote, refused: AuditNote): boolean;
  /** Calls of `principal` that were counted within the last `seconds` (at most 3600). Reads only. */
  callsWithin(principal: string, seconds: number): number;
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
  /** Verdict, withdrawal, expiry or supersession. False when the state's table does not allow the move: nothing changed. */
  settle(settlement: Settlement): boolean;
  /** Carry a landing record into the log, once for each attempt; false when it is there already. */
  land(landing: Landing, note: AuditNote): boolean;
  /** Exact stored rows from `from` on, for verification and export. */
  auditRows(from: number): Iterable<{ seq: number; line: string; leaf: string }>;
  close(): void;
}
