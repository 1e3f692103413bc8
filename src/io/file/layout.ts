// Where everything of one repository's state lives; outside the repository, one folder for each right.
import { join } from "node:path";

/**
 * The state folder. Its parts are separate folders because they have different readers and writers; in production
 * each belongs to another operating-system user.
 */
export interface Layout {
  readonly root: string;
  /** Configuration, written by `init`, read by all. */
  readonly config: string;
  /** Which repository this state belongs to: validator and integrator only, the gateway never learns the path. */
  readonly repository: string;
  /** Private keys: validator only. */
  readonly keys: string;
  /** Public keys that verify: everybody reads. */
  readonly trust: string;
  /** The gateway's store. */
  readonly gateway: string;
  readonly database: string;
  /** Scratch of the validator: private object directories, publish cache, lock. */
  readonly validator: string;
  readonly exchange: string;
  /** Where the presets look for signed statements: CI or the operator puts them there, everybody reads. */
  readonly evidence: string;
}

export function layout(root: string): Layout {
  return {
    root,
    config: join(root, "countersign.toml"),
    repository: join(root, "repository.json"),
    keys: join(root, "keys"),
    trust: join(root, "trust"),
    gateway: join(root, "gateway"),
    database: join(root, "gateway", "store.db"),
    validator: join(root, "validator"),
    exchange: join(root, "exchange"),
    evidence: join(root, "evidence"),
  };
}

/** Names inside the exchange folder; `orders` is written by the gateway, `landings` by the integrator, the rest by the validator. */
export const exchangePlaces = ["published", "orders", "verdicts", "landings"] as const;

export const ATTESTATION_KEY = "attestation.key.pem";
export const ATTESTATION_PUBLIC = "attestation.pub.pem";
