// A validator's exchange without a validator: manifests and verdicts signed with a throw-away key, by node's own Ed25519.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { preAuthEncoding, renderEnvelope } from "../../src/core/attestation/envelope.ts";
import { keyId, parsePublicKey, type TrustedKey } from "../../src/core/attestation/key.ts";
import {
  type Check,
  publicationStatement,
  VERIFIER,
  verdictStatement,
  type VerdictPredicate,
} from "../../src/core/attestation/statement.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import type { GitOid, RefName } from "../../src/core/base/ids.ts";
import { instant } from "../../src/core/base/time.ts";
import { type Manifest, manifestSchema } from "../../src/core/manifest/manifest.ts";
import type { Order } from "../../src/core/proposal/order.ts";
import type { ValidatorExchange } from "../../src/io/exchange/exchange.ts";
import { validatorExchange } from "../../src/io/exchange/files/open.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { ATTESTATION_PUBLIC, type Layout, layout, SEALER_PUBLIC } from "../../src/io/file/layout.ts";
import { createFolders } from "../../src/io/file/state.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { scratch } from "./scratch.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface Signer {
  readonly trusted: TrustedKey;
  readonly pem: string;
  sign(message: Uint8Array): Uint8Array;
  envelope(payload: Uint8Array): Uint8Array;
}

export function signer(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const trusted = parsePublicKey(pem, "test");
  return {
    trusted,
    pem,
    sign: (message) => sign(null, message, privateKey),
    envelope: (payload) => signed(payload, privateKey, keyId(trusted.publicKey)),
  };
}

function signed(payload: Uint8Array, key: KeyObject, keyid: string): Uint8Array {
  return renderEnvelope({ payload, keyid, signature: sign(null, preAuthEncoding(payload), key) });
}

export interface PublishedState {
  readonly layout: Layout;
  readonly signer: Signer;
  /** The sealer's key, pinned like the other one. */
  readonly sealer: Signer;
  readonly exchange: ValidatorExchange;
  /** Digest of the configuration as it was written. */
  readonly policy: () => Digest;
  /** Publish `files` as the current manifest under that policy, with `changes` to the manifest before it is signed. */
  publish(files: Files, changes?: Partial<Manifest>): Promise<Digest>;
  /** Sign and file a verdict about `order`. */
  judge(order: Order, verdict?: VerdictChanges): Promise<Uint8Array>;
}

export interface VerdictChanges {
  readonly predicate?: Partial<VerdictPredicate>;
  readonly patch?: Digest;
  readonly signer?: Signer;
}

export const OID = "1".repeat(40) as GitOid;
export const PASSED: Check = {
  id: "structure",
  result: "PASSED",
  tool: { name: "countersign", version: "0" },
  findings: [],
};

/** A state folder as `init` makes it, with a store, for repository `lab`; `toml` is appended to its configuration. */
export async function publishedState(toml = ""): Promise<PublishedState> {
  const places = layout(scratch("state"));
  createFolders(places);
  mkdirSync(places.trust, { recursive: true });
  writeFileSync(places.config, `preset = "quickstart"\n${toml}\n[repository]\nname = "lab"\n`);
  const [key, sealer] = [signer(), signer()];
  writeFileSync(join(places.trust, ATTESTATION_PUBLIC), key.pem);
  writeFileSync(join(places.trust, SEALER_PUBLIC), sealer.pem);
  openStore(places.database, { clock: () => Date.now(), create: true }).close();
  const exchange = await validatorExchange(places.exchange);
  // Only when it is asked for: some tests are about a configuration that cannot be read.
  const policy = (): Digest => loadSetup(places, packageRoot()).policy;
  return {
    layout: places,
    signer: key,
    sealer,
    exchange,
    policy,
    publish: (files, changes) => publish(exchange, key, files, { policy: policy(), ...changes }),
    judge: (order, verdict) => judge(exchange, key, order, verdict),
  };
}

export function manifestOf(files: Files, changes: Partial<Manifest> = {}): Manifest {
  const entries = Object.entries(files).map(([path, content]) => {
    const bytes = Buffer.from(content);
    return {
      path,
      mode: "100644",
      sha256: sha256(bytes),
      blob: OID,
      size: bytes.length,
      lines: bytes.toString("latin1").split("\n").length,
    };
  });
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const head = {
    version: 1,
    repository: "lab",
    ref: "refs/heads/main",
    commit: OID,
    tree: OID,
    policy: sha256("policy"),
  };
  return manifestSchema.parse({
    ...head,
    created: "2026-11-22T10:00:00.000Z",
    entries,
    omitted: [],
    ...changes,
  });
}

async function publish(
  { published }: ValidatorExchange,
  key: Signer,
  files: Files,
  changes?: Partial<Manifest>,
): Promise<Digest> {
  const manifest = manifestOf(files, changes);
  const bytes = Buffer.from(canonical(manifest));
  const digest = sha256(bytes);
  for (const content of Object.values(files))
    await published.putBlob(sha256(Buffer.from(content)), Buffer.from(content));
  await published.settleBlobs();
  const { repository, ref, commit, tree, policy, created } = manifest;
  await published.putManifest(
    digest,
    bytes,
    key.envelope(publicationStatement(digest, { repository, ref, commit, tree, policy, created })),
  );
  await published.setCurrent(digest);
  return digest;
}

async function judge(
  { verdicts }: ValidatorExchange,
  key: Signer,
  order: Order,
  { predicate, patch, signer: other }: VerdictChanges = {},
): Promise<Uint8Array> {
  const whole: VerdictPredicate = {
    patchId: order.patch_id,
    order: { digest: { sha256: sha256(canonical(order)) } },
    outcome: "APPROVED",
    timeVerified: instant(Date.now()),
    expires: instant(Date.now() + 3_600_000),
    verifier: { id: VERIFIER, version: { countersign: "0" } },
    resourceUri: "countersign:lab",
    targetRef: "refs/heads/main" as RefName,
    base: { manifest: order.base, digest: { gitCommit: OID, gitTree: OID } },
    policy: {
      uri: "countersign.toml",
      digest: { sha256: sha256("policy") },
      annotations: { rules: "2026.11.0" },
    },
    proposer: { principal: order.principal, session: order.session },
    checks: [PASSED],
    ...predicate,
  };
  const envelope = (other ?? key).envelope(verdictStatement(patch ?? order.patch_sha256, OID, whole));
  await verdicts.putOnce(order.patch_id, envelope);
  return envelope;
}
