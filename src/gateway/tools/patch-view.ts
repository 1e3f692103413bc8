// How a stored proposal is shown, to the agent that made it and to those who may look at all of them.
import { z } from "zod";
import { utf8 } from "../../core/base/bytes.ts";
import { digestSchema, sha256 } from "../../core/base/digest.ts";
import { patchIdSchema, type PatchId } from "../../core/base/ids.ts";
import { accept, printable, type Refusal, refusal, refuse, type Result } from "../../core/base/refusal.ts";
import { instantSchema } from "../../core/base/time.ts";
import type { Scope } from "../../core/identity/scope.ts";
import { parseDiff } from "../../core/proposal/diff.ts";
import { parseEnvelope } from "../../core/attestation/envelope.ts";
import { outcomes, type Outcome, parseVerdict } from "../../core/attestation/statement.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import { type State, states } from "../../core/proposal/state.ts";
import type { VerdictReader } from "../../io/exchange/exchange.ts";
import type { Store, StoredProposal } from "../../io/store/store.ts";
import type { Asker, Gates } from "../gates/gates.ts";
import { gateView } from "../gates/view.ts";
import { refusalView } from "./pieces.ts";
import { hiddenFault } from "./plain-text.ts";
import type { Caller } from "./tool.ts";

export const patchView = z.strictObject({
  patch_id: patchIdSchema,
  title: z.string(),
  state: z.enum(states),
  outcome: z
    .enum(outcomes)
    .nullable()
    .describe("What the validator decided; null before a verdict and after the end."),
  reasons: z.array(refusalView).describe("Why it is in this state, each with the fix."),
  base: digestSchema,
  patch_sha256: digestSchema,
  attestation_sha256: digestSchema.nullable().describe("Digest of the signed statement."),
  supersedes: patchIdSchema.nullable(),
  created: instantSchema,
  updated: instantSchema,
  expires: instantSchema,
  gate: gateView
    .optional()
    .describe("How the verdict's gate was decided; in a dry run, how it looks before the validator asks."),
  next: z.string().describe("What to do now."),
  proposer: z.string().optional().describe("Who proposed it; for callers who may look at everybody's."),
});
export type PatchView = z.infer<typeof patchView>;

const decided: Partial<Record<State, Outcome>> = {
  approved: "APPROVED",
  manual_required: "MANUAL_REQUIRED",
  rejected: "REJECTED",
};

const next: Readonly<Record<State, string>> = {
  pending: "Wait: call patch-status later.",
  validating: "Wait: call patch-status later.",
  approved: "Nothing: a person decides whether to land it.",
  manual_required: "Nothing: a person reviews it. The reasons say what they will look at.",
  rejected: "Fix what the reasons name and propose again.",
  error: "Withdraw it and propose again; if that fails too, tell the operator.",
  landed: "Nothing: it stands on its own branch for a person to merge.",
  conflict: "Read the manifest again and propose against it, with supersedes set to this patch.",
  expired: "Propose again against the current manifest if it is still wanted.",
  withdrawn: "Nothing: you withdrew it.",
  superseded: "Look at the newer proposal.",
};

export interface StatusParts {
  readonly verdicts: Pick<VerdictReader, "read">;
  readonly gates: Gates;
}

/** With the decision of the verdict's gate, as far as the caller may know. */
export async function statusView(
  parts: StatusParts,
  caller: Asker,
  proposal: StoredProposal,
): Promise<PatchView> {
  const record = await decisionOf(parts, proposal);
  const gate = record === undefined ? undefined : parts.gates.view(record, caller);
  return { ...shownTo(caller, proposal), ...(gate === undefined ? {} : { gate }) };
}

/**
 * The decision within the verdict that the store vouches for by its digest, which was verified when it came in: another
 * file in its place is not looked at. Undefined before there is a verdict, and where the exchange holds it no more.
 */
async function decisionOf(
  { verdicts }: StatusParts,
  { order, statement }: StoredProposal,
): Promise<DecisionRecord | undefined> {
  if (statement === null) return undefined;
  const found = await verdicts.read(order.patch_id);
  const payload = found.kind === "found" ? parseEnvelope(found.bytes)?.payload : undefined;
  if (payload === undefined || sha256(payload) !== statement) return undefined;
  const verdict = parseVerdict(payload);
  return verdict.ok ? verdict.value.predicate.decision : undefined;
}

function shownTo(
  { scope }: Pick<Caller, "scope">,
  { order, state, statement, reasons, updated }: StoredProposal,
): PatchView {
  return {
    patch_id: order.patch_id,
    title: shownTitle(order.title),
    state,
    outcome: decided[state] ?? null,
    reasons: reasons.map((said) => withoutTwin(said, scope)),
    base: order.base,
    patch_sha256: order.patch_sha256,
    attestation_sha256: statement,
    supersedes: order.supersedes,
    created: order.created,
    updated,
    expires: order.expires,
    next: next[state],
    ...(scope.patches === "all" ? { proposer: order.principal } : {}),
  };
}

/** Threat: the row may be another writer's than ours, and this text goes to screens of people. What we took in ourselves is shown as it is. */
function shownTitle(title: string): string {
  return hiddenFault(title, "title", false) === undefined ? title : printable(title);
}

/** The validator knows the whole tree and names what a new file collides with; a caller in a scope may not see that. */
function withoutTwin(said: Refusal, { paths }: Scope): Refusal {
  if (paths.length === 0 || !COLLISIONS.has(said.code)) return said;
  return refusal(said.code, "the name collides with one that exists", said.where);
}

const COLLISIONS: ReadonlySet<Refusal["code"]> = new Set(["target_case", "target_exists"]);

/** A proposal that the caller may look at: the own ones, and everybody's for reviewers and admins, as far as they see its files. */
export function visibleProposal(
  store: Pick<Store, "proposal">,
  id: PatchId,
  caller: Pick<Caller, "principal" | "scope">,
): Result<StoredProposal> {
  if (caller.scope.patches === "own") return ownProposal(store, id, caller);
  const found = store.proposal(id);
  return found !== undefined && touchesOnly(found, caller.scope) ? accept(found) : unknown(id);
}

/** Title and reasons speak of the files, so who may not see them all sees nothing of the proposal. */
export function touchesOnly({ order }: StoredProposal, { paths, sees }: Scope): boolean {
  if (paths.length === 0) return true;
  const parsed = parseDiff(utf8(order.patch), Infinity);
  return parsed.ok && parsed.value.every((file) => sees(file.path) && (!("from" in file) || sees(file.from)));
}

/**
 * The caller's own proposal, as far as it sees its files: two tokens of one principal may be for different paths. One of
 * somebody else is answered like one that never was.
 */
export function ownProposal(
  store: Pick<Store, "proposal">,
  id: PatchId,
  { principal, scope }: Pick<Caller, "principal" | "scope">,
): Result<StoredProposal> {
  const found = store.proposal(id);
  const own = found !== undefined && found.order.principal === principal && touchesOnly(found, scope);
  return own ? accept(found) : unknown(id);
}

function unknown(id: PatchId): ReturnType<typeof refuse> {
  return refuse("patch_unknown", "there is no such patch of yours", id);
}
