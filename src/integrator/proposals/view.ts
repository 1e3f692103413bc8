// Proposals as the person sees them: what the exchange and the repository say, with only verified verdicts believed.
import { tellsOfSecret } from "../../core/attestation/secret.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { parseVerdict, type Verdict } from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { millisOf } from "../../core/base/time.ts";
import type { Order } from "../../core/proposal/order.ts";
import type { State } from "../../core/proposal/state.ts";
import type { Found, IntegratorExchange } from "../../io/exchange/exchange.ts";
import { attestedPatch, orderOf, ownPatch } from "../git/terms.ts";

export interface Proposal {
  readonly id: PatchId;
  readonly state: State;
  /**
   * Undefined when it was cleared away, is damaged, is not the one that was judged, or holds a secret. Its `patch_sha256` was compared
   * with its patch: what is shown under a digest hashes to it.
   */
  readonly order: Order | undefined;
  /** Only when its signature verifies with a trusted key. */
  readonly verdict: Verdict | undefined;
  /** Why it cannot be believed or landed, when that is known from here. */
  readonly trouble: Refusal | undefined;
}

export interface ViewInput {
  readonly exchange: Pick<IntegratorExchange, "orders" | "verdicts">;
  readonly keys: readonly TrustedKey[];
  readonly landed: { has(id: PatchId): boolean };
  readonly now: number;
}

/** One proposal as it stands now. */
export async function viewProposal(
  id: PatchId,
  { exchange, keys, landed, now }: ViewInput,
): Promise<Proposal> {
  const found = await exchange.orders.read(id);
  const closure = await exchange.orders.closure(id);
  const bytes = await exchange.verdicts.read(id);
  const judged = bytes.kind === "found" ? judge(bytes.bytes, id, keys) : {};
  const { order: read, ...changed } = examineOrder(found, id, judged.verdict);
  // The gateway moves it away soon; until then nobody's screen and no job's log shall have it.
  const order = holdsSecret(judged.verdict) ? undefined : read;
  // What ended before there was a verdict loses its lines, and its digest is then another patch's: nobody lands it.
  const isBlank = closure.kind === "found" && bytes.kind === "absent" && found.kind === "found";
  const trouble = isBlank ? undefined : (changed.trouble ?? judged.trouble);
  const view = { id, order, verdict: judged.verdict, trouble };
  if (landed.has(id)) return { ...view, state: "landed" };
  if (closure.kind === "found") return { ...view, state: closure.value.state };
  if (trouble !== undefined) return { ...view, state: "error" };
  // A rejected order may be put aside for the secret in it; what was judged stays judged.
  if (order === undefined)
    return { ...view, state: judged.verdict?.predicate.outcome === "REJECTED" ? "rejected" : "error" };
  return { ...view, state: openState(order, judged.verdict, now) };
}

/** Rejected for a secret: its words are put aside. Where the policy lets a person decide, the person has to see them. */
function holdsSecret(verdict: Verdict | undefined): boolean {
  return verdict?.predicate.outcome === "REJECTED" && tellsOfSecret(verdict);
}

/** The state of a proposal that nobody ended: its verdict's, while both are young enough. */
function openState(order: Order, verdict: Verdict | undefined, now: number): State {
  if (verdict?.predicate.outcome === "REJECTED") return "rejected";
  const ends = Math.min(millisOf(order.expires), millisOf(verdict?.predicate.expires ?? order.expires));
  if (ends <= now) return "expired";
  return verdict === undefined ? "validating" : STATES[verdict.predicate.outcome];
}

const STATES = { APPROVED: "approved", MANUAL_REQUIRED: "manual_required", REJECTED: "rejected" } as const;

/** An order that is not the judged one is not shown at all: a person would review one patch and land another. */
function examineOrder(
  found: Found<Order>,
  id: PatchId,
  verdict: Verdict | undefined,
): { order?: Order; trouble?: Refusal } {
  if (found.kind === "absent") return {};
  const order = orderOf(found, id);
  if (!order.ok) return { trouble: order.refusal };
  const intact =
    verdict === undefined ? ownPatch(order.value) : attestedPatch(verdict, order.value, found.bytes);
  return intact.ok ? { order: order.value } : { trouble: intact.refusal };
}

function judge(
  bytes: Uint8Array,
  id: PatchId,
  keys: readonly TrustedKey[],
): { verdict?: Verdict; trouble?: Refusal } {
  const verified = verifyAttestation(bytes, keys);
  if (!verified.ok) return { trouble: verified.refusal };
  const verdict = parseVerdict(verified.value.payload);
  if (!verdict.ok) return { trouble: verdict.refusal };
  if (verdict.value.predicate.patchId !== id)
    return { trouble: refusal("verdict_mismatch", "the verdict is about another patch", id) };
  return { verdict: verdict.value };
}
