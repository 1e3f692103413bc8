// Vectors of signed evidence: what must fit between a statement, the question, the pinned keys and the change, in both forms.
import { toBase64 } from "../../../../src/core/base/bytes.ts";
import {
  ci,
  context,
  makers,
  NOW,
  OTHER_PATCH,
  OTHER_TREE,
  PATCH,
  patchSubject,
  RESOURCE,
  stranger,
  TREE,
  treeSubject,
} from "../../../support/evidence.ts";
import type { Line } from "./cells.ts";

type Form = keyof typeof makers;
type Words = Readonly<Record<string, unknown>>;

/** What is said beside the defaults; `said` is the statement's context. */
interface Say {
  readonly said?: Words;
  readonly answer?: boolean;
  readonly signer?: typeof ci;
  readonly condition?: Words;
  readonly evidence?: Words;
  readonly trust?: Words;
  readonly key?: Words;
}

const CONDITION = {
  provider: "signed",
  check: "statement",
  params: { name: "ci.tests", params: { suite: "unit" } },
  comparator: "equals",
  expected: "true",
  types: ["boolean"],
};
/** When the statements of the cases were issued. */
const ISSUED = Date.parse("2026-06-01T11:59:00.000Z");
const KEY = {
  name: "ci",
  keyid: ci.key.keyid,
  public_key: toBase64(ci.key.publicKey),
  checks: ["ci.tests"],
};
/** The same bytes to a decoder that skips what it does not know: the last digit's lowest bits are not zero. */
const LOOSE = KEY.public_key.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`);
const subject = (over: Words): Words => ({ subject: { resource: RESOURCE, ...over } });
const BOTH = { subject: [patchSubject(), treeSubject()] };
/** A condition of json that leaves its check to the default, which is path. */
const OF_JSON = { provider: "json", check: undefined, params: { file: "a.json" } };
const PATH = { check: "json.path", params: { file: "a.json" } };

/** Name, what is said, and the fault; null where it holds. */
const CASES: readonly (readonly [name: string, say: Say, fault: string | null])[] = [
  ["as it should be", {}, null],
  ["it says no", { answer: false, evidence: { value: "false" } }, "condition_false"],
  ["of a key for every check", { key: { checks: ["*"] } }, null],
  ["of a key for another check", { key: { checks: ["ci.lint"] } }, "signature_key_check"],
  ["of a key that ends later", { key: { expires: NOW + 1 } }, null],
  ["of a key that ends now", { key: { expires: NOW } }, "signature_key_expired"],
  ["issued as its key begins", { key: { not_before: ISSUED } }, null],
  ["issued a moment before its key begins", { key: { not_before: ISSUED + 1 } }, "signature_key_not_begun"],
  ["issued a moment before its key ends", { key: { not_after: ISSUED + 1 } }, null],
  ["issued as its key ends", { key: { not_after: ISSUED } }, "signature_key_expired"],
  ["issued by a key that has ended since", { key: { not_before: ISSUED - 1, not_after: NOW - 1 } }, null],
  ["no key is pinned", { trust: { keys: [] } }, "signature_key_unlisted"],
  ["of a stranger's key", { signer: stranger }, "signature_key_unlisted"],
  [
    "of a stranger who takes another's name",
    { key: { keyid: stranger.key.keyid }, signer: stranger },
    "signature_invalid",
  ],
  ["the key is another", { key: { public_key: toBase64(stranger.key.publicKey) } }, "signature_invalid"],
  ["the key in a loose spelling", { key: { public_key: LOOSE } }, "signature_invalid"],
  ["another check", { said: { check: "ci.lint" }, key: { checks: ["*"] } }, "signature_other_check"],
  ["other parameters", { said: { params: { suite: "all" } } }, "signature_other_params"],
  ["another repository", { said: { resourceUri: `${RESOURCE}2` } }, "signature_other_resource"],
  ["nobody says what is changed", { trust: { subject: undefined } }, "signature_other_resource"],
  ["another patch", { said: { subject: [patchSubject(OTHER_PATCH)] } }, "signature_other_patch"],
  ["another tree", { said: { subject: [treeSubject(OTHER_TREE)] } }, "signature_other_tree"],
  ["patch and tree", { said: BOTH }, null],
  ["the patch, and only that is known", { trust: subject({ patch: PATCH }) }, null],
  ["the patch, and only the tree is known", { trust: subject({ tree: TREE }) }, "signature_subject_unknown"],
  [
    "the tree, and only that is known",
    { said: { subject: [treeSubject()] }, trust: subject({ tree: TREE }) },
    null,
  ],
  ["the patch, and nothing is known", { trust: subject({}) }, "signature_subject_unknown"],
  ["only the patch, where the tree must be named", { trust: { bind: "tree" } }, "signature_tree_missing"],
  ["both, where the tree must be named", { said: BOTH, trust: { bind: "tree" } }, null],
  ["it lives as long as it may", { trust: { max_age_seconds: 3600 } }, null],
  ["it lives a second longer", { trust: { max_age_seconds: 3599 } }, "signature_lifetime"],
  ["it has ended", { trust: { now: NOW + 3_540_000 } }, "signature_expired"],
  ["it is of the future", { trust: { now: NOW - 360_001 } }, "signature_from_future"],
  ["time 0", { trust: { now: undefined } }, "signature_from_future"],
  ["the answer is another", { answer: false }, "signature_other_value"],
  ["no answer", { evidence: { value: undefined } }, "signature_other_value"],
  ["bytes instead of an answer", { evidence: { value: undefined, bytes: [1] } }, "signature_other_value"],
  ["no proof", { evidence: { proof: undefined } }, "signature_missing"],
  ["json, unsigned", { condition: OF_JSON, evidence: { proof: undefined } }, null],
  ["json, signed as json.path", { condition: OF_JSON, said: PATH, key: { checks: ["json.path"] } }, null],
  [
    "json, signed as another check",
    { condition: OF_JSON, said: { ...PATH, check: "json.get" }, key: { checks: ["*"] } },
    "signature_other_check",
  ],
];

function line(form: Form, [name, say, fault]: (typeof CASES)[number]): Line {
  const proof = makers[form](context(say.said), say.answer ?? true, say.signer ?? ci);
  const holds = fault === null || fault === "condition_false";
  return {
    id: `signed/${form}: ${name}`,
    kind: "condition",
    condition: { ...CONDITION, ...say.condition },
    evidence: { value: "true", proof: { form, text: Buffer.from(proof.bytes).toString() }, ...say.evidence },
    trust: {
      now: NOW,
      ...subject({ patch: PATCH, tree: TREE }),
      keys: [{ ...KEY, ...say.key }],
      ...say.trust,
    },
    state: holds ? (fault === null ? "true" : "false") : "unknown",
    reason: holds ? fault : "provider_error",
    detail: holds ? null : fault,
  };
}

/** A statement in one form that is said to be of the other has no signature where that one has it. */
function mistaken(form: Form, other: Form): Line {
  const made = line(form, ["said to be of the other form", {}, "signature_missing"]);
  const { proof } = made["evidence"] as { readonly proof: Words };
  return { ...made, evidence: { value: "true", proof: { ...proof, form: other } } };
}

export function signed(): readonly Line[] {
  return [
    ...CASES.map((one) => line("dsse", one)),
    mistaken("dsse", "result"),
    ...CASES.map((one) => line("result", one)),
    mistaken("result", "dsse"),
  ];
}
