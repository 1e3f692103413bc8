// Signed evidence in tests: keys made of phrases, the two forms, and the terms under which they are believed.
import {
  type EvidenceContext,
  contextSchema,
  evidenceStatement,
  hashOf,
  renderResult,
  resultMessage,
} from "../../src/core/attestation/evidence.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import type { ConditionSpec } from "../../src/core/gate/condition.ts";
import type { EvidenceKey, Proof, Trust } from "../../src/core/gate/evidence.ts";
import type { Value } from "../../src/core/gate/value.ts";
import { signerOf, type TestSigner } from "./signing.ts";

/** No key of the tests is kept anywhere: each is made of its phrase. */
export const ci = signerOf(sha256("countersign test vectors: evidence of a CI job"));
export const stranger = signerOf(sha256("countersign test vectors: evidence of a stranger"));

export const NOW = Date.UTC(2026, 5, 1, 12);
export const PATCH = sha256("a patch");
export const OTHER_PATCH = sha256("another patch");
export const TREE = sha256("a tree").slice(0, 40);
export const OTHER_TREE = sha256("another tree").slice(0, 40);
export const RESOURCE = "urn:countersign:repository:team-a/demo";

export const patchSubject = (patch: string = PATCH): unknown => ({
  name: "patch",
  digest: { sha256: patch },
});
export const treeSubject = (tree: string = TREE): unknown => ({
  name: "result-tree",
  digest: { gitTree: tree },
});

export function context(over: Readonly<Record<string, unknown>> = {}): EvidenceContext {
  return contextSchema.parse({
    subject: [patchSubject()],
    resourceUri: RESOURCE,
    check: "ci.tests",
    params: { suite: "unit" },
    issued: "2026-06-01T11:59:00.000Z",
    expires: "2026-06-01T12:59:00.000Z",
    nonce: sha256("nonce").slice(0, 32),
    ...over,
  });
}

export function dsse(said = context(), value: Value = true, signer: TestSigner = ci): Proof {
  return { form: "dsse", bytes: signer.envelope(evidenceStatement(said, value)) };
}

export function result(said = context(), value: Value = true, signer: TestSigner = ci): Proof {
  const signature = signer.sign(resultMessage(said, hashOf(value)));
  return { form: "result", bytes: renderResult(said, value, signer.key.keyid, signature) };
}

export const makers = { dsse, result } as const;

type Node_ = Record<string, unknown>;

/** The same proof with the JSON under dotted paths set anew; undefined takes it away. Keys stay sorted. */
export function bent(proof: Proof, changes: Readonly<Record<string, unknown>>): Proof {
  const json = JSON.parse(Buffer.from(proof.bytes).toString()) as Node_;
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    const node = names.reduce((at, name) => at[name] as Node_, json);
    if (value === undefined) delete node[last];
    else node[last] = value;
  }
  return { ...proof, bytes: utf8(`${JSON.stringify(json, sorted)}\n`) };
}

/** The same proof with its text changed. */
export function respelt(proof: Proof, change: (text: string) => string): Proof {
  return { ...proof, bytes: utf8(change(Buffer.from(proof.bytes).toString())) };
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const pinned = (over: Partial<EvidenceKey> = {}): EvidenceKey => ({
  name: "ci",
  ...ci.key,
  checks: ["ci.tests"],
  ...over,
});

export function trust(over: Partial<Trust> = {}): Trust {
  return {
    minLane: "verified",
    now: NOW,
    anchors: new Map(),
    keys: [pinned()],
    maxAgeSeconds: 86_400,
    bind: "patch",
    subject: { resource: RESOURCE, patch: PATCH, tree: TREE },
    ...over,
  };
}

export function spec(over: Partial<ConditionSpec> = {}): ConditionSpec {
  return {
    id: "tests",
    provider: "signed",
    check: "statement",
    params: { name: "ci.tests", params: { suite: "unit" } },
    comparator: "equals",
    expected: true,
    types: ["boolean"],
    ...over,
  };
}
