// Each way in which signed evidence can fail to answer a question, once for each form; the vectors are made of these.
import { canonical } from "../../src/core/base/canonical.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { publicationStatement } from "../../src/core/attestation/statement.ts";
import { evidenceStatement } from "../../src/core/attestation/evidence.ts";
import { parseEnvelope, renderEnvelope } from "../../src/core/attestation/envelope.ts";
import type { SignatureFault } from "../../src/core/attestation/read-evidence.ts";
import type { Proof, Trust } from "../../src/core/gate/evidence.ts";
import {
  bent,
  ci,
  context,
  dsse,
  makers,
  OTHER_PATCH,
  OTHER_TREE,
  patchSubject,
  pinned,
  RESOURCE,
  PATCH,
  result,
  stranger,
  TREE,
  treeSubject,
  trust,
} from "./evidence.ts";

export interface Case {
  readonly name: string;
  readonly proof: Proof;
  readonly trust: Trust;
  readonly expected: SignatureFault | undefined;
}

const said = (name: string, proof: Proof, expected?: SignatureFault, under = trust()): Case => ({
  name: `${proof.form}: ${name}`,
  proof,
  trust: under,
  expected,
});

/** Cases that are the same in both forms. */
const both = (form: "dsse" | "result"): readonly Case[] => {
  const make = makers[form];
  const of = (over: Readonly<Record<string, unknown>>): Proof => make(context(over));
  return [
    said("good", make()),
    said("good, about patch and tree", of({ subject: [patchSubject(), treeSubject()] })),
    said("good, about the tree alone", of({ subject: [treeSubject()] })),
    said("good, of a key for every check", make(), undefined, trust({ keys: [pinned({ checks: ["*"] })] })),
    said("unlisted key", make(context(), true, stranger), "signature_key_unlisted"),
    said("no key pinned", make(), "signature_key_unlisted", trust({ keys: [] })),
    said("expired key", make(), "signature_key_expired", trust({ keys: [pinned({ expires: trust().now })] })),
    said(
      "key for another check",
      make(),
      "signature_key_check",
      trust({ keys: [pinned({ checks: ["ci.lint"] })] }),
    ),
    said(
      "another check",
      of({ check: "ci.lint" }),
      "signature_other_check",
      trust({ keys: [pinned({ checks: ["*"] })] }),
    ),
    said("another parameter", of({ params: { suite: "all" } }), "signature_other_params"),
    said("no parameters", of({ params: {} }), "signature_other_params"),
    said("one parameter more", of({ params: { suite: "unit", shard: 1 } }), "signature_other_params"),
    said("another repository", of({ resourceUri: `${RESOURCE}2` }), "signature_other_resource"),
    said(
      "another namespace",
      of({ resourceUri: "urn:countersign:repository:team-b/demo" }),
      "signature_other_resource",
    ),
    said("another patch", of({ subject: [patchSubject(OTHER_PATCH)] }), "signature_other_patch"),
    said(
      "another patch, the same tree",
      of({ subject: [patchSubject(OTHER_PATCH), treeSubject()] }),
      "signature_other_patch",
    ),
    said("another tree", of({ subject: [treeSubject(OTHER_TREE)] }), "signature_other_tree"),
    said(
      "the same patch, another tree",
      of({ subject: [patchSubject(), treeSubject(OTHER_TREE)] }),
      "signature_other_tree",
    ),
    said(
      "only a tree, where only the patch is known",
      of({ subject: [treeSubject()] }),
      "signature_subject_unknown",
      trust({ subject: { resource: RESOURCE, patch: PATCH } }),
    ),
    said(
      "only a patch, where only the tree is known",
      make(),
      "signature_subject_unknown",
      trust({ subject: { resource: RESOURCE, tree: TREE } }),
    ),
    said("expired", of({ expires: "2026-06-01T12:00:00.000Z" }), "signature_expired"),
    said("good, in its last millisecond", of({ expires: "2026-06-01T12:00:00.001Z" })),
    said("issued in the future", of({ issued: "2026-06-01T12:05:00.001Z" }), "signature_from_future"),
    said("good, issued as far ahead as clocks may differ", of({ issued: "2026-06-01T12:05:00.000Z" })),
    said("a life that is too long", of({ expires: "2026-06-02T11:59:00.001Z" }), "signature_lifetime"),
    said("good, the longest life", of({ expires: "2026-06-02T11:59:00.000Z" })),
    said(
      "a life that ends when it begins",
      of({ expires: "2026-06-01T11:59:00.000Z" }),
      "signature_lifetime",
    ),
  ];
};

