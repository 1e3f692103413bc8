// Whom the verdict gate asks: providers over the facts of a round, and the authority of namespaces.
import type { Clock } from "../../core/base/time.ts";
import { askAuthority } from "../../io/evidence/authority.ts";
import type { FetchProgram } from "../../io/evidence/fetch.ts";
import { openProviders } from "../../io/evidence/open.ts";
import type { Setup } from "../../io/file/config.ts";
import type { Layout } from "../../io/file/layout.ts";
import type { RepositoryPlace } from "../../io/file/state.ts";
import type { Authority, Bench } from "../bench.ts";

export interface Surroundings {
  readonly setup: Setup;
  readonly layout: Layout;
  readonly served: RepositoryPlace;
  readonly clock: Clock;
  /** Of which provider env reads the variables that the policy allows, and no others. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The process that asks over the network in our place. */
  readonly program: FetchProgram;
}

export function providersOf({
  setup: { config },
  layout,
  served,
  clock,
  env,
  program,
}: Surroundings): Bench["providers"] {
  const own = { config, layout, served, place: "validator", clock, env, program } as const;
  return (facts) => openProviders({ ...own, ...facts });
}

export function authorityOf({ setup: { config }, program }: Surroundings): Authority {
  const { authority_url, name } = config.namespace;
  return () => askAuthority(authority_url, name, { timeoutMs: config.evidence.timeout_ms, program });
}
