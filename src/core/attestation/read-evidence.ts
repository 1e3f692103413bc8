// Reads signed evidence, in either form, and says of what cannot count why it cannot. No key is looked at here.
import { type z } from "zod";
import { fromBase64, fromUtf8 } from "../base/bytes.ts";
import { parseCanonical } from "../base/canonical.ts";
import type { Proof } from "../gate/evidence.ts";
import { isMap, parseValue, renderValue, type Value } from "../gate/value.ts";
import { MAX_ENVELOPE_BYTES, PAYLOAD_TYPE, parseEnvelope, preAuthEncoding } from "./envelope.ts";
import {
  anchorText,
  ANCHOR_TYPE,
  EVIDENCE,
  type EvidenceContext,
  evidenceStatementSchema,
  hashOf,
  MAX_EVIDENCE_BYTES,
  resultMessage,
  resultSchema,
} from "./evidence.ts";

/**
 * Why signed evidence does not count: the whole list, in the order in which it is checked. The reason of such a condition
 * is `provider_error`, and one of these is its detail.
 */
export const signatureFaults = [
  "signature_missing",
  "signature_too_large",
  "signature_malformed",
  "signature_count",
  /** A key or certificate beside the signature, or anything else that nobody reads. */
  "signature_unknown_field",
  "signature_scheme",
  "signature_not_canonical",
  /** Something else of ours or of others that is genuinely signed: a verdict, a manifest. */
  "signature_kind",
  "signature_hash_missing",
  "signature_hash_mismatch",
  "signature_anchor_mismatch",
  "signature_key_unlisted",
  "signature_invalid",
  "signature_key_check",
  "signature_other_check",
  "signature_other_params",
  "signature_other_resource",
  "signature_other_patch",
  "signature_other_tree",
  /** It is about nothing that is known here: only a tree, where only the patch is known. */
  "signature_subject_unknown",
  /** evidence.bind is tree, and it names the patch alone: it was true on some base. */
  "signature_tree_missing",
  "signature_key_expired",
  "signature_key_not_begun",
  "signature_lifetime",
  "signature_from_future",
  "signature_expired",
  /** What the provider answered is not what was signed. */
  "signature_other_value",
] as const;
export type SignatureFault = (typeof signatureFaults)[number];

/** Signed bytes, taken apart; whether any key made the signature is still to be seen. */
export interface SignedEvidence {
  readonly keyid: string;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly context: EvidenceContext;
  readonly value: Value;
}

export type ReadProof =
  | ({ readonly ok: true } & SignedEvidence)
  /** `check`: what it claims to be about, as far as that can be seen. */
  | { readonly ok: false; readonly fault: SignatureFault; readonly check: string | undefined };

type Object_ = Readonly<Record<string, unknown>>;
type Read = SignedEvidence | SignatureFault;

/** Never throws, whatever the bytes are. */
export function readProof({ form, bytes }: Proof): ReadProof {
  if (bytes.length > MAX_EVIDENCE_BYTES) return { ok: false, fault: "signature_too_large", check: undefined };
  const text = fromUtf8(bytes);
  const json = text === undefined ? undefined : objectOf(text);
  if (text === undefined || json === undefined)
    return { ok: false, fault: "signature_malformed", check: undefined };
  const read = form === "dsse" ? readEnvelope(json, bytes) : readResult(json, text);
  if (typeof read !== "string") return { ok: true, ...read };
  return { ok: false, fault: read, check: form === "dsse" ? checkInPayload(json) : checkIn(json["context"]) };
}

/** Which form these bytes have, as far as that can be seen; undefined for neither. Nothing is verified. */
export function formOf(bytes: Uint8Array): Proof["form"] | undefined {
  const text = bytes.length > MAX_EVIDENCE_BYTES ? undefined : fromUtf8(bytes);
  const json = text === undefined ? undefined : objectOf(text);
  if (json === undefined) return undefined;
  if (Object.hasOwn(json, "payload")) return "dsse";
  return Object.hasOwn(json, "context") ? "result" : undefined;
}

/** Doubled keys are refused: two readers could each take another one. */
function objectOf(text: string): Object_ | undefined {
  try {
    if (parseValue(text.replace(/\n$/, "")) === undefined) return undefined;
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined; // nested deeper than the stack
  }
}

