// The policy: the part of the configuration under which a verdict is given, and its digest.
import { canonical } from "../base/canonical.ts";
import { type Digest, sha256 } from "../base/digest.ts";
import type { Packs } from "../rules/packs.ts";
import type { Config } from "./schema.ts";

/**
 * Digest of everything that decides what may be seen, proposed and approved: a verdict given under another policy is
 * void. Rates, polling and logging are left out; they change how fast, not what. Left out is by name, so that a limit
 * that is added to the schema belongs to the policy without anybody thinking of it. `schemas`: digest of the registered
 * evidence schemas, which say what conditions mean. `feedback` is left out: it decides what is told, not what holds.
 */
export function policyDigest(config: Config, packs: Packs, schemas: Digest): Digest {
  const { max_pending: _waiting, per_hour: _rate, ttl_seconds: _life, ...proposal } = config.proposal;
  const { key: _key, timeout_ms: _patience, ...guard } = config.guard;
  const policy = {
    // Raised when the same words come to mean something else. 2: publish.exclude is matched folded, and covers folders. 3: gates. 4: checks of content.
    format: 4,
    repository: config.repository,
    publish: config.publish,
    paths: config.paths,
    proposal,
    patch: config.patch,
    exceptions: config.rules,
    secrets: config.secrets,
    static_analysis: config.static_analysis,
    guard,
    scanners: config.scanners,
    commands: config.validator.commands,
    trust: config.trust,
    validation: config.validation,
    evidence: config.evidence,
    schemas: config.schemas,
    dev: config.dev,
    namespace: config.namespace,
    dispatch: config.dispatch,
    conditions: config.conditions,
    gates: config.gates,
    evidence_schemas: schemas,
    verdict_ttl_seconds: config.validator.verdict_ttl_seconds,
    rules: Object.fromEntries(Object.entries(packs).map(([name, { digest }]) => [name, digest])),
  };
  return sha256(canonical(policy));
}

const POLICY =
  /^(?:repository|publish|paths|proposal|patch|rules|secrets|static_analysis|guard|scanners|trust|validation|evidence|schemas|dev|namespace|dispatch|conditions|gates)(?:\.|$)/;
const RATES: readonly string[] = [
  "proposal.max_pending",
  "proposal.per_hour",
  "proposal.ttl_seconds",
  "guard.key",
  "guard.timeout_ms",
];

/**
 * Whether a key counts in `policyDigest`. Such a key may only be written in the file, which all processes read: one
 * that only the gateway saw would have it serve under a policy that nobody publishes or lands under.
 */
export function isPolicyKey(key: string): boolean {
  if (key === "validator.verdict_ttl_seconds" || key === "validator.commands") return true;
  return POLICY.test(key) && !RATES.includes(key);
}
