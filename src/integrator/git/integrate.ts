// Landing a patch: everything is read once, every question is asked again, and only the gate says yes.
import { renderPublicKey } from "../../core/attestation/key.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import { instant, millisOf } from "../../core/base/time.ts";
import type { Verdict } from "../../core/attestation/statement.ts";
import type { Decision, Gate } from "../../core/gate/decision.ts";
import { holds } from "../../core/gate/conditions.ts";
import { disclosureOf } from "../../core/gate/disclosure.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import { recordOf } from "../../core/gate/record.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { Order } from "../../core/proposal/order.ts";
import { establish, type Findings, lookAgain, type Tools } from "./establish.ts";
import { land, type Work } from "./land.ts";
import { agentIdentity, auditTrailer, commitMessage, type Identity } from "./message.ts";
import { gateOf } from "./policy.ts";
import { confirmed, type Terms, type Word } from "./terms.ts";

/** What every landing needs, beside the policy's gate. Refusals are reported in this order; the person is asked last. */
export const landingGate: Gate = {
  id: "landing",
  requires: [
    "incident",
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
    "decision",
    "patch",
    "tree",
    "base",
    "result",
    "targets",
    "current",
    "sealed",
    "dispatch",
    "namespace",
    "confirmed",
  ],
};

export interface Request {
  /** What is accepted now; asked again behind evidence, behind a person, and while git holds the refs. */
  readonly terms: () => Promise<Terms>;
  /** `--confirm PREFIX` as it was typed. */
  readonly confirm: string | undefined;
  readonly dryRun: boolean;
  /** Ask the person at the terminal; undefined when nobody is there. Called at most once, when all else is true. */
  readonly askPrefix: (order: Order, verdict: Verdict) => Promise<string | undefined>;
  /** Wait for the seal on the verdict, and do what can be done for it. Called at most once, when nothing else is known to be wrong. */
  readonly awaitSeal: () => Promise<void>;
  readonly attempt: string;
  readonly person: string;
  readonly committer: Identity;
  /** 32 random bytes: the key of this attempt's hashes of evidence values. */
  readonly disclosureKey: Uint8Array;
}

export interface Attempt {
  readonly decision: Decision;
  readonly landing: Landing;
}

/** One attempt to land a patch; never throws a refusal, and returns the record of what happened. */
export async function integrate(request: Request, tools: Tools): Promise<Attempt> {
  const given = request.confirm === undefined ? undefined : { text: request.confirm };
  const first = await sealedLook(request, given, tools);
  const asked = request.dryRun ? undefined : await askedWord(request, first);
  const word = asked ?? given;
  // The person took their time: what was withdrawn, replaced or expired while they read counts.
  const { found, decision } = asked === undefined ? first : await look(request, word, tools);
  const record = landingRecord(request, found, decision);
  if (!decision.allowed)
    return { decision, landing: { ...record, result: { kind: "refused", refusal: decision.refusal } } };
  if (request.dryRun) return { decision, landing: { ...record, result: { kind: "passed" } } };
  let last: Look = { found, decision };
  const refusedNow = async (): Promise<Refusal | undefined> => {
    const again = await lookAgain(found, request.terms, tools);
    last = { found: again, decision: decide(again, word) };
    return last.decision.allowed ? undefined : last.decision.refusal;
  };
  const work = workOf(request, found, record);
  const landed = await land(decision, tools, work, refusedNow);
  if (landed.ok) return { decision, landing: landed.value };
  const refused = landingRecord(request, last.found, last.decision);
  return {
    decision: last.decision,
    landing: { ...refused, result: { kind: "refused", refusal: landed.refusal } },
  };
}

