// Signed evidence against one question: which statements of pinned keys answer it, and why the others do not.
import { anchorText, ANCHOR_TYPE, subjectOf } from "../attestation/evidence.ts";
import {
  readProof,
  type ReadProof,
  type SignatureFault,
  signatureFaults,
  type SignedEvidence,
} from "../attestation/read-evidence.ts";
import { isSignature } from "../attestation/verify.ts";
import { canonical, type Json } from "../base/canonical.ts";
import { millisOf } from "../base/time.ts";
import type { ConditionSpec } from "./condition.ts";
import type { Evidence, EvidenceKey, Proof, Trust } from "./evidence.ts";
import { renderValue } from "./value.ts";

/** How far the signer's clock may be ahead of ours. */
const MAX_SKEW_MS = 300_000;
/** More statements than this are not looked at, and then none counts. */
export const MAX_CANDIDATES = 256;

export interface Question {
  readonly check: string;
  readonly params: Readonly<Record<string, Json>>;
}

/**
 * Why the proof of `evidence` does not prove the answer to `spec`; undefined when it does, and when there is none to look
 * at. Evidence of the provider `signed` always needs one. Any other provider's proof, if it has one, has to be about
 * `<provider>.<check>` with the query's parameters.
 */
export function signatureFault(
  spec: ConditionSpec,
  evidence: Evidence,
  trust: Trust,
): SignatureFault | undefined {
  const { proof, value, bytes } = evidence;
  if (proof === undefined) return spec.provider === "signed" ? "signature_missing" : undefined;
  const read = known(proof);
  const fault = proofFault(read, questionOf(spec), trust);
  if (fault !== undefined || !read.ok) return fault ?? "signature_malformed";
  const same = bytes === undefined && value !== undefined && renderValue(value) === renderValue(read.value);
  return same ? undefined : "signature_other_value";
}

/** The same for one proof by itself, and for any question. */
export function proofFault(read: ReadProof, question: Question, trust: Trust): SignatureFault | undefined {
  return genuineFault(read, question, trust) ?? (read.ok ? standingFault(read, trust) : read.fault);
}

/** Why it is no answer of a pinned key's to the question, whenever it was given and whatever it is worth now. */
function genuineFault(read: ReadProof, question: Question, trust: Trust): SignatureFault | undefined {
  if (!read.ok) return read.fault;
  return keyFault(read, trust) ?? questionFault(read, question, trust);
}

/**
 * Why a genuine answer proves nothing here and now. It still takes back what was said before it: a limit that is stricter,
 * or time that passes, must not make an older statement count again.
 */
function standingFault(read: SignedEvidence, trust: Trust): SignatureFault | undefined {
  return bindFault(read, trust) ?? keyEndFault(read, trust) ?? timeFault(read, trust);
}

/**
 * What the provider `signed` answers. Of the genuine statements that answer the question, the latest, also where it has
 * expired, or its key has, or it names no tree: judge() then says so, and what it took back does not come back. When two of one instant
 * differ, none. When none is genuine, the one that came furthest, so that judge() says what is wrong with it; when none is
 * about this check, an error.
 */
export function chosen(candidates: readonly Proof[], spec: ConditionSpec, trust: Trust): Evidence {
  if (candidates.length > MAX_CANDIDATES)
    return failed("signed_too_many", `more than ${MAX_CANDIDATES} signed statements`);
  const question = questionOf(spec);
  const about = candidates.flatMap((proof) => {
    const read = known(proof);
    const check = read.ok ? read.context.check : read.check;
    return check === question.check ? [{ proof, read, fault: genuineFault(read, question, trust) }] : [];
  });
  const genuine = about.flatMap(({ proof, read, fault }) =>
    fault === undefined && read.ok ? [{ proof, read }] : [],
  );
  if (genuine.length > 0) return latest(genuine, trust);
  const told = about.toSorted((a, b) => rank(b.fault) - rank(a.fault))[0];
  if (told === undefined) return failed("signed_missing", "no signed statement is about this check");
  // A value that cannot even be read is none: the fault is told as the provider's.
  return told.read.ok
    ? answer(told.proof, told.read)
    : failed(told.read.fault, "a statement about this check cannot be read");
}

interface Genuine {
  readonly proof: Proof;
  readonly read: SignedEvidence;
}

function latest(genuine: readonly Genuine[], trust: Trust): Evidence {
  const instants = genuine.map(({ read }) => millisOf(read.context.issued));
  const last = Math.max(...instants);
  const newest = genuine.filter((_, at) => instants[at] === last);
  const values = new Set(newest.map(({ read }) => renderValue(read.value)));
  // Of two that say the same at one instant, one that still holds.
  const first = newest.find(({ read }) => standingFault(read, trust) === undefined) ?? newest[0];
  return first === undefined || values.size > 1
    ? failed("signed_conflict", "two statements of one instant give different answers")
    : answer(first.proof, first.read);
}

