// Which pinned key stands behind a judged condition, for the record.
import { readProof } from "../attestation/read-evidence.ts";
import type { Judged } from "./decision.ts";
import type { Evidence, Trust } from "./evidence.ts";

/**
 * The key whose signature counted: judged past the signature, and pinned. What a proof says of its key is a hint that
 * judge() found to be true; of a proof that was not reached or did not hold, nothing is repeated.
 */
export function provingKey(judged: Judged, evidence: Evidence | undefined, trust: Trust): string | undefined {
  if (evidence?.proof === undefined || !pastSignature(judged)) return undefined;
  const read = readProof(evidence.proof);
  return trust.keys.find(({ keyid }) => read.ok && keyid === read.keyid)?.keyid;
}

/** Order of enforcement: lane, anchor, signature, type, comparator. */
function pastSignature({ state, reason }: Judged): boolean {
  if (state !== "unknown") return true;
  return reason === "evidence_type" || reason === "comparator_unknown";
}
