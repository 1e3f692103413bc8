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
  /** The sealer's own memory: what it sealed, and nothing that it could not sign again. Validator only. */
  readonly sealer: string;
  /** What a person's commands remember: the highest checkpoints seen. Integrator only. */
  readonly integrator: string;
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
    sealer: join(root, "validator", "sealer"),
    integrator: join(root, "integrator"),
    evidence: join(root, "evidence"),
  };
}

/** Names inside the exchange folder that the gateway writes; its walls let it write nowhere else there. */
export const gatewayPlaces = ["orders", "heads/requests", "receipts"] as const;

/** All of them. The integrator writes `landings`, `incidents` and `journal`, the validator the rest. */
export const exchangePlaces = [
  "published",
  "orders",
  "verdicts",
  "landings",
  "heads/requests",
  "heads/sealed",
  "receipts",
  "incidents",
  "journal",
] as const;

export const ATTESTATION_KEY = "attestation.key.pem";
export const ATTESTATION_PUBLIC = "attestation.pub.pem";
export const SEALER_KEY = "sealer.key.pem";
export const SEALER_PUBLIC = "sealer.pub.pem";
