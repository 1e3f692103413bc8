// `countersign evidence verify`: whether signed evidence is genuine, what it says, and of which question.
import { resolve } from "node:path";
import { z } from "zod";
import { readParams } from "../../core/attestation/evidence-words.ts";
import { checkNameSchema, MAX_EVIDENCE_BYTES, subjectOf } from "../../core/attestation/evidence.ts";
import {
  formOf,
  readProof,
  type SignatureFault,
  type SignedEvidence,
} from "../../core/attestation/read-evidence.ts";
import { resourceUri } from "../../core/attestation/statement.ts";
import { digestSchema } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { gitOidSchema } from "../../core/base/ids.ts";
import { configSchema } from "../../core/config/schema.ts";
import type { Subject, Trust } from "../../core/gate/evidence.ts";
import { proofFault } from "../../core/gate/signature.ts";
import { renderValue } from "../../core/gate/value.ts";
import { readBounded } from "../../io/file/read.ts";
import { readKey } from "../context.ts";
import { columns, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson } from "./command.ts";

/** The longest life that any configuration can allow. */
const MAX_AGE_SECONDS = 2_592_000;

const schema = z.strictObject({
  ...json,
  key: z.string().min(1).max(4096).optional(),
  check: checkNameSchema.optional(),
  param: z.array(z.string().max(400)).max(64).optional(),
  patch: digestSchema.optional(),
  tree: gitOidSchema.optional(),
  resourceName: configSchema.shape.repository.shape.name.optional(),
  namespace: configSchema.shape.namespace.shape.name.optional(),
  maxAge: z.coerce.number().int().min(1).max(MAX_AGE_SECONDS).optional(),
});
type Options = z.infer<typeof schema>;

export const evidenceVerify = command({
  usage: "evidence verify <file>",
  about:
    "verify signed evidence FILE with --key: what it says, and whether it answers the question that the options ask",
  options: [
    { flags: "--key <file>", about: "the signer's public key (PEM)" },
    { flags: "--check <name>", about: "the check that it must be about" },
    { flags: "--param <name=value...>", about: "the parameters that it must be about, all of them" },
    { flags: "--patch <sha256>", about: "the patch that it must be about" },
    { flags: "--tree <oid>", about: "the result tree that it must be about" },
    { flags: "--resource-name <name>", about: "the repository's name that it must be about" },
    { flags: "--namespace <name>", about: "with --resource-name: its namespace (default: default)" },
    { flags: "--max-age <seconds>", about: "longest life that it may have (default: 2592000)" },
    jsonOption,
  ],
  schema,
  run: async (world, args, options) => {
    const name = argument(args, 0, "the file");
    if (options.key === undefined)
      throw new CountersignError("usage", "--key is missing: a file cannot vouch for its own key", {
        fix: "Pass --key PUB, the public key of whoever signs evidence.",
      });
    if (options.namespace !== undefined && options.resourceName === undefined)
      throw new CountersignError("usage", "--namespace is given without --resource-name", {
        fix: "Pass --resource-name, too.",
      });
    const answer = verify(world, name, options.key, options);
    if (options.json === true) printJson(world, answer);
    else print(world, answer);
    return Promise.resolve(answer.verdict === "verified" ? 0 : 1);
  },
});

interface Answer {
  readonly verdict: "verified" | "failed";
  readonly detail: SignatureFault | null;
  readonly why: string;
  /** What it says; of what is not genuine, nothing. */
  readonly facts: Readonly<Record<string, unknown>>;
}

function verify(world: World, name: string, keyFile: string, options: Options): Answer {
  const whose = "Name the public key of who signed the evidence, such as CI's (SPKI PEM).";
  const { keyid, publicKey } = readKey(resolve(world.cwd, keyFile), whose);
  const key = { keyid, publicKey, name: keyFile, checks: ["*"] };
  const bytes = bytesOf(resolve(world.cwd, name), name);
  const form = formOf(bytes);
  if (form === undefined) return failed("signature_malformed");
  const read = readProof({ form, bytes });
  if (!read.ok) return failed(read.fault);
  const asked = {
    check: options.check ?? read.context.check,
    params: options.param === undefined ? read.context.params : readParams(options.param),
  };
  const trust: Trust = {
    minLane: "verified",
    now: world.now(),
    anchors: new Map(),
    keys: [key],
    maxAgeSeconds: options.maxAge ?? MAX_AGE_SECONDS,
    // A tree that is asked about has to be named.
    bind: "tree",
    subject: subjectAsked(options, read),
  };
  const fault = proofFault(read, asked, trust);
  if (fault === undefined)
    return { verdict: "verified", detail: null, why: "genuine, and still holds", facts: factsOf(read, form) };
  return failed(fault, isGenuine(fault) ? factsOf(read, form) : {});
}

