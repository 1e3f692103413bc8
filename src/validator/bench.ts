// Everything that a round of the validator works with, handed in by compose.ts; nothing here is read from the environment.
import type { Checkpoint } from "../core/audit/checkpoint.ts";
import type { Clock } from "../core/base/time.ts";
import type { Disclosure } from "../core/gate/disclosure.ts";
import type { Trust } from "../core/gate/evidence.ts";
import type { OpenManifest } from "../core/manifest/manifest.ts";
import type { CallerFacts, ChecksFacts, GitFacts, Providers } from "../io/evidence/provider.ts";
import type { ValidatorExchange } from "../io/exchange/exchange.ts";
import type { Classifier } from "../io/guard/classifier.ts";
import type { Git, Repository } from "../io/exec/git.ts";
import type { Setup } from "../io/file/config.ts";
import type { Log } from "../io/log/log.ts";
import type { Inspector } from "./scanners/inspector.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";
import type { ScannerUse } from "./scanners/open.ts";
import type { Shelf } from "./shelf.ts";
import type { Signer } from "./signing/signer.ts";

/** What a round knows for the providers of evidence, each fact from the validator's own hands. */
export interface RoundFacts {
  readonly trust: Trust;
  readonly git: () => Promise<GitFacts>;
  readonly checks: () => ChecksFacts;
  readonly caller: CallerFacts;
  /** Texts of the signed envelopes that the order carries. */
  readonly carried: readonly string[];
}

/** Asks the authority of namespaces about ours. */
export type Authority = () => Promise<"vouched" | "refused" | "unavailable">;

export interface Bench {
  readonly exchange: ValidatorExchange;
  readonly setup: Setup;
  readonly git: Git;
  readonly repository: Repository;
  readonly signer: Signer;
  /** Bases that were opened before; only speed depends on it. */
  readonly shelf: Shelf;
  /** Where programs that are not ours run; undefined where there is none, and then they do not run. */
  readonly sandbox: Sandbox | undefined;
  /** Scanners of others: each one that is used, or required and not there. */
  readonly scanners: readonly ScannerUse[];
  /** The validator's own folder: private git folders and the publish cache. Only the holder of the lock works in it. */
  readonly scratch: string;
  readonly clock: Clock;
  /** Versions of what judges: countersign, node, git. */
  readonly versions: Readonly<Record<"countersign" | "node" | "git", string>>;
  readonly log: Log;
  /** Who answers the questions of the verdict gate; opened anew for each order. */
  readonly providers: (facts: RoundFacts) => Providers;
  readonly authority: Authority;
  /** The child that parses what agents wrote: secretlint and ast-grep. */
  readonly inspector: Inspector;
  /** Whom the guard asks beside its rules; undefined where the operator names none. */
  readonly classifier: Classifier | undefined;
  /** The log's newest sealed checkpoint; undefined before the first one. */
  readonly sealed: () => Checkpoint | undefined;
  /** What of evidence values may stand in a verdict, and the key of the hashes that stand for the others. */
  readonly disclosure: Disclosure;
}

/** Names of the private git folders in the scratch folder; whatever bears one at start was left by a crash. */
export const PRIVATE_GIT = "git-";

/** The newest publication: what damaged orders and orders against unknown bases are answered from. */
export type Published = OpenManifest;