function readEnvelope(json: Object_, bytes: Uint8Array): Read {
  const fault = envelopeFault(json);
  if (fault !== undefined) return fault;
  const envelope = bytes.length > MAX_ENVELOPE_BYTES ? undefined : parseEnvelope(bytes);
  if (envelope === undefined) return "signature_malformed";
  const statement = parseCanonical(envelope.payload);
  if (statement === undefined) return "signature_not_canonical";
  if (!isObject(statement) || statement["predicateType"] !== EVIDENCE) return "signature_kind";
  const parsed = evidenceStatementSchema.safeParse(statement);
  if (!parsed.success) return faultOf(parsed.error);
  const { subject, predicate } = parsed.data;
  const { value: text, ...said } = predicate;
  const value = exactValue(text);
  if (value === undefined) return "signature_not_canonical";
  const { keyid, signature, payload } = envelope;
  return { keyid, signature, message: preAuthEncoding(payload), context: { ...said, subject }, value };
}

/** The strict reader says only that it is no envelope; the operator has to know what is wrong with it. */
function envelopeFault(json: Object_): SignatureFault | undefined {
  const { signatures, payloadType } = json;
  if (!Array.isArray(signatures) || signatures.length === 0) return "signature_missing";
  if (signatures.length > 1) return "signature_count";
  const only: unknown = signatures[0];
  if (!isObject(only) || typeof only["sig"] !== "string" || only["sig"] === "") return "signature_missing";
  if (hasOther(json, ["payload", "payloadType", "signatures"]) || hasOther(only, ["keyid", "sig"]))
    return "signature_unknown_field";
  if (payloadType !== PAYLOAD_TYPE) return "signature_kind";
  return fromBase64(only["sig"])?.length === 64 ? undefined : "signature_scheme";
}

function readResult(json: Object_, text: string): Read {
  const fault = resultFault(json);
  if (fault !== undefined) return fault;
  const whole = exactValue(text.replace(/\n$/, ""));
  if (whole === undefined) return "signature_not_canonical";
  const parsed = resultSchema.safeParse(json);
  if (!parsed.success) return faultOf(parsed.error);
  const { context, evidence_hash, evidence_anchor, signature: signed } = parsed.data;
  const value = isMap(whole) ? whole.get("value") : undefined;
  const signature = fromBase64(signed.signature);
  if (value === undefined || signature?.length !== 64) return "signature_malformed";
  if (hashOf(value).value !== evidence_hash.value) return "signature_hash_mismatch";
  if (evidence_anchor !== undefined && !isAnchorOf(evidence_anchor, context))
    return "signature_anchor_mismatch";
  return {
    keyid: signed.key_id,
    signature,
    message: resultMessage(context, evidence_hash),
    context,
    value,
  };
}

function resultFault({ signature, ...rest }: Object_): SignatureFault | undefined {
  if (Array.isArray(signature)) return signature.length === 0 ? "signature_missing" : "signature_count";
  if (!isObject(signature) || typeof signature["signature"] !== "string") return "signature_missing";
  if (signature["scheme"] !== "ed25519") return "signature_scheme";
  return Object.hasOwn(rest, "evidence_hash") ? undefined : "signature_hash_missing";
}

/** The anchor is not signed, so it may only repeat what is. */
function isAnchorOf(
  { anchor_type, anchor_value }: { readonly anchor_type: string; readonly anchor_value: string },
  context: EvidenceContext,
): boolean {
  return anchor_type === ANCHOR_TYPE && anchor_value === anchorText(context);
}

/** The value of a text that is its one canonical spelling. */
function exactValue(text: string): Value | undefined {
  const value = parseValue(text);
  return value !== undefined && renderValue(value) === text ? value : undefined;
}

function faultOf({ issues }: z.ZodError): SignatureFault {
  return issues.some(({ code }) => code === "unrecognized_keys")
    ? "signature_unknown_field"
    : "signature_malformed";
}

function checkInPayload({ payload }: Object_): string | undefined {
  const bytes = typeof payload === "string" ? Buffer.from(payload, "base64") : undefined;
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  return text === undefined ? undefined : checkIn(objectOf(text)?.["predicate"]);
}

function checkIn(said: unknown): string | undefined {
  const check = isObject(said) ? said["check"] : undefined;
  return typeof check === "string" ? check : undefined;
}

function hasOther(json: Object_, known: readonly string[]): boolean {
  return Object.keys(json).some((key) => !known.includes(key));
}

function isObject(json: unknown): json is Object_ {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
