// Puts orders aside in which the validator found a secret, or could not look for one: they are then in one place that nobody is handed.
import { tellsOfSecret } from "../../core/attestation/secret.ts";
import type { AuditNote } from "../../core/audit/entry.ts";
import { isPseudonym } from "../../core/audit/subject.ts";
import { canonical } from "../../core/base/canonical.ts";
import { sha256 } from "../../core/base/digest.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { parseVerdict, type Verdict } from "../../core/attestation/statement.ts";
import { withoutLines } from "../../core/proposal/blank.ts";
import { type Order, withoutWords } from "../../core/proposal/order.ts";
import { canMove, isEnded } from "../../core/proposal/state.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import type { StoredProposal } from "../../io/store/store.ts";
import type { LegParts } from "./parts.ts";

/**
 * Whatever the store knows of them: somebody may have written an order past the gateway. Crash story: the store forgets
 * first, and the order moves last, so an order that still stands in the exchange is found again and everything repeated.
 */
export async function quarantine(parts: LegParts, done: Set<PatchId>): Promise<void> {
  for (const id of await parts.orders.list()) {
    if (done.has(id)) continue;
    const found = await parts.verdicts.read(id);
    // What intake has not taken in yet is compared with the stored words there: they are needed until then.
    if (found.kind !== "found" || isAwaited(parts, id)) continue;
    const verdict = verdictIn(found.bytes, parts, id);
    const without = verdict === undefined ? undefined : partOf(verdict);
    if (verdict !== undefined && without !== undefined) await putAside(parts, id, verdict, without);
    done.add(id);
  }
}

function isAwaited({ store }: LegParts, id: PatchId): boolean {
  const proposal = store.proposal(id);
  return proposal !== undefined && canMove(proposal.state, "approved");
}

async function putAside(
  { orders, store, actor, news }: LegParts,
  id: PatchId,
  verdict: Verdict,
  without: (order: Order) => Order,
): Promise<void> {
  const judged = verdict.predicate.order.digest.sha256;
  const order = await orders.read(id);
  if (order.kind !== "found") return;
  const stored = store.proposal(id);
  const isJudged = sha256(order.bytes) === judged;
  const isOurs =
    stored !== undefined &&
    (isEndedOf(stored, verdict) || (isJudged && isSaidIn(stored, order.value, without)));
  // Only what was judged: other bytes under its name are no business of this verdict.
  if (!isJudged && !isOurs) return;
  const data = { patch_id: id, order_sha256: judged };
  // Words that are gone already are asked for again: a crash may have come before the log was emptied of them.
  if (isOurs)
    store.quarantine(id, { event: "proposal.quarantined", actor, data } satisfies AuditNote, without);
  await orders.quarantine(id);
  news.tell({ kind: "patch", id });
}

/**
 * Of a proposal that ended, its lines are gone here and in the exchange, and nothing is left to take the digest of the order
 * from. Nobody can land it: that patch and base are those of the verdict is enough to take its words, too.
 */
function isEndedOf({ state, order }: StoredProposal, { subject, predicate }: Verdict): boolean {
  return (
    isEnded(state) &&
    order.patch_sha256 === subject[0].digest.sha256 &&
    order.base === predicate.base.manifest
  );
}

/** Whoever proposed it may have been erased meanwhile: who it was is no part of the words. */
function isSaidIn(
  { order: stored }: StoredProposal,
  order: Order,
  without: (order: Order) => Order,
): boolean {
  const { correlation: _, ...words } = order;
  const said = isPseudonym(stored.principal) ? { ...words, principal: stored.principal } : order;
  return [said, withoutLines(said), without(said)].some((one) => canonical(one) === canonical(stored));
}

function verdictIn(bytes: Uint8Array, { keys }: LegParts, id: PatchId): Verdict | undefined {
  const verified = verifyAttestation(bytes, keys());
  const verdict = verified.ok ? parseVerdict(verified.value.payload) : undefined;
  return verdict?.ok === true && verdict.value.predicate.patchId === id ? verdict.value : undefined;
}

/** What has to go; undefined where nothing has to. Where the policy lets a person decide, the person has to see all of it. */
function partOf(verdict: Verdict): ((order: Order) => Order) | undefined {
  const { outcome, checks } = verdict.predicate;
  if (outcome !== "REJECTED" || isClean(verdict)) return undefined;
  // Title, rationale and names were looked through, and who proposed it may still want to know which one it is.
  const words = checks.find(({ id }) => id === "words")?.result;
  return words === "PASSED" && !tellsOfSecret(verdict) ? withoutLines : withoutWords;
}

/** Whether the validator looked for secrets in all that the order says, and found none. */
function isClean(verdict: Verdict): boolean {
  const isDone = (wanted: string): boolean =>
    verdict.predicate.checks.some(
      ({ id, result }) => id === wanted && (result === "PASSED" || result === "WARNED"),
    );
  return isDone("words") && isDone("secrets") && !tellsOfSecret(verdict);
}

/** Whether there is a verdict by which no secret is in the order. */
export async function isLookedThrough(parts: LegParts, id: PatchId): Promise<boolean> {
  const found = await parts.verdicts.read(id);
  const verdict = found.kind === "found" ? verdictIn(found.bytes, parts, id) : undefined;
  return verdict !== undefined && isClean(verdict);
}