type Loose = Record<string, never>;
const only = (json: Loose): Loose => (json["signatures"] as unknown as Loose[])[0] ?? {};

/** A payload of ours with `change` made to its text, and signed all the same. */
function signedText(change: (text: string) => string): Proof {
  const text = Buffer.from(evidenceStatement(context(), true)).toString();
  return { form: "dsse", bytes: ci.envelope(utf8(change(text))) };
}

function tampered(): Proof {
  const envelope = parseEnvelope(dsse().bytes);
  const payload = Buffer.from(evidenceStatement(context(), false));
  return {
    form: "dsse",
    bytes: renderEnvelope({ keyid: "", signature: new Uint8Array(64), ...envelope, payload }),
  };
}

const PUBLICATION = publicationStatement(PATCH, {
  repository: "demo",
  ref: "refs/heads/main",
  commit: TREE,
  tree: TREE,
  policy: PATCH,
  created: "2026-06-01T11:59:00.000Z",
} as never);

const inEnvelope: readonly Case[] = [
  said(
    "wrong key under a listed id",
    bent(dsse(context(), true, stranger), (json) => {
      Object.assign(only(json), { keyid: ci.key.keyid });
    }),
    "signature_invalid",
  ),
  said("tampered payload", tampered(), "signature_invalid"),
  said(
    "flipped bit of the signature",
    bent(dsse(), (json) => {
      const sig = Buffer.from(only(json)["sig"] as unknown as string, "base64");
      sig[0] = (sig[0] ?? 0) ^ 1;
      Object.assign(only(json), { sig: sig.toString("base64") });
    }),
    "signature_invalid",
  ),
  said(
    "missing signature",
    bent(dsse(), (json) => ({ ...json, signatures: [] })),
    "signature_missing",
  ),
  said(
    "empty signature",
    bent(dsse(), (json) => {
      Object.assign(only(json), { sig: "" });
    }),
    "signature_missing",
  ),
  said(
    "two signatures",
    bent(dsse(), (json) => ({ ...json, signatures: [only(json), only(json)] })),
    "signature_count",
  ),
  said(
    "key embedded beside the signature",
    bent(dsse(context(), true, stranger), (json) => {
      Object.assign(only(json), { public_key: stranger.pem });
    }),
    "signature_unknown_field",
  ),
  said(
    "key embedded in the envelope",
    bent(dsse(context(), true, stranger), (json) => ({ ...json, key: stranger.pem })),
    "signature_unknown_field",
  ),
  said(
    "key embedded in the statement",
    signedText((text) => text.replace('"check":', '"aKey":"x","check":')),
    "signature_unknown_field",
  ),
  said(
    "wrong scheme: a signature of another length",
    bent(dsse(), (json) => {
      Object.assign(only(json), { sig: Buffer.alloc(72, 1).toString("base64") });
    }),
    "signature_scheme",
  ),
  said(
    "another payload type",
    bent(dsse(), (json) => ({ ...json, payloadType: "application/json" })),
    "signature_kind",
  ),
  said(
    "payload that is not canonical",
    signedText((text) => text.replace('"check":', '"check": ')),
    "signature_not_canonical",
  ),
  said(
    "payload with a key given twice",
    signedText((text) => text.replace('"check":', '"check":"ci.lint","check":')),
    "signature_not_canonical",
  ),
  said(
    "value that is not canonical",
    signedText((text) => text.replace('"value":"true"', '"value":"true "')),
    "signature_not_canonical",
  ),
  said(
    "value in another spelling",
    signedText((text) => text.replace('"value":"true"', '"value":"1.0"')),
    "signature_not_canonical",
  ),
  said(
    "value that is no text",
    signedText((text) => text.replace('"value":"true"', '"value":true')),
    "signature_malformed",
  ),
  said(
    "short nonce",
    signedText((text) => text.replace(/"nonce":"\w+"/, '"nonce":"00"')),
    "signature_malformed",
  ),
  said(
    "no subject",
    signedText((text) => text.replace(/"subject":\[.*\]/, '"subject":[]')),
    "signature_malformed",
  ),
  said("a publication of a manifest", { form: "dsse", bytes: ci.envelope(PUBLICATION) }, "signature_kind"),
  said(
    "something else that the key signed",
    { form: "dsse", bytes: ci.envelope(utf8(canonical({ hello: "world" }))) },
    "signature_kind",
  ),
];

