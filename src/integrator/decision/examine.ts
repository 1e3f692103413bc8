// Is an exported decision genuine: signed by the key that the person names, about this very order, and consistent in itself.
import { parseEnvelope, renderEnvelope } from "../../core/attestation/envelope.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { parseCanonical } from "../../core/base/canonical.ts";
import { type GitOid, landedRef } from "../../core/base/ids.ts";
import { accept, type Refusal, refuse, type Result } from "../../core/base/refusal.ts";
import { traceLines } from "../../core/gate/explain.ts";
import { landingSchema } from "../../core/proposal/landing.ts";
import { orderSchema } from "../../core/proposal/order.ts";
import { type Git, type Repository, resolveRef } from "../../io/exec/git.ts";
import { type Attested, commitFault, fits, openVerdict } from "../git/attested.ts";
import { readCommit } from "../git/commit.ts";
import { landedFile } from "../git/landed.ts";
import { attestedPatch } from "../git/terms.ts";
import type { BranchAnswer } from "../git/verify-branch.ts";
import { type Bundle, parseBundle } from "./bundle.ts";
import { landingFault, verdictFault } from "./judged.ts";

export interface Answer extends BranchAnswer {
  /** How the verdict's gate was decided, line by line. */
  readonly trace: readonly string[];
}

interface Where {
  readonly git: Git;
  readonly repository: Repository;
}

/** `key`: from the person. `where`: a repository in which the patch landed, to check the landing's record against. */
export async function examineBundle(
  bytes: Uint8Array,
  key: TrustedKey,
  where: Where | undefined,
): Promise<Answer> {
  const bundle = parseBundle(bytes);
  if (bundle === undefined) return failed("the file is not a decision as it was exported, byte for byte");
  const opened = openBundle(bundle, key);
  if (!opened.ok) return refused(opened.refusal);
  const { verdict } = opened.value;
  const { outcome, decision } = verdict.predicate;
  const facts = factsOf(opened.value);
  const trace = decision === undefined ? [] : traceLines(decision);
  const fault = verdictFault(verdict);
  if (fault !== undefined) return failed(`the decision does not hold: ${fault}`, facts, trace);
  if (decision === undefined)
    return unknown("decision_missing: the verdict does not say how its gate was decided", facts, trace);
  const why = `the verdict is ${outcome}; signature, order, patch and the gate's decision hold`;
  if (bundle.landing === null) return { verdict: "verified", why, facts, trace };
  const landing = readLanding(bundle.landing, bundle, opened.value);
  if (!landing.ok) return refused(landing.refusal, facts, trace);
  if (where === undefined)
    return unknown(
      `${why}; but nobody signed the landing's record: --repo DIR compares it with the repository`,
      facts,
      trace,
    );
  const genuine: Answer = { verdict: "verified", why, facts, trace };
  return compareLanding(where, bundle, opened.value, landing.value, genuine);
}

function factsOf({ verdict: { predicate, subject }, statement, keyid }: Attested): Facts {
  return {
    patch_id: predicate.patchId,
    outcome: predicate.outcome,
    key: keyid,
    statement: `sha256:${statement}`,
    patch_sha256: subject[0].digest.sha256,
    result_tree: subject[1]?.digest.gitTree ?? "none",
    repository: predicate.resourceUri,
    policy: predicate.policy.digest.sha256,
    judged: predicate.timeVerified,
    permissive: predicate.decision?.permissive_until ?? "no",
  };
}

/** Only what the key signed is believed; the rest has to hash to it or be repeated by it. */
function openBundle(bundle: Bundle, key: TrustedKey): Result<Attested> {
  const bytes = utf8(bundle.verdict);
  const attested = openVerdict(bytes, [key]);
  if (!attested.ok) return attested;
  const envelope = parseEnvelope(bytes);
  if (envelope === undefined || !Buffer.from(renderEnvelope(envelope)).equals(bytes))
    return refuse("verdict_invalid", "the envelope is not written as the validator writes it", "verdict");
  const { verdict, keyid } = attested.value;
  if (verdict.predicate.patchId !== bundle.patch_id)
    return refuse("verdict_mismatch", "the verdict is about another patch", "patch_id");
  if (keyid !== bundle.keyid) return refuse("verdict_mismatch", "the file names another key", "keyid");
  const stored = utf8(bundle.order);
  const order = orderSchema.safeParse(parseCanonical(stored));
  if (!order.success) return refuse("order_invalid", "the order cannot be read as one", "order");
  const patch = attestedPatch(verdict, order.data, stored);
  return patch.ok ? attested : patch;
}

function readLanding(text: string, { patch_id: id }: Bundle, attested: Attested): Result<Said> {
  const parsed = landingSchema.safeParse(parseCanonical(utf8(text)));
  const said = parsed.data?.result;
  if (!parsed.success || said?.kind !== "landed" || !fits(parsed.data, attested, id, said.commit))
    return refuse("verdict_mismatch", "the landing's record is not about what was attested", "landing");
  const fault = landingFault(parsed.data);
  return fault === undefined
    ? accept({ commit: said.commit, decided: parsed.data.decision !== undefined })
    : refuse("decision_missing", `the landing's decision does not hold: ${fault}`, "landing");
}

/** What an exported record of a landing says. */
interface Said {
  readonly commit: GitOid;
  readonly decided: boolean;
}

/** Nothing that is signed says what the landing's gate asked for: its record follows from itself, and no more. */
function writersWord({ decided }: Said): string {
  const writer = "whose writer alone says who landed it";
  return decided
    ? `${writer} and how the landing's gate was decided`
    : `${writer}; it does not say how the landing's gate was decided`;
}

/** The commit is proved by what was signed; that the record is the one beside it, by comparing bytes. */
async function compareLanding(
  { git, repository }: Where,
  { patch_id: id, landing, order }: Bundle,
  attested: Attested,
  said: Said,
  genuine: Answer,
): Promise<Answer> {
  const { facts, trace } = genuine;
  const proof = await resolveRef(git, repository, landedRef(id));
  if (proof === undefined)
    return unknown(`the repository does not have ${landedRef(id)}; fetch refs/countersign/*`, facts, trace);
  const record = await landedFile(git, repository, proof, "record");
  if (record === undefined || landing === null || !record.equals(utf8(landing)))
    return failed("the landing's record is not the one in the repository", facts, trace);
  const [below] = (await readCommit(git, repository, proof))?.parents ?? [];
  const commit = below === undefined ? undefined : await readCommit(git, repository, below);
  if (commit === undefined) return failed("the landed commit cannot be read", facts, trace);
  const receipt = await landedFile(git, repository, proof, "receipt");
  const wrong = commitFault(attested, { id, commit, order: utf8(order), receipt });
  if (wrong !== undefined || below !== said.commit)
    return failed(wrong ?? "the landing's record names another commit", facts, trace);
  return {
    ...genuine,
    why: `${genuine.why}; the landing's record is the one in the repository, ${writersWord(said)}`,
    facts: { ...facts, commit: below },
  };
}

type Facts = Answer["facts"];

function failed(why: string, facts: Facts = {}, trace: readonly string[] = []): Answer {
  return { verdict: "failed", why, facts, trace };
}

function refused({ code, message }: Refusal, facts: Facts = {}, trace: readonly string[] = []): Answer {
  return failed(`${code}: ${message}`, facts, trace);
}

function unknown(why: string, facts: Facts, trace: readonly string[]): Answer {
  return { verdict: "unknown", why, facts, trace };
}
