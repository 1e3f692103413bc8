// What the HTTP door asks at each request, made anew of each configuration: who calls, from where, how often in vain.
import type { Principal } from "../core/identity/principal.ts";
import { type Allowlist, openAllowlist } from "../io/file/allowlist.ts";
import { configuredPath } from "../io/file/config.ts";
import { readSecretFile } from "../io/secrets/file.ts";
import { resolveSecrets, type ResolvedSecret } from "../io/secrets/resolve.ts";
import type { Authenticator, Presented } from "./auth/authenticate.ts";
import { resourceMetadataUrl } from "./auth/metadata.ts";
import { type FailureMeter, openFailureMeter } from "./auth/meter.ts";
import { openAuthenticator } from "./auth/modes.ts";
import { type JwtVerifier, openJwtVerifier } from "./auth/oidc.ts";
import { namesOf } from "./http/guard.ts";
import type { DoorConfig } from "./http/parts.ts";
import { openProxies } from "./http/peer.ts";
import type { Shared } from "./process-parts.ts";
import type { Service } from "./service.ts";

/** What is made anew of each configuration. */
export interface InForce {
  readonly authenticator: Authenticator;
  readonly door: DoorConfig;
  readonly meter: FailureMeter;
  readonly allowlist: Allowlist;
}

export interface InForceParts {
  readonly shared: Pick<Shared, "store" | "clock" | "layout">;
  /** Where secrets by reference are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number | undefined;
}

/** Throws `config_invalid` when a secret is not where its reference says. */
export function openInForce(
  { shared, env, uid }: InForceParts,
  { setup: { config } }: Service,
  presented: WeakMap<Principal, Presented>,
  jwt: JwtVerifier | undefined,
): InForce {
  const { store, clock, layout } = shared;
  const secrets = resolveSecrets(config, { env, read: (path) => readSecretFile(path, uid) });
  const metadataUrl = resourceMetadataUrl(config);
  const authenticator = openAuthenticator({
    config,
    tokens: tokensOf(secrets),
    store,
    clock,
    jwt,
    metadataUrl,
  });
  const { http } = config.server;
  const { allowlist_file: list, max_age_seconds: maxAgeSeconds } = config.network;
  const { bypass_loopback: loopback, bypass_private: privately } = config.network;
  const { secret } = secrets.find(({ key }) => key === "server.http.proxy.secret") ?? {};
  const door = { ...http, proxy: { addresses: http.proxy.addresses, secret } };
  // What cannot be read is found here, while the old one is still in force, and not at the next request.
  namesOf(door, { kind: "unix" });
  openProxies(door.proxy);
  return {
    authenticator: remembering(authenticator, presented),
    meter: openFailureMeter({ perMinute: http.failures_per_minute, clock }),
    allowlist: openAllowlist(list === "" ? "" : configuredPath(layout, list), {
      clock,
      maxAgeSeconds,
      bypass: { loopback, private: privately },
    }),
    door,
  };
}

/** By principal: what its references lead to. */
function tokensOf(secrets: readonly ResolvedSecret[]): ReadonlyMap<string, readonly string[]> {
  const tokens = new Map<string, string[]>();
  for (const { principal, secret } of secrets)
    if (principal !== undefined) tokens.set(principal, [...(tokens.get(principal) ?? []), secret]);
  return tokens;
}

/** Streams live longer than a request: what proved their principal is asked again, so it is kept beside it. */
function remembering(inner: Authenticator, presented: WeakMap<Principal, Presented>): Authenticator {
  return {
    async authenticate(shown) {
      const found = await inner.authenticate(shown);
      if (found.ok) presented.set(found.principal, shown);
      return found;
    },
  };
}

export function verifierOf(
  { shared }: InForceParts,
  { setup: { config } }: Service,
): JwtVerifier | undefined {
  const { mode, oidc } = config.auth;
  if (mode !== "bearer_token" || oidc.issuer === "") return undefined;
  const file = oidc.jwks_file === "" ? "" : configuredPath(shared.layout, oidc.jwks_file);
  return openJwtVerifier({ ...oidc, jwks_file: file }, { clock: shared.clock });
}