const inResult: readonly Case[] = [
  said(
    "wrong key under a listed id",
    bent(result(context(), true, stranger), (json) => {
      Object.assign(json["signature"] as Loose, { key_id: ci.key.keyid });
    }),
    "signature_invalid",
  ),
  said(
    "another value with its own hash",
    bent(result(), (json) => {
      const other = JSON.parse(Buffer.from(result(context(), false).bytes).toString()) as Loose;
      return { ...json, value: false, evidence_hash: other["evidence_hash"] };
    }),
    "signature_invalid",
  ),
  said(
    "tampered context",
    bent(result(), (json) => {
      Object.assign(json["context"] as Loose, { expires: "2026-06-01T12:58:00.000Z" });
    }),
    "signature_invalid",
  ),
  said(
    "missing signature",
    bent(result(), ({ signature: _, ...json }) => json),
    "signature_missing",
  ),
  said(
    "two signatures",
    bent(result(), (json) => ({ ...json, signature: [json["signature"], json["signature"]] })),
    "signature_count",
  ),
  said(
    "wrong scheme",
    bent(result(), (json) => {
      Object.assign(json["signature"] as Loose, { scheme: "ed25519ph" });
    }),
    "signature_scheme",
  ),
  said(
    "key embedded",
    bent(result(context(), true, stranger), (json) => {
      Object.assign(json["signature"] as Loose, { public_key: stranger.pem });
    }),
    "signature_unknown_field",
  ),
  said(
    "missing hash",
    bent(result(), ({ evidence_hash: _, ...json }) => json),
    "signature_hash_missing",
  ),
  said(
    "flipped hash",
    bent(result(), (json) => {
      const hash = json["evidence_hash"] as { value: string };
      Object.assign(hash, { value: hash.value.replace(/^./, (c) => (c === "0" ? "1" : "0")) });
    }),
    "signature_hash_mismatch",
  ),
  said(
    "another value",
    bent(result(), (json) => ({ ...json, value: false })),
    "signature_hash_mismatch",
  ),
  said(
    "missing value",
    bent(result(), ({ value: _, ...json }) => json),
    "signature_malformed",
  ),
  said(
    "anchor of another patch",
    bent(result(), (json) => {
      Object.assign(json["evidence_anchor"] as Loose, { anchor_value: "{}" });
    }),
    "signature_anchor_mismatch",
  ),
  said(
    "good, without anchor and type",
    bent(result(), ({ evidence_anchor: _, content_type: __, ...json }) => json),
  ),
  said(
    "not canonical",
    bent(result(), (json) => JSON.stringify(json, undefined, 1)),
    "signature_not_canonical",
  ),
  said(
    "value given twice",
    bent(result(), (json) => JSON.stringify(json).replace('"value":true', '"value":false,"value":true')),
    "signature_malformed",
  ),
];

export const cases: readonly Case[] = [...both("dsse"), ...inEnvelope, ...both("result"), ...inResult];