function workOf(request: Request, found: Findings, record: Work["record"]): Work {
  const { order, verdict, signed, tree, tip } = found;
  // The gate cannot open without them; the types cannot know.
  if (
    order === undefined ||
    verdict === undefined ||
    signed === undefined ||
    tree === undefined ||
    tip === undefined
  )
    throw new TypeError("a true condition without its fact");
  const { predicate } = verdict;
  const receipt = signed.receipt.kind === "found" ? signed.receipt.bytes : undefined;
  const trailers = {
    patch: order.patch_id,
    statement: signed.statement,
    key: signed.keyid,
    audit: auditTrailer(verdict, receipt),
  };
  return {
    id: order.patch_id,
    base: predicate.base.digest.gitCommit,
    tree,
    target: { ref: found.terms.targetRef, tip },
    message: commitMessage(order, predicate.outcome, trailers),
    author: agentIdentity(order.principal),
    authored: millisOf(order.created),
    committer: request.committer,
    committed: found.terms.now,
    verdict: signed.envelope,
    order: signed.order,
    receipt,
    key: renderPublicKey(signed.publicKey),
    record,
  };
}

interface Look {
  readonly found: Findings;
  readonly decision: Decision;
}

async function look({ terms }: Request, word: Word | undefined, tools: Tools): Promise<Look> {
  const found = await establish(terms, tools);
  return { found, decision: decide(found, word) };
}

/** What is only not sealed yet is looked at anew, whole, once it had the time: everything may have changed meanwhile. */
async function sealedLook(request: Request, word: Word | undefined, tools: Tools): Promise<Look> {
  const first = await look(request, word, tools);
  if (first.decision.allowed || first.decision.refusal.code !== "not_sealed") return first;
  await request.awaitSeal();
  return look(request, word, tools);
}

/**
 * The person's word is the last question: it is asked for, and looked at, only when everything else is true, the policy's
 * gate among it. So nobody can confirm their way around evidence, and nobody is asked about a patch that cannot land.
 */
function decide({ terms, conditions, facts, verdict, signed }: Findings, word: Word | undefined): Decision {
  const gate: Gate = { ...landingGate, policy: gateOf(terms.setup, "landing") };
  const before = { ...gate, requires: gate.requires.filter((id) => id !== "confirmed") };
  const held = evaluate(before, conditions, facts);
  if (!held.allowed) return { ...held, trace: evaluate(gate, conditions, facts).trace };
  const said =
    verdict === undefined || signed === undefined
      ? []
      : [
          holds(
            "confirmed",
            confirmed(word, verdict.subject[0].digest.sha256, signed.statement, isManual(verdict)),
          ),
        ];
  return evaluate(gate, [...conditions, ...said], facts);
}

function isManual({ predicate }: Verdict): boolean {
  return predicate.outcome === "MANUAL_REQUIRED";
}

/** The person's word on what this look found, when nothing but that is missing and somebody answers. */
async function askedWord({ askPrefix }: Request, { found, decision }: Look): Promise<Word | undefined> {
  const { order, verdict, signed } = found;
  if (decision.allowed || decision.refusal.code !== "confirm_required") return undefined;
  if (order === undefined || verdict === undefined || signed === undefined) return undefined;
  const text = await askPrefix(order, verdict);
  return text === undefined ? undefined : { text, shown: signed.statement };
}

function landingRecord(
  request: Request,
  { terms, order, verdict, signed, facts }: Findings,
  { trace, policy }: Decision,
): Omit<Landing, "result"> {
  const asked = request.confirm !== undefined || (verdict !== undefined && isManual(verdict));
  const disclosure = disclosureOf(terms.setup.config.evidence, request.disclosureKey);
  return {
    version: 1,
    attempt: request.attempt,
    patch_id: terms.id,
    at: instant(terms.now),
    person: request.person,
    confirmed: trace.some(({ id, state }) => id === "confirmed" && state === "true") && asked,
    dry_run: request.dryRun,
    patch_sha256: order?.patch_sha256 ?? null,
    statement_sha256: signed?.statement ?? null,
    ...(policy === undefined || facts === undefined ? {} : { decision: recordOf(policy, facts, disclosure) }),
  };
}
