// The authenticator of the configuration: exactly one stands behind each auth.mode.
import { utf8Length } from "../../core/base/bytes.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import { MIN_TOKEN_CHARS } from "../../core/identity/token.ts";
import type { Store } from "../../io/store/store.ts";
import { bearerChallenge } from "./answers.ts";
import type { Authenticator } from "./authenticate.ts";
import { bearerTokens, type KnownToken } from "./bearer.ts";
import { localOnly } from "./local-only.ts";
import { clientCertificates } from "./mtls.ts";
import type { JwtVerifier } from "./oidc.ts";
import { openDirectory } from "./principals.ts";

export interface AuthenticatorParts {
  /** With all entries in `principals`, also those of auth.principals_file. */
  readonly config: Config;
  /** Name of a principal → what its `tokens` references lead to. Kept only as digests. */
  readonly tokens?: ReadonlyMap<string, readonly string[]>;
  readonly store: Pick<Store, "credential">;
  readonly clock: Clock;
  /** For JWTs of auth.oidc. */
  readonly jwt?: JwtVerifier | undefined;
  /** Where the issuer is described (RFC 9728), when there is one. */
  readonly metadataUrl?: string | undefined;
}

/** Throws `config_invalid` when a token of the operator is too short, or certificates are asked for where nobody verifies them. */
export function openAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { config, store, clock, jwt, metadataUrl } = parts;
  const directory = openDirectory(config, clock);
  const { mode } = config.auth;
  if (mode === "local_only") return localOnly(directory);
  if (mode === "bearer_token")
    return bearerTokens({
      directory,
      store,
      known: knownTokens(parts),
      jwt,
      clock,
      maxTokenDays: config.auth.max_token_days,
      challenge: bearerChallenge(metadataUrl),
    });
  const { termination } = config.server.http.tls;
  if (termination !== "none") return clientCertificates({ directory, clock, verifiedBy: termination });
  throw new CountersignError("config_invalid", "auth.mode is mtls, and nobody speaks TLS", {
    fix: 'Set server.http.tls.termination to "server" or "upstream".',
  });
}

function knownTokens({ config, tokens = new Map() }: AuthenticatorParts): readonly KnownToken[] {
  return config.principals.flatMap((entry) => {
    const named = entry.subjects.filter((subject) => subject.startsWith("token:"));
    const digests = named.map((subject) => subject.slice("token:".length) as Digest);
    const secrets = (tokens.get(entry.name) ?? []).map((token) => digestOf(token, entry.name));
    return [...digests, ...secrets].map((digest) => ({ sha256: digest, entry }));
  });
}

function digestOf(token: string, name: string): Digest {
  if (utf8Length(token) >= MIN_TOKEN_CHARS) return sha256(token);
  throw new CountersignError(
    "config_invalid",
    `a token of the principal ${name} is shorter than ${MIN_TOKEN_CHARS} characters`,
    {
      fix: "Make one with: countersign token issue, or openssl rand -hex 32.",
    },
  );
}