/** What the options do not ask for is taken as it is said. */
function subjectAsked(options: Options, { context }: SignedEvidence): Subject {
  const { patch, tree, resourceName, namespace = "default" } = options;
  const own = patch === undefined && tree === undefined ? subjectOf(context.subject) : {};
  return {
    resource: resourceName === undefined ? context.resourceUri : resourceUri(resourceName, namespace),
    ...own,
    ...(patch === undefined ? {} : { patch }),
    ...(tree === undefined ? {} : { tree }),
  };
}

/** Faults that are found after the signature was verified. */
function isGenuine(fault: SignatureFault): boolean {
  return /^signature_(?:other_|tree_missing|subject_|lifetime|from_future|expired)/.test(fault);
}

const meaning: Readonly<Partial<Record<SignatureFault, string>>> = {
  signature_missing: "it holds no signature",
  signature_count: "it holds more than one signature",
  signature_unknown_field: "it holds a field that does not belong there, such as a key",
  signature_scheme: "the signature is not one of Ed25519",
  signature_not_canonical: "what is signed is not canonical JSON",
  signature_kind: "it is something else than evidence",
  signature_hash_missing: "evidence_hash is missing",
  signature_hash_mismatch: "evidence_hash is not that of the value",
  signature_anchor_mismatch: "evidence_anchor is not what the context says",
  signature_key_unlisted: "another key signed it",
  signature_invalid: "the signature does not verify",
  signature_other_check: "it is genuine, but about another check",
  signature_other_params: "it is genuine, but about other parameters",
  signature_other_resource: "it is genuine, but about another repository or namespace",
  signature_other_patch: "it is genuine, but about another patch",
  signature_other_tree: "it is genuine, but about another tree",
  signature_tree_missing:
    "it is genuine, but names no result tree: on another base the patch makes another one",
  signature_subject_unknown: "it is genuine, but does not name what was asked about",
  signature_lifetime: "it is genuine, but its life is longer than allowed, or ends before it begins",
  signature_from_future: "it is genuine, but issued in the future",
  signature_expired: "it is genuine, but expired",
};

function failed(fault: SignatureFault, facts: Answer["facts"] = {}): Answer {
  const why = meaning[fault] ?? "it is neither a DSSE envelope nor an EvidenceResult that can be read";
  return { verdict: "failed", detail: fault, why, facts };
}

function factsOf({ keyid, context, value }: SignedEvidence, form: string): Answer["facts"] {
  const { patch, tree } = subjectOf(context.subject);
  return {
    key: keyid,
    form,
    check: context.check,
    params: context.params,
    value: renderValue(value),
    patch: patch ?? null,
    tree: tree ?? null,
    resource: context.resourceUri,
    issued: context.issued,
    expires: context.expires,
  };
}

function bytesOf(file: string, name: string): Uint8Array {
  const read = readBounded(file, MAX_EVIDENCE_BYTES);
  if (read.kind === "found") return read.bytes;
  throw new CountersignError("usage", `${name} ${read.kind === "absent" ? "does not exist" : read.why}`, {
    fix: "Name the file that countersign evidence sign wrote.",
  });
}

function print({ terminal }: World, { verdict, detail, why, facts }: Answer): void {
  const word = terminal.paint(verdict === "verified" ? "green" : "red", verdict);
  terminal.out(`${word}: ${why}${detail === null ? "" : ` (${detail})`}\n`);
  const rows = Object.entries(facts).map(([name, said]) => [
    `  ${name}`,
    wholeLine(said === null ? "none" : typeof said === "string" ? said : JSON.stringify(said)),
  ]);
  terminal.out(columns(rows));
}
