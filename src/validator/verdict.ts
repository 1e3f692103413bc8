// The verdict's statement: what was found, about which bytes, against which base, under which policy, until when.
import {
  type Check,
  VERIFIER,
  type VerdictPredicate,
  verdictStatement,
  resourceUri,
} from "../core/attestation/statement.ts";
import { checkpointFacts } from "../core/audit/checkpoint.ts";
import { MAX_ENVELOPE_BYTES } from "../core/attestation/envelope.ts";
import { utf8 } from "../core/base/bytes.ts";
import { type Digest, sha256 } from "../core/base/digest.ts";
import type { GitOid, PatchId } from "../core/base/ids.ts";
import { refusal } from "../core/base/refusal.ts";
import { instant, millisOf } from "../core/base/time.ts";
import type { OpenManifest } from "../core/manifest/manifest.ts";
import type { Order } from "../core/proposal/order.ts";
import type { TargetFinding } from "../core/proposal/targets.ts";
import type { Packs } from "../core/rules/packs.ts";
import type { Bench, Published } from "./bench.ts";
import { asFinding, record } from "./checks/check.ts";
import { checksOf } from "./checks/registry.ts";
import { type Gated, unaskedGate } from "./gate/gate.ts";
import { outcomeOf } from "./outcome.ts";

/** What one round established. */
export interface Evidence {
  readonly id: PatchId;
  /** SHA-256 of the exact patch bytes; of the raw order where no patch could be read from it. */
  readonly patch: Digest;
  readonly checks: readonly Check[];
  /** Missing where no tree could be built. */
  readonly tree: GitOid | undefined;
  /** The manifest that the order names; missing when there is none of ours. */
  readonly base: OpenManifest | undefined;
  /** Missing when the order could not be read. */
  readonly order: Order | undefined;
  /** How the verdict gate came out. */
  readonly gated: Gated;
}

/** Evidence about bytes that are no order: one check FAILED, the others never began. */
export function damagedEvidence(bench: Bench, id: PatchId, raw: Uint8Array, why: string): Evidence {
  const checks = unbegun(bench, "FAILED", asFinding("order", refusal("order_invalid", why, id)));
  const gated = unaskedGate(bench, raw, checks);
  return { id, patch: sha256(raw), checks, tree: undefined, base: undefined, order: undefined, gated };
}

/** Evidence where the round itself broke, outside of every check. What went wrong is in the log. */
export function brokenEvidence(bench: Bench, id: PatchId, order: Order): Evidence {
  const why = refusal("check_error", "the round could not be carried out", id);
  const checks = unbegun(bench, "ERROR", asFinding("error", why));
  const patch = utf8(order.patch);
  const gated = unaskedGate(bench, patch, checks);
  return { id, patch: sha256(patch), checks, tree: undefined, base: undefined, order, gated };
}

/** The check `order` with this result, and all others SKIPPED. */
function unbegun(bench: Bench, result: "FAILED" | "ERROR", finding: TargetFinding): readonly Check[] {
  const tool = { name: "countersign", version: bench.versions.countersign };
  return checksOf(bench).map(({ id }) =>
    id === "order" ? record({ id }, tool, result, [finding]) : record({ id }, tool, "SKIPPED", []),
  );
}

const nobody = { principal: "unknown", session: "unknown" };

/**
 * Canonical statement bytes. `published` stands in for the base where the order names none of ours; such a verdict rejects.
 * `received` are the order's bytes as they were read: what is not in the verdict could be exchanged behind it.
 */
export function renderVerdict(
  bench: Bench,
  published: Published,
  received: Uint8Array,
  evidence: Evidence,
): Uint8Array {
  const { setup, versions } = bench;
  const { order, gated } = evidence;
  const checks = [...evidence.checks, gated.check];
  const now = bench.clock();
  const { manifest, digest } = evidence.base ?? published;
  // A copy out of the log's reach: it travels with the verdict, and with the branch that lands.
  const sealed = bench.sealed();
  const predicate: VerdictPredicate = {
    patchId: evidence.id,
    order: { digest: { sha256: sha256(received) } },
    outcome: outcomeOf(checks, gated.decision),
    timeVerified: instant(now),
    expires: instant(
      Math.min(now + setup.config.validator.verdict_ttl_seconds * 1000, ...limitsOf(evidence)),
    ),
    verifier: { id: VERIFIER, version: { ...versions } },
    resourceUri: resourceUri(setup.config.repository.name, setup.config.namespace.name),
    targetRef: manifest.ref,
    base: { manifest: order?.base ?? digest, digest: { gitCommit: manifest.commit, gitTree: manifest.tree } },
    policy: {
      uri: "countersign.toml",
      digest: { sha256: setup.policy },
      annotations: { rules: rulesOf(setup.packs) },
    },
    proposer: order === undefined ? nobody : proposerOf(order),
    checks: fitting(checks).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    decision: gated.record,
    ...(sealed === undefined ? {} : { auditCheckpoint: checkpointFacts(sealed) }),
  };
  return verdictStatement(evidence.patch, evidence.tree, predicate);
}

/** Half of what readers accept of an envelope, in which three bytes become four. */
const MAX_CHECKS_BYTES = (MAX_ENVELOPE_BYTES * 3) / 8;

/**
 * Threat: names of hundreds of wide characters, each of them in a finding of every check, make a verdict that no reader
 * takes, and the order is judged for ever. Results stay; of the findings, every check keeps its first ones.
 */
function fitting(checks: readonly Check[]): readonly Check[] {
  let [fit, most] = [checks, Math.max(...checks.map(({ findings }) => findings.length))];
  while (most > 1 && Buffer.byteLength(JSON.stringify(fit)) > MAX_CHECKS_BYTES) {
    most = Math.floor(most / 2);
    const kept = most;
    fit = fit.map((check) => ({ ...check, findings: check.findings.slice(0, kept) }));
  }
  return fit;
}

function rulesOf(packs: Packs): VerdictPredicate["policy"]["annotations"]["rules"] {
  return Object.fromEntries(
    Object.entries(packs).map(([name, { version, digest }]) => [
      name,
      { version, digest: { sha256: digest } },
    ]),
  );
}

/** Milliseconds beyond which the verdict cannot hold: the order's end, and the end of what lowered the gate. */
function limitsOf({ order, gated }: Evidence): readonly number[] {
  const ends = [order?.expires, gated.record.permissive_until ?? undefined];
  return ends.flatMap((end) => (end === undefined ? [] : [millisOf(end)]));
}

function proposerOf({ principal, session, correlation }: Order): VerdictPredicate["proposer"] {
  return { principal, session, ...(correlation === undefined ? {} : { correlation }) };
}
