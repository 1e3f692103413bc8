// Landing a patch: everything is read once, every question is asked again, and only the gate says yes.
import { renderPublicKey } from "../../core/attestation/key.ts";
import { instant, millisOf } from "../../core/base/time.ts";
import type { Decision, Gate } from "../../core/gate/decision.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { establish, type Findings, type Request, type Tools } from "./establish.ts";
import { land } from "./land.ts";
import { agentIdentity, commitMessage } from "./message.ts";

/** The gate that every landing passes. Refusals are reported in this order; the person is asked last. */
export const landingGate: Gate = {
  id: "landing",
  requires: [
    "unused",
    "order",
    "open",
    "verdict",
    "signature",
    "statement",
    "subject",
    "outcome",
    "fresh",
    "policy",
    "patch",
    "tree",
    "base",
    "result",
    "targets",
    "current",
    "confirmed",
  ],
};

export interface Attempt {
  readonly decision: Decision;
  readonly landing: Landing;
}

/** One attempt to land a patch; never throws a refusal, and returns the record of what happened. */
export async function integrate(request: Request, tools: Tools): Promise<Attempt> {
  const found = await establish(request, tools);
  const decision = evaluate(landingGate, found.conditions);
  const record = recordOf(request, found);
  if (!decision.allowed)
    return { decision, landing: { ...record, result: { kind: "refused", refusal: decision.refusal } } };
  if (request.dryRun) return { decision, landing: { ...record, result: { kind: "passed" } } };
  const { order, verdict, signed, tree } = found;
  // The gate cannot open without them; the types cannot know.
  if (order === undefined || verdict === undefined || signed === undefined || tree === undefined)
    throw new TypeError("a true condition without its fact");
  const { predicate } = verdict;
  const trailers = {
    patch: order.patch_id,
    statement: signed.statement,
    key: signed.keyid,
    audit: predicate.auditCheckpoint,
  };
  const landed = await land(decision, tools.own, tools.repository, {
    id: order.patch_id,
    base: predicate.base.digest.gitCommit,
    tree,
    message: commitMessage(order, predicate.outcome, trailers),
    author: agentIdentity(order.principal),
    authored: millisOf(order.created),
    committer: request.committer,
    committed: request.terms.now,
    verdict: signed.envelope,
    order: signed.order,
    key: renderPublicKey(signed.publicKey),
    record,
  });
  if (landed.ok) return { decision, landing: landed.value };
  return { decision, landing: { ...record, result: { kind: "refused", refusal: landed.refusal } } };
}

function recordOf(
  request: Request,
  { order, verdict, signed, conditions }: Findings,
): Omit<Landing, "result"> {
  const asked = request.confirm !== undefined || verdict?.predicate.outcome === "MANUAL_REQUIRED";
  return {
    version: 1,
    attempt: request.attempt,
    patch_id: request.terms.id,
    at: instant(request.terms.now),
    person: request.person,
    confirmed: conditions.some(({ id, state }) => id === "confirmed" && state === "true") && asked,
    dry_run: request.dryRun,
    patch_sha256: order?.patch_sha256 ?? null,
    statement_sha256: signed?.statement ?? null,
  };
}