function answer(proof: Proof, { context, value }: SignedEvidence): Evidence {
  return { lane: "verified", value, anchor: { type: ANCHOR_TYPE, value: anchorText(context) }, proof };
}

function failed(code: string, message: string): Evidence {
  return { lane: "verified", error: { code, message } };
}

function questionOf({ provider, check, params }: ConditionSpec): Question {
  if (provider !== "signed") return { check: `${provider}.${check}`, params };
  const { name, params: asked } = params;
  return { check: typeof name === "string" ? name : "", params: isParams(asked) ? asked : {} };
}

function isParams(json: Json | undefined): json is Readonly<Record<string, Json>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function rank(fault: SignatureFault | undefined): number {
  return fault === undefined ? -1 : signatureFaults.indexOf(fault);
}

/** The keyid is a hint. What counts is a key of the operator's, also one that is over, and that it may speak about this check. */
function keyFault(read: SignedEvidence, { keys }: Trust): SignatureFault | undefined {
  const named = keys.filter(({ keyid }) => keyid === read.keyid);
  if (named.length === 0) return "signature_key_unlisted";
  const signed = named.filter((key) => verified(read, key));
  if (signed.length === 0) return "signature_invalid";
  return signed.some((key) => speaksAbout(key, read.context.check)) ? undefined : "signature_key_check";
}

function questionFault(
  { context }: SignedEvidence,
  { check, params }: Question,
  { subject }: Trust,
): SignatureFault | undefined {
  if (context.check !== check) return "signature_other_check";
  if (canonical(context.params) !== canonical(params)) return "signature_other_params";
  if (context.resourceUri !== subject.resource) return "signature_other_resource";
  const { patch, tree } = subjectOf(context.subject);
  const knowsPatch = patch !== undefined && subject.patch !== undefined;
  const knowsTree = tree !== undefined && subject.tree !== undefined;
  if (knowsPatch && patch !== subject.patch) return "signature_other_patch";
  if (knowsTree && tree !== subject.tree) return "signature_other_tree";
  return knowsPatch || knowsTree ? undefined : "signature_subject_unknown";
}

/** The same patch on another base makes another tree, which nobody tested. */
function bindFault({ context }: SignedEvidence, { subject, bind }: Trust): SignatureFault | undefined {
  const named = subjectOf(context.subject).tree !== undefined;
  return bind !== "patch" && subject.tree !== undefined && !named ? "signature_tree_missing" : undefined;
}

/** By the time of issue, so that a key can be exchanged: what the old one signed in its time stands beside the new one. */
function keyEndFault({ keyid, context }: SignedEvidence, { keys, now }: Trust): SignatureFault | undefined {
  const may = keys.filter((key) => key.keyid === keyid && speaksAbout(key, context.check));
  const issued = millisOf(context.issued);
  const living = may.filter(
    ({ expires = Infinity, notAfter = Infinity }) => now < expires && issued < notAfter,
  );
  if (living.length === 0) return "signature_key_expired";
  const begun = living.some(({ notBefore = -Infinity }) => issued >= notBefore);
  return begun ? undefined : "signature_key_not_begun";
}

function speaksAbout({ checks }: EvidenceKey, check: string): boolean {
  return checks.includes("*") || checks.includes(check);
}

/** Written so that a limit or a time that is no number refuses. */
function timeFault({ context }: SignedEvidence, { now, maxAgeSeconds }: Trust): SignatureFault | undefined {
  const [issued, expires] = [millisOf(context.issued), millisOf(context.expires)];
  const life = expires - issued;
  if (!(life > 0 && life <= maxAgeSeconds * 1000)) return "signature_lifetime";
  if (!(issued <= now + MAX_SKEW_MS)) return "signature_from_future";
  return now < expires ? undefined : "signature_expired";
}

interface Known {
  readonly form: Proof["form"];
  readonly read: ReadProof;
}

/** An agent may carry 32 statements and a policy may ask 128 questions: each is read once, and verified once for a key. */
const reads = new WeakMap<Uint8Array, Known>();
const signatures = new WeakMap<SignedEvidence, Map<string, boolean>>();

function known(proof: Proof): ReadProof {
  const before = reads.get(proof.bytes);
  if (before?.form === proof.form) return before.read;
  const read = readProof(proof);
  reads.set(proof.bytes, { form: proof.form, read });
  return read;
}

function verified(read: SignedEvidence, { publicKey }: EvidenceKey): boolean {
  const byKey = signatures.get(read) ?? new Map<string, boolean>();
  signatures.set(read, byKey);
  const name = Buffer.from(publicKey).toString("hex");
  const before = byKey.get(name);
  if (before !== undefined) return before;
  const holds = isSignature(read.signature, read.message, publicKey);
  byKey.set(name, holds);
  return holds;
}
