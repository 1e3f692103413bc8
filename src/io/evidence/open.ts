// All providers that a configuration admits, for the validator and the integrator. The gateway may not reach this file.
import { checksProvider } from "./checks.ts";
import type { FetchProgram } from "./fetch.ts";
import { gitProvider } from "./git.ts";
import { httpProvider } from "./http.ts";
import { admitted, type LocalParts, openLocalProviders } from "./open-local.ts";
import type { ChecksFacts, GitFacts, Providers } from "./provider.ts";

export interface ProviderParts extends LocalParts {
  readonly git?: () => Promise<GitFacts>;
  readonly checks?: () => ChecksFacts;
  /** fetchProgram(), for the provider http. */
  readonly program: FetchProgram;
}

/** Those of `evidence.providers`, and of these, those whose facts are handed in. */
export function openProviders(parts: ProviderParts): Providers {
  const { config, git, checks, program } = parts;
  const { http, timeout_ms: timeoutMs } = config.evidence;
  const all: Providers = {
    ...openLocalProviders(parts),
    http: httpProvider(http, timeoutMs, program),
    ...(git === undefined ? {} : { git: gitProvider(git) }),
    ...(checks === undefined ? {} : { checks: checksProvider(checks) }),
  };
  return admitted(config, all);
}
