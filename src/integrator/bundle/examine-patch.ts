// What a bundle says about one patch, examined: order, patch, verdict and landings, each bound to a signature and to the log.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { parsePublication } from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import { type ReceiptTerms, receiptCheckpoint } from "../../core/audit/receipt.ts";
import { rootFrom } from "../../core/audit/checkpoint.ts";
import { parseCanonical } from "../../core/base/canonical.ts";
import type { PatchId } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/refusal.ts";
import { closureSchema, type Order, orderSchema } from "../../core/proposal/order.ts";
import { landingFault, verdictFault } from "../decision/judged.ts";
import { fits } from "../git/attested.ts";
import { sealedBy } from "../git/sealed.ts";
import { attestedPatch, ownPatch } from "../git/terms.ts";
import { asBefore, asNamed, type Given, openGiven, revokedAt } from "./given.ts";
import { hold, needed, type Parts, Unproven } from "./parts.ts";
import { entriesOf, landingName, provenLandings } from "./proven-records.ts";
import type { SealedLog } from "./sealed-log.ts";

/** Names below the patch's own folder. */
export const patchFiles = {
  order: "order.json",
  patch: "patch.diff",
  closure: "order.closed.json",
  verdict: "verdict.dsse.json",
  publication: "publication.dsse.json",
  receipt: "receipt.tlog-proof",
} as const;

export interface PatchTerms {
  readonly attesters: readonly TrustedKey[];
  readonly receipts: ReceiptTerms;
}

export const NO_VERDICT = "no verdict";
/** Name of the fact that an attestation key was given up, and when. */
export const REVOKED = "attestation_key_revoked";

/** For people. */
export type Facts = Readonly<Record<string, string>>;

/** `prefix`: empty, or the folder of the patch in the bundle of an incident. */
export function examinePatch(
  parts: Parts,
  prefix: string,
  id: PatchId,
  log: SealedLog,
  terms: PatchTerms,
): Facts {
  const { order, stored } = orderIn(parts, prefix, id, log);
  const given = verdictIn(parts, prefix, id, { order, stored }, log, terms);
  const published = publicationKey(parts, prefix, order, given, terms.attesters);
  const landings = provenLandings(parts, prefix, id, log);
  for (const landing of landings) {
    const name = landingName(prefix, landing.attempt);
    const fault = landingFault(landing);
    hold(fault === undefined, name, `its decision does not hold: ${fault ?? ""}`);
    const { result } = landing;
    if (result.kind !== "landed") continue;
    hold(
      given !== undefined && fits(landing, given, id, result.commit),
      name,
      "it landed something else than what the verdict attests",
    );
  }
  const landed = landings.flatMap(({ result }) => (result.kind === "landed" ? [result.commit] : []));
  const ended = endIn(parts, prefix, id, log, landed.length > 0);
  const revoked = given?.revoked ?? (published && revokedAt(terms.attesters, published));
  return {
    patch_id: id,
    patch_sha256: order.patch_sha256,
    outcome: given?.verdict.predicate.outcome ?? NO_VERDICT,
    ...(given === undefined ? {} : verdictFacts(given, terms.receipts.deployment)),
    ...(revoked === undefined ? {} : { [REVOKED]: revoked }),
    ...(ended === undefined ? {} : { ended }),
    landed: landed.join(" ") || "no",
  };
}

function verdictFacts({ verdict: { predicate }, statement, keyid }: Given, deployment: string): Facts {
  const origin = predicate.auditCheckpoint?.origin;
  const isRenamed = origin !== undefined && origin !== asNamed(origin, deployment);
  return {
    statement: `sha256:${statement}`,
    attestation_key: keyid,
    judged: predicate.timeVerified,
    repository: predicate.resourceUri,
    policy: predicate.policy.digest.sha256,
    ...(isRenamed ? { log_was_named: origin } : {}),
  };
}

/** How the proposer's side ended it, as the log says; the closing note says the same. What landed may have lost its note. */
function endIn(
  parts: Parts,
  prefix: string,
  id: PatchId,
  log: SealedLog,
  hasLanded: boolean,
): string | undefined {
  const name = `${prefix}${patchFiles.closure}`;
  const bytes = parts.take(name);
  const said = entriesOf(log, "proposal.closed", id).map(({ state }) => String(state));
  if (bytes === undefined) {
    hold(said.length === 0 || hasLanded, name, "it is missing, and the sealed log has its entry");
    return said.at(-1);
  }
  const note = needed(closureSchema.safeParse(parseCanonical(bytes)).data, name, "it is no closing note");
  hold(note.patch_id === id, name, "it is of another patch");
  const isSaid = said.includes(note.state);
  hold(isSaid || log.locked > 0, name, `the sealed log has no entry proposal.closed that says ${note.state}`);
  return note.state;
}

