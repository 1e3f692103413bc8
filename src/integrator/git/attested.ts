// Is a landed commit what its verdict attests, and does the record beside it speak about that landing.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { parseVerdict, type Verdict } from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import { parseCanonical } from "../../core/base/canonical.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { type GitOid, landingBranch, type PatchId } from "../../core/base/ids.ts";
import { accept, type Result } from "../../core/base/refusal.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { orderSchema } from "../../core/proposal/order.ts";
import type { Commit } from "./commit.ts";
import { auditTrailer, commitMessage } from "./message.ts";
import { attestedPatch } from "./terms.ts";

/** What a trusted key signed, with the digest of its payload. */
export interface Attested {
  readonly verdict: Verdict;
  readonly statement: Digest;
  readonly keyid: string;
}

export function openVerdict(envelope: Uint8Array, keys: readonly TrustedKey[]): Result<Attested> {
  const verified = verifyAttestation(envelope, keys);
  if (!verified.ok) return verified;
  const { payload, keyid } = verified.value;
  const verdict = parseVerdict(payload);
  return verdict.ok ? accept({ verdict: verdict.value, statement: sha256(payload), keyid }) : verdict;
}

export interface LandedCommit {
  readonly id: PatchId;
  readonly commit: Commit;
  /** Bytes of the order beside the verdict. */
  readonly order: Uint8Array;
  /** The receipt beside the verdict, if there is one. */
  readonly receipt: Uint8Array | undefined;
}

/** Why the commit is not what was attested, or undefined. Author, committer and dates are nobody's attestation. */
export function commitFault(
  { verdict, statement, keyid }: Attested,
  { id, commit, order, receipt }: LandedCommit,
): string | undefined {
  const { predicate, subject } = verdict;
  if (predicate.patchId !== id) return `the verdict is about patch ${predicate.patchId}`;
  if (predicate.outcome === "REJECTED") return "the validator rejected this patch";
  if (commit.tree !== subject[1]?.digest.gitTree)
    return `the commit's tree ${commit.tree} is not the attested one`;
  if (commit.parents.length !== 1 || commit.parents[0] !== predicate.base.digest.gitCommit)
    return "the commit's parent is not the attested base";
  const parsed = orderSchema.safeParse(parseCanonical(order));
  if (!parsed.success) return "the order beside the verdict cannot be read as one";
  const patch = attestedPatch(verdict, parsed.data, order);
  if (!patch.ok) return patch.refusal.message;
  // Whoever amends a commit keeps tree and parent; the words, with the trailers in them, follow from what was signed.
  const trailers = { patch: id, statement, key: keyid, audit: auditTrailer(verdict, receipt) };
  return commit.message === commitMessage(parsed.data, predicate.outcome, trailers)
    ? undefined
    : "the commit's message is not the one that the order and the verdict make";
}

/** The record, when it tells of this very landing. Who landed it and whether they confirmed stays that writer's word. */
export function fits(
  record: Landing | undefined,
  { verdict: { subject }, statement }: Attested,
  id: PatchId,
  commit: GitOid,
): record is Landing {
  return (
    record?.result.kind === "landed" &&
    !record.dry_run &&
    record.patch_id === id &&
    record.statement_sha256 === statement &&
    record.patch_sha256 === subject[0].digest.sha256 &&
    record.result.tree === subject[1]?.digest.gitTree &&
    record.result.branch === landingBranch(id) &&
    record.result.commit === commit
  );
}
