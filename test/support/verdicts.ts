// A repository with its state, orders and verdicts signed by a throw-away key, without gateway and validator.
import * as ed from "@noble/ed25519";
import { hash, randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { preAuthEncoding, renderEnvelope } from "../../src/core/attestation/envelope.ts";
import { keyId, renderPublicKey } from "../../src/core/attestation/key.ts";
import {
  type Outcome,
  type VerdictPredicate,
  VERIFIER,
  verdictStatement,
} from "../../src/core/attestation/statement.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import type { GitOid, PatchId, RefName } from "../../src/core/base/ids.ts";
import { refusal } from "../../src/core/base/refusal.ts";
import { instant } from "../../src/core/base/time.ts";
import { deploymentOf } from "../../src/core/config/deployment.ts";
import type { Order } from "../../src/core/proposal/order.ts";
import { gatewayExchange, validatorExchange } from "../../src/io/exchange/files/open.ts";
import { loadSetup, packageRoot, type Setup } from "../../src/io/file/config.ts";
import { ATTESTATION_PUBLIC, type Layout, layout, SEALER_PUBLIC } from "../../src/io/file/layout.ts";
import { createFolders, renderRepository } from "../../src/io/file/state.ts";
import { decisionOf, type Reasons } from "./decisions.ts";
import { order as anyOrder } from "./proposals.ts";
import { git, removeScratch, scratch, scratchRepository, writeFiles } from "./scratch.ts";
import { receiptOf, type SealedEntry, type SealOptions } from "./sealing.ts";

ed.hashes.sha512 = (message) => Uint8Array.from(hash("sha512", message, "buffer"));

export interface ThrowAwayKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly keyid: string;
  readonly pem: string;
}

export function throwAwayKey(): ThrowAwayKey {
  const secret = ed.utils.randomSecretKey();
  const publicKey = ed.getPublicKey(secret);
  return { secret, publicKey, keyid: keyId(publicKey), pem: renderPublicKey(publicKey) };
}

/** A DSSE envelope over `payload` by `key`. */
function signed(payload: Uint8Array, key: ThrowAwayKey): Uint8Array {
  const signature = ed.sign(preAuthEncoding(payload), key.secret);
  return renderEnvelope({ payload, keyid: key.keyid, signature });
}

export interface Desk {
  readonly repo: string;
  readonly places: Layout;
  readonly key: ThrowAwayKey;
  /** The sealer's, pinned like the other one. */
  readonly sealer: ThrowAwayKey;
  readonly policy: Digest;
  readonly setup: Setup;
  /** Milliseconds at which the fixtures' verdicts were given. */
  readonly now: number;
  remove(): void;
}

const FILES = {
  "src/a.txt": "one\ntwo\nthree\n",
  "src/b.txt": "alpha\nbeta\n",
  "crlf.txt": "x\r\ny\r\n",
  "README.md": "# read me",
};

/** A repository with one commit on main, and its initialised state folder with the desk's key as the trusted one. */
export function openDesk(files: Readonly<Record<string, string | Uint8Array>> = FILES, toml = ""): Desk {
  const repo = scratchRepository("desk", files);
  const places = layout(scratch("desk-state"));
  const [key, sealer] = [throwAwayKey(), throwAwayKey()];
  createFolders(places);
  writeFileSync(join(places.trust, ATTESTATION_PUBLIC), key.pem);
  writeFileSync(join(places.trust, SEALER_PUBLIC), sealer.pem);
  writeFileSync(places.config, `preset = "quickstart"\n[repository]\nname = "desk"\n${toml}`);
  writeFileSync(places.repository, renderRepository({ path: repo, gitDir: gitDirOf(repo) }));
  const setup = loadSetup(places, packageRoot());
  const remove = (): void => {
    removeScratch(repo);
    removeScratch(places.root);
  };
  return { repo, places, key, sealer, policy: setup.policy, setup, now: Date.now(), remove };
}

function gitDirOf(repo: string): string {
  const dotGit = join(repo, ".git");
  return existsSync(dotGit) ? dotGit : repo;
}

/** Content by path; null deletes. */
export type Edit = Readonly<Record<string, string | Uint8Array | null>>;

/** What an edit makes of a commit: the diff and the tree, worked out in a clone so that no object of it is in `repo`. */
export function patchOf(
  repo: string,
  edit: Edit,
  base = "HEAD",
): { patch: string; tree: GitOid; commit: GitOid; baseTree: GitOid } {
  const clone = scratch("desk-clone");
  try {
    const commit = git(repo, "rev-parse", base).trim() as GitOid;
    git(clone, "clone", "-q", "--no-checkout", repo, "work");
    const work = join(clone, "work");
    git(work, "-c", "core.autocrlf=false", "checkout", "-q", "--detach", commit);
    const content = Object.entries(edit).filter(
      (pair): pair is [string, string | Uint8Array] => pair[1] !== null,
    );
    writeFiles(work, Object.fromEntries(content));
    for (const [path, text] of Object.entries(edit)) if (text === null) git(work, "rm", "-q", path);
    git(work, "add", "-A", "-f");
    const tree = git(work, "write-tree").trim() as GitOid;
    const patch = git(work, "diff-index", "-p", "--cached", "--full-index", "--no-renames", commit);
    return { patch, tree, commit, baseTree: git(repo, "rev-parse", `${commit}^{tree}`).trim() as GitOid };
  } finally {
    removeScratch(clone);
  }
}

