// Everything that a round of the validator works with, handed in by compose.ts; nothing here is read from the environment.
import type { Clock } from "../core/base/time.ts";
import type { OpenManifest } from "../core/manifest/manifest.ts";
import type { ValidatorExchange } from "../io/exchange/exchange.ts";
import type { Git, Repository } from "../io/exec/git.ts";
import type { Setup } from "../io/file/config.ts";
import type { Log } from "../io/log/log.ts";
import type { Shelf } from "./shelf.ts";
import type { Signer } from "./signing/signer.ts";

export interface Bench {
  readonly exchange: ValidatorExchange;
  readonly setup: Setup;
  readonly git: Git;
  readonly repository: Repository;
  readonly signer: Signer;
  /** Bases that were opened before; only speed depends on it. */
  readonly shelf: Shelf;
  /** The validator's own folder: private git folders and the publish cache. Only the holder of the lock works in it. */
  readonly scratch: string;
  readonly clock: Clock;
  /** Versions of what judges: countersign, node, git. */
  readonly versions: Readonly<Record<"countersign" | "node" | "git", string>>;
  readonly log: Log;
}

/** Names of the private git folders in the scratch folder; whatever bears one at start was left by a crash. */
export const PRIVATE_GIT = "git-";

/** The newest publication: what damaged orders and orders against unknown bases are answered from. */
export type Published = OpenManifest;
