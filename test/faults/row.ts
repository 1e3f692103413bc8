// One row of the matrix: a provider, what is broken of its source, and what has to come out.
import { setTimeout as pause } from "node:timers/promises";
import type { Json } from "../../src/core/base/canonical.ts";
import type { ProviderName } from "../../src/core/gate/providers.ts";
import type { Value } from "../../src/core/gate/value.ts";
import type { EvidenceProvider } from "../../src/io/evidence/provider.ts";
import type { TlsServer } from "../support/fetching.ts";

export const faultNames = ["none", "remove", "corrupt", "delay", "oversize", "throw"] as const;
export type FaultName = (typeof faultNames)[number];

/** What a row may break; `folder` is its own. */
export interface Scene {
  readonly folder: string;
  readonly server: TlsServer;
}

type Opened = EvidenceProvider | undefined;

export interface Broken {
  /** What is broken, in words. */
  readonly what: string;
  /** State, reason and detail that have to come out. */
  readonly outcome: string;
  readonly open: (scene: Scene) => Opened | Promise<Opened>;
  /** Instead of the source's parameters. */
  readonly params?: Readonly<Record<string, Json>>;
}

/** A question to which the intact source answers so that the gate opens. */
export interface Source {
  readonly provider: ProviderName;
  readonly check: string;
  readonly params: (scene: Scene) => Readonly<Record<string, Json>>;
  readonly expected: Value;
  readonly faults: Readonly<Record<FaultName, Broken>>;
}

/** Providers over what is in memory already have nothing to wait for: the provider itself hangs. */
export function hanging(provider: EvidenceProvider): EvidenceProvider {
  return {
    async ask(spec, signal) {
      await pause(30_000, undefined, { ref: false });
      return provider.ask(spec, signal);
    },
  };
}

export function thrower(): never {
  throw new Error("a fault that nobody foresaw");
}