interface StoredOrder {
  readonly order: Order;
  readonly stored: Uint8Array;
}

function orderIn(parts: Parts, prefix: string, id: PatchId, log: SealedLog): StoredOrder {
  const [name, file] = [`${prefix}${patchFiles.order}`, `${prefix}${patchFiles.patch}`];
  const stored = needed(parts.take(name), name, "it is missing");
  const order = needed(orderSchema.safeParse(parseCanonical(stored)).data, name, "it is no order");
  hold(order.patch_id === id, name, `it is about patch ${order.patch_id}`);
  const patch = accepted(ownPatch(order), name);
  const diff = needed(parts.take(file), file, "it is missing");
  hold(Buffer.from(patch).equals(diff), file, "it is not the patch of the order");
  // Whoever proposed it was told of this very patch.
  const said = entriesOf(log, "proposal.accepted", id);
  const isAccepted = said.some(
    (data) =>
      data["patch_sha256"] === order.patch_sha256 && data["arguments_sha256"] === order.arguments_sha256,
  );
  hold(isAccepted || log.locked > 0, name, "the sealed log has no entry proposal.accepted of this patch");
  return { order, stored };
}

function verdictIn(
  parts: Parts,
  prefix: string,
  id: PatchId,
  { order, stored }: StoredOrder,
  log: SealedLog,
  { attesters, receipts }: PatchTerms,
): Given | undefined {
  const name = `${prefix}${patchFiles.verdict}`;
  const envelope = parts.take(name);
  const received = entriesOf(log, "verdict.received", id);
  if (envelope === undefined) {
    hold(received.length === 0, name, "it is missing, and the sealed log has its entry");
    return undefined;
  }
  const given = accepted(openGiven(envelope, attesters), name);
  const { verdict, statement, keyid } = given;
  hold(verdict.predicate.patchId === id, name, `it is about patch ${verdict.predicate.patchId}`);
  accepted(attestedPatch(verdict, order, stored), name);
  const fault = verdictFault(verdict);
  hold(fault === undefined, name, `the decision does not hold: ${fault ?? ""}`);
  const digest = order.patch_sha256;
  const isLogged = received.some(
    (data) =>
      data["statement_sha256"] === statement && data["patch_sha256"] === digest && data["keyid"] === keyid,
  );
  hold(isLogged || log.locked > 0, name, "the sealed log has no entry verdict.received of this statement");
  const checkpoint = verdict.predicate.auditCheckpoint;
  if (checkpoint !== undefined) {
    const root = needed(rootFrom(checkpoint.rootHash), name, "its checkpoint has no root");
    log.fits({ size: checkpoint.size, root, origin: asNamed(checkpoint.origin, receipts.deployment) }, name);
  }
  assertReceipt(parts, prefix, { id, statement, patch: digest, keyid }, log, receipts);
  return given;
}

function assertReceipt(
  parts: Parts,
  prefix: string,
  wanted: Parameters<typeof sealedBy>[1],
  log: SealedLog,
  terms: ReceiptTerms,
): void {
  const name = `${prefix}${patchFiles.receipt}`;
  const bytes = parts.take(name);
  if (bytes === undefined) return;
  const claimed = receiptCheckpoint(bytes);
  if (log.locked === 0) log.fits(accepted(sealedBy({ kind: "found", bytes }, wanted, terms), name), name);
  else log.fits(needed(claimed, name, "it is no receipt"), name);
}

/** Who signed which state of the repository the patch was made against: what the validator published, and what it judged. */
function publicationKey(
  parts: Parts,
  prefix: string,
  { base }: Order,
  given: Given | undefined,
  attesters: readonly TrustedKey[],
): string | undefined {
  const name = `${prefix}${patchFiles.publication}`;
  const envelope = parts.take(name);
  if (envelope === undefined) return undefined;
  const { payload, keyid } = accepted(verifyAttestation(envelope, asBefore(attesters)), name);
  const { subject, predicate } = accepted(parsePublication(payload), name);
  hold(subject[0].digest.sha256 === base, name, "it is of another manifest than the order's base");
  const judged = given?.verdict.predicate.base;
  if (judged === undefined) return keyid;
  const { gitCommit, gitTree } = judged.digest;
  hold(
    judged.manifest === base && gitCommit === predicate.commit && gitTree === predicate.tree,
    name,
    "it is not the base that the verdict names",
  );
  return keyid;
}

function accepted<T>(result: Result<T>, where: string): T {
  if (result.ok) return result.value;
  throw new Unproven(where, `${result.refusal.code}: ${result.refusal.message}`);
}
