// The providers that start no process and speak to nobody: all that a gateway has, and part of what the others have.
import type { Clock } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Trust } from "../../core/gate/evidence.ts";
import { type GatePlace, type ProviderName, providerNames } from "../../core/gate/providers.ts";
import { codeOf } from "../file/code.ts";
import { configuredPath } from "../file/config.ts";
import type { Layout } from "../file/layout.ts";
import type { RepositoryPlace } from "../file/state.ts";
import { callerProvider } from "./caller.ts";
import { envProvider } from "./env.ts";
import { jsonProvider } from "./json.ts";
import type { CallerFacts, EvidenceProvider, Providers } from "./provider.ts";
import { signedProvider } from "./signed.ts";
import { timeProvider } from "./time.ts";

export interface LocalParts {
  readonly config: Config;
  readonly layout: Layout;
  /** No evidence is read from there, at no asking. */
  readonly served: RepositoryPlace;
  readonly place: GatePlace;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly trust: Trust;
  readonly caller?: CallerFacts;
  /** Texts of signed envelopes that the proposal carries. */
  readonly carried?: readonly string[];
}

/** Those of `evidence.providers`, and of these, those whose facts are handed in. Paths may be relative to the state folder. */
export function openLocalProviders(parts: LocalParts): Providers {
  const { config, layout, served, place, clock, env, trust, caller, carried = [] } = parts;
  const { evidence } = config;
  const isCode = codeOf(served);
  const folder = (path: string): string => (path === "" ? "" : configuredPath(layout, path));
  return admitted(config, {
    time: timeProvider(clock),
    env: envProvider(evidence.env.allow, env),
    json: jsonProvider(evidence.json, folder(evidence.json.root), isCode),
    signed: signedProvider({ carried, folder: folder(evidence.folder), isCode }, trust),
    ...(caller === undefined ? {} : { caller: callerProvider(caller, place) }),
  });
}

/** A provider that the policy does not list is not there, whoever has it. */
export function admitted({ evidence }: Config, all: Providers): Providers {
  const names: readonly ProviderName[] = providerNames.filter((name) => evidence.providers.includes(name));
  const listed: Partial<Record<ProviderName, EvidenceProvider>> = {};
  for (const name of names) {
    const provider = all[name];
    if (provider !== undefined) listed[name] = provider;
  }
  return listed;
}
