// Leg two: takes verdicts in. A verdict counts only when a trusted key signed it and it speaks of exactly this order.
import type { AuditNote } from "../../core/audit/entry.ts";
import { canonical } from "../../core/base/canonical.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { accept, type Refusal, refusal, refuse, type Result } from "../../core/base/refusal.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import {
  type Check,
  GATE_CHECK,
  type Outcome,
  parseVerdict,
  type Verdict,
} from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import type { Order } from "../../core/proposal/order.ts";
import { canMove, type State } from "../../core/proposal/state.ts";
import type { StoredProposal } from "../../io/store/store.ts";
import { heldReason } from "../gates/view.ts";
import type { LegParts } from "./parts.ts";
import { toldOf } from "./told.ts";

const settled: Readonly<Record<Outcome, State>> = {
  APPROVED: "approved",
  MANUAL_REQUIRED: "manual_required",
  REJECTED: "rejected",
};

/** Most reasons that are kept of one verdict; the signed statement holds them all. */
const MAX_REASONS = 50;

interface Judged {
  readonly verdict: Verdict;
  readonly statement: Digest;
  readonly keyid: string;
}

/** `done` remembers the verdicts that need no second look in this process; the store alone decides what is new. */
export async function takeVerdicts(parts: LegParts, done: Set<PatchId>): Promise<void> {
  for (const id of await parts.verdicts.list()) {
    if (done.has(id)) continue;
    const proposal = parts.store.proposal(id);
    if (proposal === undefined) continue;
    if (!canMove(proposal.state, "approved")) {
      done.add(id);
      continue;
    }
    const found = await parts.verdicts.read(id);
    if (found.kind === "absent") continue;
    const judged: Result<Judged> =
      found.kind === "found"
        ? judge(found.bytes, proposal.order, parts.keys())
        : refuse("verdict_invalid", "the verdict is damaged");
    settle(parts, proposal, judged);
    done.add(id);
    parts.news.tell({ kind: "patch", id });
  }
}

function judge(bytes: Uint8Array, order: Order, keys: readonly TrustedKey[]): Result<Judged> {
  const verified = verifyAttestation(bytes, keys);
  if (!verified.ok) return verified;
  const verdict = parseVerdict(verified.value.payload);
  if (!verdict.ok) return verdict;
  const fault = mismatch(verdict.value, order);
  if (fault !== undefined) return refuse("verdict_mismatch", fault, order.patch_id);
  return accept({
    verdict: verdict.value,
    statement: sha256(verified.value.payload),
    keyid: verified.value.keyid,
  });
}

/** Otherwise a genuine approval of a harmless patch could be filed under the name of another one. */
function mismatch({ subject, predicate }: Verdict, order: Order): string | undefined {
  if (predicate.patchId !== order.patch_id) return "the verdict is about another proposal";
  if (subject[0].digest.sha256 !== order.patch_sha256) return "the verdict is about another patch";
  if (predicate.base.manifest !== order.base) return "the verdict is about another base";
  if (predicate.proposer.principal !== order.principal) return "the verdict is about another proposer";
  // Whoever could write into orders/ may have had other words judged than the ones that were proposed.
  return predicate.order.digest.sha256 === sha256(canonical(order))
    ? undefined
    : "the verdict is about another wording of the order";
}

/** Longest list of results in an entry. */
const MAX_CHECKS = 900;

function settle({ store, actor }: LegParts, { order }: StoredProposal, judged: Result<Judged>): void {
  const about = {
    patch_id: order.patch_id,
    patch_sha256: order.patch_sha256,
    arguments_sha256: order.arguments_sha256,
  };
  if (!judged.ok) {
    const { code, where, ref } = judged.refusal;
    const note = {
      event: "verdict.refused",
      actor,
      data: { ...about, reason: code, where: where.slice(0, 500), ref },
    } satisfies AuditNote;
    store.settle({ id: order.patch_id, state: "error", statement: null, reasons: [judged.refusal], note });
    return;
  }
  const { verdict, statement, keyid } = judged.value;
  const { outcome, checks, expires, decision } = verdict.predicate;
  const data = {
    ...about,
    outcome,
    statement_sha256: statement,
    keyid,
    expires,
    policy: verdict.predicate.policy.digest.sha256,
    // Each check's result, as an auditor counts them; the statement holds what they found.
    checks: checks
      .map(({ id, result }) => `${id}=${result}`)
      .join(" ")
      .slice(0, MAX_CHECKS),
  };
  const note = { event: "verdict.received", actor, data } satisfies AuditNote;
  const reasons = reasonsOf(checks, decision);
  store.settle({ id: order.patch_id, state: settled[outcome], statement, reasons, note });
}

function reasonsOf(checks: readonly Check[], decision: DecisionRecord | undefined): readonly Refusal[] {
  // Behind a check that failed the others have nothing to look at: that is no trouble of the machine's.
  const failed = checks.some(({ result }) => result === "FAILED");
  const all = checks.flatMap((check) => {
    const { id, result } = check;
    // They name every unmet condition with its detail, for reviewers: an agent learns as much as its level allows.
    if (check.findings.length > 0 && id === GATE_CHECK) return [heldReason(decision)];
    if (check.findings.length > 0) return toldOf(check);
    // A check that could not be carried out may have nothing to show for it, and still holds the patch.
    return result === "ERROR" || (result === "SKIPPED" && !failed)
      ? [refusal("check_error", `the check ${id} was not carried out`, id)]
      : [];
  });
  return all.slice(0, MAX_REASONS);
}