export interface ProposalOptions {
  readonly edit?: Edit;
  readonly outcome?: Outcome;
  readonly id?: PatchId;
  readonly order?: Partial<Order>;
  readonly predicate?: Partial<VerdictPredicate>;
  /** Another signer than the desk's key. */
  readonly key?: ThrowAwayKey;
  /** Another tree than the one that results. */
  readonly tree?: GitOid;
  /** Another patch digest in the verdict. */
  readonly attested?: Digest;
  /** Why conditions of the verdict's gate were not true. */
  readonly reasons?: Reasons;
  /** A verdict of before there were gates. */
  readonly undecided?: boolean;
  /** Leave the verdict out. */
  readonly unjudged?: boolean;
  /** Leave out the receipt that the log holds it, or have another one. */
  readonly sealed?: false | ((entry: SealedEntry, options: SealOptions) => Uint8Array);
}

export interface Proposed {
  readonly id: PatchId;
  readonly sha256: Digest;
  readonly order: Order;
  readonly envelope: Uint8Array;
  readonly tree: GitOid;
}

const EDIT: Edit = { "src/a.txt": "one\nTWO\nthree\n" };

/** Put an order and its verdict into the exchange. */
export async function propose(desk: Desk, options: ProposalOptions = {}): Promise<Proposed> {
  const made = patchOf(desk.repo, options.edit ?? EDIT);
  const id = options.id ?? (randomUUID() as PatchId);
  const order = anyOrder(1, {
    patch_id: id,
    created: instant(desk.now - 1000),
    expires: instant(desk.now + 3_600_000),
    title: "Shout two",
    rationale: "It was said too quietly.",
    patch: made.patch,
    patch_sha256: sha256(made.patch),
    ...options.order,
  });
  const envelope = signed(statementOf(desk, id, order, made, options), options.key ?? desk.key);
  const gateway = await gatewayExchange(desk.places.exchange);
  await gateway.orders.put(order);
  if (options.unjudged !== true)
    await (await validatorExchange(desk.places.exchange)).verdicts.putOnce(id, envelope);
  const proposed = { id, sha256: order.patch_sha256, order, envelope, tree: made.tree };
  const { sealed = receiptOf } = options;
  if (options.unjudged !== true && sealed !== false)
    await gateway.receipts.put(id, sealed(...sealable(desk, proposed, options.key)));
  return proposed;
}

/** What the gateway writes of a verdict, and how the desk's sealer seals it. */
function sealable(
  { setup, sealer, key: own, now }: Desk,
  { id, order, envelope }: Proposed,
  key = own,
): [SealedEntry, SealOptions] {
  const { payload } = JSON.parse(Buffer.from(envelope).toString()) as { payload: string };
  const data = {
    patch_id: id,
    patch_sha256: order.patch_sha256,
    arguments_sha256: order.arguments_sha256,
    outcome: "APPROVED",
    statement_sha256: sha256(Buffer.from(payload, "base64")),
    keyid: key.keyid,
    expires: instant(now + 1_800_000),
  };
  return [
    { event: "verdict.received", data },
    { deployment: deploymentOf(setup.config), key: sealer, now },
  ];
}

function statementOf(
  desk: Desk,
  id: PatchId,
  order: Order,
  made: ReturnType<typeof patchOf>,
  options: ProposalOptions,
): Uint8Array {
  const outcome = options.outcome ?? "APPROVED";
  const result = ({ APPROVED: "PASSED", MANUAL_REQUIRED: "WARNED", REJECTED: "FAILED" } as const)[outcome];
  const tool = { name: "countersign", version: "0.0.0" };
  const found = { rule: "test", line: 1, refusal: refusal("path_protected", "is sensitive", "src/a.txt") };
  const predicate: VerdictPredicate = {
    patchId: id,
    order: { digest: { sha256: sha256(canonical(order)) } },
    outcome,
    timeVerified: instant(desk.now),
    expires: instant(desk.now + 1_800_000),
    verifier: { id: VERIFIER, version: { countersign: "0.0.0" } },
    resourceUri: "urn:countersign:repository:desk",
    targetRef: "refs/heads/main" as RefName,
    base: { manifest: order.base, digest: { gitCommit: made.commit, gitTree: made.baseTree } },
    policy: { uri: "countersign.toml", digest: { sha256: desk.policy }, annotations: { rules: "2026.11.0" } },
    proposer: { principal: order.principal, session: order.session },
    checks: [
      { id: "structure", result: "PASSED", tool, findings: [] },
      { id: "tree", result: "PASSED", tool, findings: [] },
      { id: "paths", result, tool, findings: result === "PASSED" ? [] : [found] },
    ],
    ...(options.undecided === true ? {} : { decision: decisionOf(desk.setup, options.reasons) }),
    ...options.predicate,
  };
  return verdictStatement(options.attested ?? order.patch_sha256, options.tree ?? made.tree, predicate);
}
