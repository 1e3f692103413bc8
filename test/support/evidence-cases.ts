// Each way in which genuine signed evidence can fail to answer a question, in either form.
import type { SignatureFault } from "../../src/core/attestation/read-evidence.ts";
import type { Proof, Trust } from "../../src/core/gate/evidence.ts";
import {
  context,
  makers,
  OTHER_PATCH,
  OTHER_TREE,
  patchSubject,
  pinned,
  RESOURCE,
  PATCH,
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

export const said = (name: string, proof: Proof, expected?: SignatureFault, under = trust()): Case => ({
  name: `${proof.form}: ${name}`,
  proof,
  trust: under,
  expected,
});

/** When the statements of the cases were issued. */
const ISSUED = Date.parse("2026-06-01T11:59:00.000Z");

/** evidence.bind of the presets that are more than a trial. */
const BOUND = { bind: "tree" } as const;

/** Cases that are the same in both forms. */
export const both = (form: "dsse" | "result"): readonly Case[] => {
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
      "key in its time",
      make(),
      undefined,
      trust({ keys: [pinned({ notBefore: ISSUED, notAfter: ISSUED + 1 })] }),
    ),
    said(
      "issued before the key",
      make(),
      "signature_key_not_begun",
      trust({ keys: [pinned({ notBefore: ISSUED + 1 })] }),
    ),
    said(
      "issued after the key",
      make(),
      "signature_key_expired",
      trust({ keys: [pinned({ notAfter: ISSUED })] }),
    ),
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
    said("only a patch, where the tree must be named", make(), "signature_tree_missing", trust(BOUND)),
    said(
      "another patch, where the tree must be named",
      of({ subject: [patchSubject(OTHER_PATCH)] }),
      "signature_other_patch",
      trust(BOUND),
    ),
    said(
      "good, about patch and tree, where the tree must be named",
      of({ subject: [patchSubject(), treeSubject()] }),
      undefined,
      trust(BOUND),
    ),
    said(
      "good, about the tree alone, where the tree must be named",
      of({ subject: [treeSubject()] }),
      undefined,
      trust(BOUND),
    ),
    said(
      "the same patch, another tree, where the tree must be named",
      of({ subject: [patchSubject(), treeSubject(OTHER_TREE)] }),
      "signature_other_tree",
      trust(BOUND),
    ),
    said(
      "good, only a patch, where the tree must be named and is not known yet",
      make(),
      undefined,
      trust({ ...BOUND, subject: { resource: RESOURCE, patch: PATCH } }),
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
