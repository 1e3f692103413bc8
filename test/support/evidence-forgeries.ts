// Each way in which signed evidence can be forged, damaged or be something else; with the other cases, the vectors are made of these.
import { canonical } from "../../src/core/base/canonical.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { publicationStatement } from "../../src/core/attestation/statement.ts";
import { evidenceStatement, hashOf } from "../../src/core/attestation/evidence.ts";
import type { Proof } from "../../src/core/gate/evidence.ts";
import { both, type Case, said } from "./evidence-cases.ts";
import { bent, ci, context, dsse, PATCH, respelt, result, stranger, TREE } from "./evidence.ts";

/** A payload of ours with `change` made to its text, and signed all the same. */
function signedText(change: (text: string) => string): Proof {
  const text = Buffer.from(evidenceStatement(context(), true)).toString();
  return { form: "dsse", bytes: ci.envelope(utf8(change(text))) };
}

const swap = (from: string | RegExp, to: string): Proof => signedText((text) => text.replace(from, to));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** The signature of an envelope with one bit turned. */
function turned(): string {
  const { signatures } = JSON.parse(Buffer.from(dsse().bytes).toString()) as {
    signatures: [{ sig: string }];
  };
  const bytes = Buffer.from(signatures[0].sig, "base64");
  bytes[9] = (bytes[9] ?? 0) ^ 1;
  return base64(bytes);
}

const publication = publicationStatement(PATCH, {
  repository: "demo",
  ref: "refs/heads/main",
  commit: TREE,
  tree: TREE,
  policy: PATCH,
  created: "2026-06-01T11:59:00.000Z",
} as Parameters<typeof publicationStatement>[1]);

const strange = dsse(context(), true, stranger);
const sigOf = (proof: Proof): unknown =>
  (JSON.parse(Buffer.from(proof.bytes).toString()) as { signatures: [unknown] }).signatures[0];
const twice = [sigOf(dsse()), sigOf(dsse())];

const inEnvelope: readonly Case[] = [
  said(
    "wrong key under a listed id",
    bent(strange, { "signatures.0.keyid": ci.key.keyid }),
    "signature_invalid",
  ),
  said(
    "tampered payload",
    bent(dsse(), { payload: base64(evidenceStatement(context(), false)) }),
    "signature_invalid",
  ),
  said("flipped bit of the signature", bent(dsse(), { "signatures.0.sig": turned() }), "signature_invalid"),
  said("missing signature", bent(dsse(), { signatures: [] }), "signature_missing"),
  said("empty signature", bent(dsse(), { "signatures.0.sig": "" }), "signature_missing"),
  said("no signatures", bent(dsse(), { signatures: undefined }), "signature_missing"),
  said("two signatures", bent(dsse(), { signatures: twice }), "signature_count"),
  said(
    "key embedded beside the signature",
    bent(strange, { "signatures.0.public_key": stranger.pem }),
    "signature_unknown_field",
  ),
  said("key embedded in the envelope", bent(strange, { key: stranger.pem }), "signature_unknown_field"),
  said("key embedded in the statement", swap('"check":', '"aKey":"x","check":'), "signature_unknown_field"),
  said(
    "wrong scheme: a signature of another length",
    bent(dsse(), { "signatures.0.sig": base64(Buffer.alloc(72, 1)) }),
    "signature_scheme",
  ),
  said("another payload type", bent(dsse(), { payloadType: "application/json" }), "signature_kind"),
  said(
    "signatures given twice",
    respelt(dsse(), (text) => text.replace('"signatures"', '"signatures":[],"signatures"')),
    "signature_malformed",
  ),
  said("payload that is not canonical", swap('"check":', '"check": '), "signature_not_canonical"),
  said(
    "payload with a key given twice",
    swap('"check":', '"check":"ci.lint","check":'),
    "signature_not_canonical",
  ),
  said("value that is not canonical", swap('"value":"true"', '"value":"true "'), "signature_not_canonical"),
  said("value in another spelling", swap('"value":"true"', '"value":"1.0"'), "signature_not_canonical"),
  said("value that is no text", swap('"value":"true"', '"value":true'), "signature_malformed"),
  said("short nonce", swap(/"nonce":"\w+"/, '"nonce":"00"'), "signature_malformed"),
  said("no subject", swap(/"subject":\[.*\]/, '"subject":[]'), "signature_malformed"),
  said("no parameters at all", swap(/"params":\{.*?\},/, ""), "signature_malformed"),
  said("a publication of a manifest", { form: "dsse", bytes: ci.envelope(publication) }, "signature_kind"),
  said(
    "something else that the key signed",
    { form: "dsse", bytes: ci.envelope(utf8(canonical({ hello: "world" }))) },
    "signature_kind",
  ),
  said("the other form", { ...result(), form: "dsse" }, "signature_missing"),
];

const key = "signature.key_id";
const flipped = hashOf(true).value.replace(/^./, (first) => (first === "0" ? "1" : "0"));

const inResult: readonly Case[] = [
  said(
    "wrong key under a listed id",
    bent(result(context(), true, stranger), { [key]: ci.key.keyid }),
    "signature_invalid",
  ),
  said(
    "another value with its own hash",
    bent(result(), { value: false, evidence_hash: hashOf(false) }),
    "signature_invalid",
  ),
  said(
    "tampered context",
    bent(result(), { "context.expires": "2026-06-01T12:58:00.000Z" }),
    "signature_invalid",
  ),
  said("missing signature", bent(result(), { signature: undefined }), "signature_missing"),
  said("two signatures", bent(result(), { signature: [{}, {}] }), "signature_count"),
  said("wrong scheme", bent(result(), { "signature.scheme": "ed25519ph" }), "signature_scheme"),
  said(
    "key embedded",
    bent(result(context(), true, stranger), { "signature.public_key": stranger.pem }),
    "signature_unknown_field",
  ),
  said("missing hash", bent(result(), { evidence_hash: undefined }), "signature_hash_missing"),
  said("flipped hash", bent(result(), { "evidence_hash.value": flipped }), "signature_hash_mismatch"),
  said("another value", bent(result(), { value: false }), "signature_hash_mismatch"),
  said("missing value", bent(result(), { value: undefined }), "signature_malformed"),
  said(
    "anchor of something else",
    bent(result(), { "evidence_anchor.anchor_value": "{}" }),
    "signature_anchor_mismatch",
  ),
  said(
    "anchor of another type",
    bent(result(), { "evidence_anchor.anchor_type": "url" }),
    "signature_anchor_mismatch",
  ),
  said(
    "good, without anchor and content type",
    bent(result(), { evidence_anchor: undefined, content_type: undefined }),
  ),
  said(
    "not canonical",
    respelt(result(), (text) => text.replace(":true", ": true")),
    "signature_not_canonical",
  ),
  said(
    "value given twice",
    respelt(result(), (text) => text.replace('"value":true', '"value":false,"value":true')),
    "signature_malformed",
  ),
  said("the other form", { ...dsse(), form: "result" }, "signature_missing"),
];

export const cases: readonly Case[] = [...both("dsse"), ...inEnvelope, ...both("result"), ...inResult];
