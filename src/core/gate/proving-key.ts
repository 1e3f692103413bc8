// Which pinned key stands behind a judged condition, for the record.
import { z } from "zod";
import { parseEnvelope } from "../attestation/envelope.ts";
import { fromUtf8 } from "../base/bytes.ts";
import type { Judged } from "./decision.ts";
import type { Evidence, Proof, Trust } from "./evidence.ts";

const resultSchema = z.looseObject({ signature: z.looseObject({ key_id: z.string().max(100) }) });

/**
 * The key whose signature counted: judged past the signature, and pinned. What a proof says of its key is a hint that
 * judge() found to be true; of a proof that was not reached or did not hold, nothing is repeated.
 */
export function provingKey(judged: Judged, evidence: Evidence | undefined, trust: Trust): string | undefined {
  if (evidence?.proof === undefined || !pastSignature(judged)) return undefined;
  const hint = hintOf(evidence.proof);
  return trust.keys.find(({ keyid }) => keyid === hint)?.keyid;
}

/** Order of enforcement: lane, anchor, signature, type, comparator. */
function pastSignature({ state, reason }: Judged): boolean {
  if (state !== "unknown") return true;
  return reason === "evidence_type" || reason === "comparator_unknown";
}

function hintOf({ form, bytes }: Proof): string | undefined {
  if (form === "dsse") return parseEnvelope(bytes)?.keyid;
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    return resultSchema.safeParse(JSON.parse(text)).data?.signature.key_id;
  } catch {
    return undefined;
  }
}
